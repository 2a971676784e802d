"""JSON lines: an object a line, in files of any size."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

import polars as pl

from core.contracts.file_format import FIRST_ROWS, Batch, FileFormat, Look, Unread
from ingestion.encodings import UnreadableFile, encoding_of
from ingestion.layout.heading import placed
from ingestion.layout.objects import HALF, Fields, columns_of
from ingestion.layout.text import HEAD_BYTES

OBJECT = re.compile(rb'(\xef\xbb\xbf)?\s*\{\s*("|\}|$)')
LOOKED_AT, ROWS_AT_ONCE = 10_000, 50_000
LONGEST_LINE = 16 * 1024**2
SHOWN = 200
NOT_WHOLE = (
    "Line {} is no whole object. Write one object a line, or an array of objects: [{{…}}, {{…}}]."
)

Schema = dict[str, pl.DataType]


@dataclass(frozen=True)
class JsonLines(FileFormat):
    """The number of a row is that of its line; blank lines are no rows."""

    key: ClassVar[str] = "jsonl"
    title: ClassVar[str] = "JSON lines"
    endings: ClassVar[tuple[str, ...]] = (".jsonl", ".ndjson")

    # How numbers are written as text where a column holds texts too.
    decimal: str = "."

    @classmethod
    def recognises(cls, head: bytes) -> float:
        return 0.8 if OBJECT.match(head) else 0.0

    def look(self, path: Path) -> Look:
        """Of a long file the fields of its first lines."""
        fields, first = Fields(), []
        for number, one in islice(_objects(path), LOOKED_AT):
            if isinstance(one, dict):
                fields.add(one)
                first.append((number, one))
            elif not first:
                raise UnreadableFile(NOT_WHOLE.format(number))
        named = placed(list(fields.types))
        rows = self._table(first[:FIRST_ROWS], fields.schema, named.names)
        return Look(rows, (), (), named.nameless)

    def batches(self, path: Path) -> Iterator[Batch]:
        fields = Fields()
        for _, one in _objects(path):
            if isinstance(one, dict):
                fields.add(one)
        schema, names = fields.schema, placed(list(fields.types)).names
        objects = _objects(path)
        while part := list(islice(objects, ROWS_AT_ONCE)):
            rows = [(number, one) for number, one in part if isinstance(one, dict)]
            unread = tuple(one for _, one in part if isinstance(one, Unread))
            yield Batch(self._table(rows, schema, names), unread)

    def _table(
        self, rows: list[tuple[int, dict[str, Any]]], schema: Schema, names: list[str]
    ) -> pl.DataFrame:
        frame = columns_of((one for _, one in rows), schema, self.decimal)
        frame = frame.rename(dict(zip(frame.columns, names, strict=True)))
        numbers = pl.Series("row", [number for number, _ in rows], dtype=pl.Int64)
        return pl.DataFrame([numbers, *frame])

    def write_without(self, path: Path, rows: set[int], draft: Path) -> None:
        """A line becomes a blank line."""
        with draft.open("wb") as target:
            for number, line, _ in _lines(path):
                target.write(b"\n" if number in rows else line)


def _objects(path: Path) -> Iterator[tuple[int, dict[str, Any] | Unread]]:
    with path.open("rb") as file:
        encoding = encoding_of(path, file.read(HEAD_BYTES), None)
    if not encoding.startswith("utf-8"):
        raise UnreadableFile(f"JSON lines are UTF-8, and this file is {encoding}. Save it as that.")
    for number, line, whole in _lines(path):
        if not whole:
            text = line[:SHOWN].decode(errors="replace")
            reason = f"a line of more than {LONGEST_LINE // 1024**2} MB"
            yield number, Unread(number, "", None, text, reason, "shorten the texts in it")
        elif line.strip():
            yield number, _object(number, line)


def _object(number: int, line: bytes) -> dict[str, Any] | Unread:
    try:
        one = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
        if HALF.search(line):
            json.dumps(one, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        reason = "holds half a character"
    except (ValueError, RecursionError) as error:
        reason = f"not JSON: {str(error).split(':')[0]}"
    else:
        if isinstance(one, dict):
            return one
        reason = "no object with the names of its columns"
    text = line.decode(errors="replace").strip()
    cells = tuple(re.findall(r'"((?:[^"\\]|\\.)*)"?|([^\s",:{}\[\]]+)', text))
    said = tuple(quoted or bare for quoted, bare in cells)
    return Unread(number, "", said, text[:SHOWN], reason, "write the line as one whole object")


def _lines(path: Path) -> Iterator[tuple[int, bytes, bool]]:
    """Number, text and whether it is whole; of a line that is too long, the beginning."""
    with path.open("rb") as file:
        number = 0
        while line := file.readline(LONGEST_LINE):
            number += 1
            whole = line.endswith(b"\n") or len(line) < LONGEST_LINE
            if not whole:
                while (part := file.readline(LONGEST_LINE)) and not part.endswith(b"\n"):
                    pass
                line = line[:SHOWN] + b"\n"
            yield number, line, whole
