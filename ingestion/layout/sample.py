"""What the first records of a text say about how it is written."""

import csv
import json
import re
from io import StringIO

from core.contracts.file_format import Finding
from ingestion.encodings import UnreadableFile
from ingestion.layout.heading import Record, looks_typed, usual_width
from ingestion.layout.text import HEAD_BYTES
from ingestion.layout.windows import Dialect

DELIMITERS = (",", ";", "\t", "|")
# Of the records so many must have as many cells as most.
ALIKE = 0.8
# A header and a row.
FEWEST = 2
LOOKED_AT = 100
# A first line by which spreadsheets say the delimiter.
SAID_IN_FILE = re.compile(r"sep=(.)\s*")


def first_records(text: str, delimiter: str, quote: str) -> list[Record]:
    """At most LOOKED_AT whole records of the beginning of a file, with their lines."""
    found: list[Record] = []
    reader = csv.reader(StringIO(text, newline=""), **Dialect(delimiter, quote, 0).reader)
    before = 0
    for cells in reader:
        found.append(Record(before + 1, tuple(cells), reader.line_num))
        before = reader.line_num
        if len(found) > LOOKED_AT:
            break
    else:
        # What is cut off at the end of the beginning is no whole record.
        if len(text.encode()) >= HEAD_BYTES and len(found) > 1:
            found.pop()
        elif len(text.encode()) >= HEAD_BYTES:
            raise UnreadableFile(
                f"The first line is longer than {HEAD_BYTES:,} bytes: it holds no column names. Add"
                " a header line, and end each row with a line break."
            )
    if found and SAID_IN_FILE.fullmatch(text.split("\n", 1)[0]):
        found.pop(0)
    return found


def delimiter_found(text: str, said: str | None, quote: str) -> Finding:
    """The sign that parts all records into equally many cells, under a header of words."""
    in_file = SAID_IN_FILE.fullmatch(text.split("\n", 1)[0])
    if said or in_file:
        return Finding("delimiter", said or (in_file and in_file[1]))
    headers = {each: found for each in DELIMITERS if (found := _header(text, each, quote))}
    parted = {
        each: header
        for each, header in headers.items()
        if not any(_is_title(header, each, other) for other in headers.values())
    }
    if not parted:
        header = text.lstrip("\r\n").split("\n", 1)[0]
        return Finding("delimiter", max(DELIMITERS, key=header.count))
    # A sign that stands in the rows and not in the header parts cells, not columns.
    first = min(header.line for header in parted.values())
    fitting = [each for each, header in parted.items() if header.line == first]
    best, *others = sorted(fitting, key=lambda each: -len(parted[each].cells))
    return Finding("delimiter", best, not others, _words([best, *others]), tuple(others))


def _is_title(line: Record, delimiter: str, header: Record) -> bool:
    """A sign of a title above the header, like the comma of "Berlin, 2026", parts no columns.

    It may stand in each row too, as the decimal comma does.
    """
    below_and_wider = header.line > line.line and len(header.cells) > len(line.cells)
    return below_and_wider and not any(delimiter in cell for cell in header.cells)


def _header(text: str, delimiter: str, quote: str) -> Record | None:
    """The header, where the sign parts all records alike from there on."""
    records = [r for r in first_records(text, delimiter, quote) if any(r.cells)]
    width = usual_width(records)
    if width < 2:
        return None
    places = [i for i, record in enumerate(records) if len(record.cells) == width]
    table = records[places[0] :]
    alike = len(places) >= max(ALIKE * len(table), min(len(records), FEWEST))
    words = not any(looks_typed(cell) for cell in table[0].cells)
    return table[0] if alike and words else None


def _words(fitting: list[str]) -> str:
    best = json.dumps(fitting[0])
    either = " or ".join(json.dumps(each) for each in fitting)
    return (
        f"The cells may be parted by {either}. Say by which in the mapping:"
        f' {{"options": {{"delimiter": {best}}}}}.'
    )
