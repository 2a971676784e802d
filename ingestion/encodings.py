"""How the bytes of a file are written: certain, or refused with advice that would read it right."""

import codecs
import re
from pathlib import Path

from charset_normalizer import from_bytes

from core.contracts.file_format import Finding
from core.errors import Refused

SAMPLE_BYTES = 200_000
READ_BYTES = 1 << 20
# What is offered beside a guess.
USUAL = ("cp1252", "cp1250", "iso8859-15", "cp1251", "utf-16", "mac_roman", "cp850")
# What a spreadsheet in Western Europe writes between plain letters, and the signs around words.
WESTERN = set("ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜßàáâãäåæçèéêëìíîïñòóôõöøùúûüÿŒœŠšŽž")
SIGNS = set("€£§©®°«»·–—‘’‚“”„…•™´¨¿¡½¼¾²³ºª\xa0")
# A sign inside a word, or a pound before a letter: another alphabet's letter read wrongly.
MISPLACED = re.compile(r"(?<=[^\W\d_])[£§©®°·¿¡»«“”„½¼¾²³¹ºª¨](?=[^\W\d_])|£(?=[^\W\d_])|Ÿ\b")
MISPLACED_WEIGHT = 2
# Letters that are not ASCII come one or two together in Western words (Größe), this share of them.
FOREIGN_RUN = re.compile(r"[^\W\d_a-zA-Z]+")
LONGEST_RUN = 2
ALONE = 0.8
PLAUSIBLE = 0.9
# Of letters that are two bytes wide, so many have an empty one.
WIDE_SHARE = 0.6
# Below this many foreign bytes nothing but cp1252 can be told.
FEWEST_BYTES = 30
MOST_CHAOS = 0.1
# Looked at first, and found wanting.
NOT_AGAIN = ["cp1252", "latin_1"]
# One control character in so many bytes may be a slip; more are no text.
MOST_CONTROL = 1000
FEW_CONTROL = 3
BINARY = "This is not a text file. Save it as CSV or Parquet and try again."
KINDS = (
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh91AY&SY", "a bzip2 archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF87a", "an image"),
    (b"GIF89a", "an image"),
    (b"SQLite format 3", "an SQLite database"),
)
MARKED_UP = (
    (
        re.compile(rb"(\xef\xbb\xbf)?\s*<(!doctype\s+html|html)\b", re.IGNORECASE),
        "This is a web page, not a table: perhaps a sign-in page was saved in place of the file."
        " Get the file anew; where the page shows the table, open it in a spreadsheet and save it"
        " as CSV.",
    ),
    (
        re.compile(rb"(\xef\xbb\xbf)?\s*<\?xml\b", re.IGNORECASE),
        "This is an XML file, not a table. Open it in a spreadsheet, and save it as CSV.",
    ),
)
CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class UnreadableFile(Refused):
    """The file as a whole cannot be read; the message says what to change."""

    code = "unreadable_file"
    remedy = "Put the file right as said, and bring it in again."


def encoding_of(path: Path, head: bytes, said: str | None) -> str:
    """The encoding where it is certain or said; a guess is refused, with the guess as advice."""
    found = encoding_found(path, head, said)
    if not found.sure:
        raise UnreadableFile(found.words, fields={"encoding": found.value})
    return str(found.value)


