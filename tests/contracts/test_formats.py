"""Every format reads a table that it was given, in one schema, and loses only whom it should."""

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from core.contracts.file_format import BATCH_ROWS
from core.errors import Refused
from ingestion.parsing import format_of, formats, opened, parse
from tests.shops.workbooks import ods, xlsx

NAMES = ["customer_id", "occurred_at", "amount", "note"]
# A number of 16 digits stays as it is written, and a text keeps its line break and its marks.
ROWS = [
    ("4111111111111111", "0001-01-01", 12.5, "x"),
    ("B", "9999-12-31", 2.0, 'two "lines"\nof it, Zoë'),
    ("C", "2026-02-01", 3.25, None),
]


def _frame() -> pl.DataFrame:
    return pl.DataFrame(ROWS, schema=NAMES, orient="row")


def _objects() -> list[dict]:
    return [dict(zip(NAMES, row, strict=True)) for row in ROWS]


def _csv(path: Path) -> None:
    _frame().write_csv(path)


def _parquet(path: Path) -> None:
    _frame().write_parquet(path)


def _json(path: Path) -> None:
    path.write_text(json.dumps(_objects(), ensure_ascii=False, indent=1))


def _jsonl(path: Path) -> None:
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in _objects()))


def _xlsx(path: Path) -> None:
    xlsx(path, {"Orders": [NAMES, *map(list, ROWS)]})


def _ods(path: Path) -> None:
    ods(path, {"Orders": [NAMES, *map(list, ROWS)]})


# Who writes a file of each format, and the numbers that the three rows then have.
WRITERS: dict[str, tuple[str, Callable[[Path], None], list[int]]] = {
    "csv": ("csv", _csv, [2, 3, 5]),
    "json": ("json", _json, [1, 2, 3]),
    "jsonl": ("jsonl", _jsonl, [1, 2, 3]),
    "ods": ("workbook", _ods, [2, 3, 4]),
    "parquet": ("parquet", _parquet, [1, 2, 3]),
    "xlsx": ("workbook", _xlsx, [2, 3, 4]),
}


@pytest.fixture(params=sorted(WRITERS))
def written(request, tmp_path) -> tuple[str, Path, list[int]]:
    key, write, numbers = WRITERS[request.param]
    path = tmp_path / "kept"
    write(path)
    return key, path, numbers


def test_each_format_is_tested_here():
    assert set(formats()) == {key for key, *_ in WRITERS.values()}


def test_a_file_is_recognised_by_its_bytes(written):
    key, path, _ = written
    assert format_of(path, {}).key == key


def test_the_rows_are_those_that_were_written(written):
    _, path, numbers = written
    parsed = parse(path, {})
    assert (parsed.read, parsed.problems.height, parsed.nameless) == (3, 0, [])
    assert parsed.rows.columns == ["row", *NAMES]
    assert parsed.rows["row"].to_list() == numbers
    said = parsed.rows.select(
        pl.col("customer_id", "note"),
        pl.col("occurred_at").cast(pl.String).str.slice(0, 10),
        pl.col("amount").cast(pl.Float64),
    ).select(NAMES)
    assert said.rows() == ROWS


def test_a_look_shows_the_first_rows_and_is_sure(written):
    _, path, numbers = written
    look = opened(path, {}).look
    assert look.columns == NAMES
    assert look.rows["row"].to_list() == numbers
    assert all(found.sure for found in look.findings)


def test_the_rows_of_one_leave_and_the_others_keep_their_numbers(written, tmp_path):
    _, path, numbers = written
    before = parse(path, {})
    draft = tmp_path / "draft"
    format_of(path, {}).write_without(path, {numbers[1]}, draft)
    assert "two" not in _all_text(draft)
    after = parse(draft, {})
    stay = before.rows.filter(pl.col("row") != numbers[1])
    assert after.rows.rows() == stay.rows()


def test_batches_are_bounded_and_have_one_schema(tmp_path):
    many = BATCH_ROWS + 5
    frame = pl.DataFrame({"customer_id": range(many), "amount": [None] * (many - 1) + ["x"]})
    for path in (tmp_path / "many.csv", tmp_path / "many.parquet"):
        frame.write_csv(path) if path.suffix == ".csv" else frame.write_parquet(path)
        parts = list(opened(path, {}).batches())
        assert sum(part.read for part in parts) == many
        assert max(part.rows.height for part in parts) <= BATCH_ROWS
        assert len({tuple(part.rows.schema.items()) for part in parts}) == 1


def test_a_file_that_stops_in_the_middle_is_not_taken_for_whole(written):
    key, path, numbers = written
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2 if key == "workbook" else data.index(b"two") + 2])
    if key == "jsonl":
        parsed = parse(path, {})
        assert (parsed.read, parsed.problems["row"].to_list()) == (2, [numbers[1]])
        assert parsed.problems["remedy"].to_list() == ["write the line as one whole object"]
    else:
        with pytest.raises(Refused):
            parse(path, {})


def _all_text(path: Path) -> str:
    data = path.read_bytes()
    if data.startswith(b"PAR1"):
        return str(pl.read_parquet(path).rows())
    return data.decode()
