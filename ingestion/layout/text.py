"""The text of a file as a stream of UTF-8, in pieces of bounded size."""

import codecs
from collections.abc import Iterator
from pathlib import Path

from ingestion.encodings import does_not_fit

PIECE_BYTES = 1 << 20
HEAD_BYTES = 200_000
UTF_8 = ("utf-8", "utf8", "utf_8", "utf-8-sig", "utf_8_sig")


def utf8_pieces(path: Path, encoding: str) -> Iterator[bytes]:
    """UTF-8 without a mark; lines end by a line feed also where the file has returns alone.

    The bytes of a file in UTF-8 pass as they are: whether they fit is looked at before.
    """
    returns_alone = _returns_alone(_head(path, encoding))
    decoder = None if encoding.lower() in UTF_8 else codecs.getincrementaldecoder(encoding)()
    mark, lines, last = codecs.BOM_UTF8, 1, False
    with path.open("rb") as file:
        while not last:
            piece = file.read(PIECE_BYTES)
            last = not piece
            if decoder:
                try:
                    piece = decoder.decode(piece, final=last).encode()
                except UnicodeError as error:
                    raise does_not_fit(encoding, lines, error) from error
                lines += piece.count(b"\n")
            if piece:
                piece, mark = piece.removeprefix(mark), b""
                yield piece.replace(b"\r", b"\n") if returns_alone else piece


def head_text(path: Path, encoding: str) -> str:
    """The beginning of a file, with the same ends of lines."""
    text = _head(path, encoding)
    return text.replace("\r", "\n") if _returns_alone(text) else text


def _head(path: Path, encoding: str) -> str:
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    text = codecs.getincrementaldecoder(encoding)(errors="replace").decode(head)
    return text.removeprefix("\ufeff")


def _returns_alone(head: str) -> bool:
    return "\r" in head and "\n" not in head