def encoding_found(path: Path, head: bytes, said: str | None) -> Finding:
    """UTF-8 (or UTF-16 with its mark) is certain, and what the mapping says; all else a guess."""
    refuse_known_binary(head)
    if said:
        return Finding("encoding", _decodable(path, said))
    if head.startswith(UTF_16):
        return Finding("encoding", "utf-16")
    if wide := _wide(head):
        return _as_guess(wide)
    # A small text with a few is one still: the rows that hold them are told.
    few = max(len(head) // MOST_CONTROL, min(len(head) // 20, FEW_CONTROL))
    if not head.startswith(codecs.BOM_UTF8) and len(CONTROL.findall(head)) > few:
        raise UnreadableFile(BINARY)
    if _is_utf8(path):
        marked = head.startswith(codecs.BOM_UTF8)
        return Finding("encoding", "utf-8-sig" if marked else "utf-8")
    name = guess(_foreign_lines(path))
    if name is None:
        raise UnreadableFile(
            f"Line {_first_not_utf8(path):,} holds letters that are not UTF-8, and which encoding"
            " the file has cannot be told; it may have been joined of several. Save it as UTF-8, or"
            " name the encoding in the options of the mapping.",
            fields={"encoding": ""},
        )
    return _as_guess(name)


def _first_not_utf8(path: Path) -> int:
    """The line in which a file first holds what is not UTF-8."""
    decoder, lines = codecs.getincrementaldecoder("utf-8")(), 1
    try:
        with path.open("rb") as file:
            while chunk := file.read(READ_BYTES):
                lines += decoder.decode(chunk).count("\n")
    except UnicodeDecodeError as error:
        lines += error.object[: error.start].count(b"\n")
    return lines


def _as_guess(name: str) -> Finding:
    words = (
        f"The file is not UTF-8; it looks like {name}. Save it as UTF-8, or say so in the"
        f' mapping: {{"options": {{"encoding": "{name}"}}}}.'
    )
    others = tuple(each for each in USUAL if each != name)
    return Finding("encoding", name, sure=False, words=words, others=others)


def _wide(head: bytes) -> str | None:
    """UTF-16 without its mark: of most letters, and of the ends of lines, one byte is zero."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    pairs = len(head) // 2
    if odd > WIDE_SHARE * pairs and even < odd and b"\n\x00" in head:
        return "utf-16-le"
    if even > WIDE_SHARE * pairs and odd < even and b"\x00\n" in head:
        return "utf-16-be"
    return None


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while chunk := file.read(READ_BYTES):
                if decoder.getstate()[0] or not chunk.isascii():
                    decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def guess(sample: bytes) -> str | None:
    """The encoding that reads these lines as words; None where that cannot be told."""
    if _is_western(sample):
        return "cp1252"
    if sum(byte > 127 for byte in sample) < FEWEST_BYTES:
        return None
    best = from_bytes(sample, cp_exclusion=NOT_AGAIN).best()
    if best is None or best.chaos > MOST_CHAOS or best.encoding == "ascii":
        return None
    return None if MISPLACED.search(sample.decode(best.encoding, "ignore")) else best.encoding


def _is_western(sample: bytes) -> bool:
    try:
        text = sample.decode("cp1252")
    except UnicodeDecodeError:
        return False
    foreign = [character for character in text if character > "\x7f"]
    fitting = sum(character in WESTERN or character in SIGNS for character in foreign)
    runs = FOREIGN_RUN.findall(text)
    alone = sum(len(run) <= LONGEST_RUN for run in runs)
    return fitting - MISPLACED_WEIGHT * len(MISPLACED.findall(text)) >= PLAUSIBLE * len(
        foreign
    ) and alone >= ALONE * len(runs)


def _foreign_lines(path: Path) -> bytes:
    """The lines that are not plain ASCII; a plain beginning says nothing."""
    found, size = [], 0
    with path.open("rb") as file:
        while line := file.readline(SAMPLE_BYTES):
            if not line.isascii():
                found.append(line)
                size += len(line)
            if size >= SAMPLE_BYTES:
                break
    return b"".join(found)


def refuse_known_binary(head: bytes) -> None:
    """Also what is a text and no table."""
    for begins, words in MARKED_UP:
        if begins.match(head):
            raise UnreadableFile(words)
    for magic, words in KINDS:
        if head.startswith(magic):
            if magic == KINDS[0][0] and (b"xl/" in head or b"[Content_Types].xml" in head):
                words = "an Excel workbook"
            raise UnreadableFile(
                f"This is not a text file: it seems to be {words}. Save it as CSV or Parquet"
                " and try again."
            )


def _decodable(path: Path, encoding: str) -> str:
    lines = 1
    try:
        b"".decode(encoding)
        decoder = codecs.getincrementaldecoder(encoding)()
        with path.open("rb") as file:
            while chunk := file.read(READ_BYTES):
                lines += decoder.decode(chunk).count("\n")
            decoder.decode(b"", final=True)
    except LookupError as error:
        raise UnreadableFile(f"There is no encoding {encoding!r}. Try cp1252 or utf-8.") from error
    except UnicodeError as error:
        raise does_not_fit(encoding, lines, error) from error
    return encoding


def does_not_fit(encoding: str, line: int, error: UnicodeError) -> UnreadableFile:
    """``line``: that in which the bytes began which the error is about."""
    if isinstance(error, UnicodeDecodeError):
        line += error.object[: error.start].count(b"\n")
    return UnreadableFile(
        f"The file is not {encoding}: line {line:,} holds a byte that does not fit. Name another"
        " encoding in the mapping, or save the file as UTF-8.",
        fields={"encoding": encoding},
    )
