"""Packed files: what is kept is the file inside, which is read, and emptied, like any other."""

import gzip
import shutil
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from django.conf import settings

from ingestion.encodings import UnreadableFile
from ingestion.uploads import keep_pieces, written

GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
# A table packs to a tenth or so, one of repetitions to a hundredth; a bomb to a thousandth.
MOST_RATIO = 200
ALWAYS_BELOW = 100 * 1024**2
PIECE_BYTES = 1 << 20
# Parts that are in every workbook, whose archive is its own format.
WORKBOOK_PARTS = {"[Content_Types].xml", "mimetype"}
# What some systems add beside the files.
LITTER = ("__MACOSX/", ".DS_Store", "Thumbs.db")
STOPS = "The {} is damaged or stops in the middle ({}). Get it anew and try again."
LOCKED = "The archive is locked with a password. Unpack it, and bring the file in."
BOMB = "The archive unpacks to more than {:,} MB. Unpack it yourself, and bring in what is meant."
DEEPEST = 2
MOST_LISTED = 10


class Allowance:
    """How much an archive may unpack to, with all that is packed inside it."""

    def __init__(self, path: Path) -> None:
        packed = path.stat().st_size
        self._most = min(max(packed * MOST_RATIO, ALWAYS_BELOW), settings.MAX_UPLOAD_BYTES)
        self._left = self._most

    def pieces(self, source: IO[bytes]) -> Iterator[bytes]:
        while piece := source.read(PIECE_BYTES):
            self._left -= len(piece)
            if self._left < 0:
                raise UnreadableFile(BOMB.format(self._most // 1024**2))
            yield piece


def unpack(path: Path, options: dict[str, Any], allowance: Allowance | None = None) -> None:
    """Put the file inside in the archive's place. Raises UnreadableFile; what is no archive stays.

    Of several, ``member`` says which is meant. What was unpacked on the way here counts as well
    under the ``allowance``.
    """
    for _ in range(DEEPEST):
        head = _head(path)
        if head.startswith(GZIP):
            _unpack_gzip(path, allowance or Allowance(path))
        elif head.startswith(ZIP) and (inside := members(path)):
            name = _chosen(inside, options.get("member"))
            _unpack_member(path, name, allowance or Allowance(path))
        else:
            return


def files_inside(path: Path, allowance: Allowance) -> list[str]:
    """The names of what an archive holds, where somebody has to choose; a gzip around it goes."""
    if _head(path).startswith(GZIP):
        _unpack_gzip(path, allowance)
    inside = members(path)
    return inside if len(inside) > 1 else []


def take_out(path: Path, name: str, allowance: Allowance) -> tuple[Path, str]:
    """Keep one file of a zip archive on its own; its path and SHA-256."""
    with _member(path, name) as source:
        return keep_pieces(allowance.pieces(source))


def members(path: Path) -> list[str]:
    """The files of a zip archive, for somebody to choose; none in a workbook, or what is no zip."""
    if not _head(path).startswith(ZIP):
        return []
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError) as error:
        raise UnreadableFile(STOPS.format("zip archive or workbook", error)) from error
    if WORKBOOK_PARTS.intersection(names):
        return []
    files = [n for n in names if not n.endswith("/") and not any(part in n for part in LITTER)]
    if not files:
        raise UnreadableFile("The archive holds no file.")
    return files


def _chosen(inside: list[str], said: str | None) -> str:
    if said is None and len(inside) == 1:
        return inside[0]
    if said in inside:
        return said
    wrong = "" if said is None else f"There is no {said!r} in the archive. "
    listed = ", ".join(inside[:MOST_LISTED]) + (" …" if len(inside) > MOST_LISTED else "")
    raise UnreadableFile(
        f"{wrong}The archive holds {listed}. Unpack it, and bring in the one that is meant, or say"
        " in the mapping which:"
        f' {{"options": {{"member": "{inside[0]}"}}}}.',
        fields={"member": inside[0]},
    )


def _unpack_gzip(path: Path, allowance: Allowance) -> None:
    try:
        with gzip.open(path) as source:
            _replace(path, allowance.pieces(source))
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UnreadableFile(STOPS.format("gzip archive", error)) from error


def _unpack_member(path: Path, name: str, allowance: Allowance) -> None:
    with _member(path, name) as source:
        _replace(path, allowance.pieces(source))


@contextmanager
def _member(path: Path, name: str) -> Iterator[IO[bytes]]:
    """One file of a zip archive, to be read; what is wrong with it is said in words."""
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo(name).flag_bits & 1:
                raise UnreadableFile(LOCKED)
            with archive.open(name) as source:
                yield source
    except (EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError) as error:
        raise UnreadableFile(STOPS.format("zip archive or workbook", error)) from error


def _replace(path: Path, pieces: Iterable[bytes]) -> None:
    draft = path.with_suffix(".draft")
    with written(draft) as target:
        for piece in pieces:
            target.write(piece)
    shutil.move(draft, path)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4)
