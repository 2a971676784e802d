"""Whatever stands in a text, its rows are those that Python's own reader finds, line by line."""

import csv
import tempfile
from io import StringIO
from pathlib import Path

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.errors import Refused
from ingestion.layout.blocks import blocks
from ingestion.layout.windows import Dialect
from ingestion.parsing import parse

HEADER = "x,y\n"
SIGNS = st.text(alphabet='ab,"\n\r', min_size=1, max_size=40)
END = "\x1eend"


def as_python_reads(text: str) -> tuple[list[tuple], list[int]] | None:
    """Rows with their lines, and the lines of rows of another width; None: a mark stays open."""
    rows, ragged, before = [], [], 0
    reader = csv.reader([*StringIO(HEADER + text, newline=""), END])
    for cells in reader:
        line, before = before + 1, reader.line_num
        if cells == [END]:
            return rows[1:], ragged
        if len(cells) == 2 and any(cells):
            rows.append((line, *(cell or None for cell in cells)))
        elif any(cells):
            ragged.append(line)
    return None


@settings(max_examples=300, deadline=None)
@given(text=SIGNS)
@example(text='a,5" b\n"a",b\n')
@example(text='"a\nb",a\n\n,\na\n')
@example(text='"a","b""c"\n"",""\n"a"b,a\n')
@example(text='a,"b\n')
@example(text="a\rb,a\r\n")
@example(text='a\r"b\n')
@example(text='""\n')
def test_rows_and_lines_are_those_of_pythons_reader(text):
    text += "" if text.endswith(("\n", "\r")) else "\n"
    wanted = as_python_reads(text)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kept"
        path.write_bytes((HEADER + text).encode())
        said = {"header_line": 1, "header_lines": 1, "delimiter": ","}
        if wanted is None:
            with pytest.raises(Refused, match="never closed"):
                parse(path, said)
        elif not wanted[0] and not wanted[1]:
            with pytest.raises(Refused, match="no rows"):
                parse(path, said)
        else:
            parsed = parse(path, said)
            rows = parsed.rows.with_columns(pl.col("x", "y").replace("", None))
            assert (rows.rows(), parsed.problems["row"].to_list()) == wanted


CELL = st.text(alphabet='ab,"\n', max_size=5)


@settings(max_examples=100, deadline=None)
@given(
    rows=st.lists(st.tuples(CELL, CELL), min_size=1, max_size=8),
    piece=st.integers(1, 7),
    window=st.integers(8, 40),
)
def test_where_a_window_ends_makes_no_difference(rows, piece, window):
    """Of rows that fit into a window: longer ones are passed over, or refused."""
    written = StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    data = written.getvalue().encode()
    pieces = [data[at : at + piece] for at in range(0, len(data), piece)]
    try:
        parts = _read(pieces, window)
    except Refused:
        assert any("\n" in cell for row in rows for cell in row)
        return
    passed = {line for line, *cells in parts if cells == [None]}
    assert [row for row in parts if row[0] not in passed] == [
        row for row in _read([data], 1 << 20) if row[0] not in passed
    ]


def _read(pieces: list[bytes], size: int) -> list[tuple]:
    found: list[tuple] = []
    for block in blocks(pieces, Dialect(",", '"', 2), skip=0, size=size):
        rows = zip(block.lines.tolist(), block.frame.fill_null("").rows(), strict=True)
        found += [(line, *cells) for line, cells in rows]
        found += [(each.row, each.cells) for each in block.unread]
    return sorted(found, key=lambda row: row[0])
