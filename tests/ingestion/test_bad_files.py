"""Bad input gets a clear answer that names row, column and remedy, and changes nothing."""

import csv
from pathlib import Path

import polars as pl
import pytest

from core.errors import Refused
from ingestion.models import Load, Reject
from ingestion.services import receive_file
from runs.services import perform
from tests.shops.checksums import checksums
from tests.shops.coming_in import bring_in
from transactions.models import OrderLine

pytestmark = pytest.mark.django_db(transaction=True)

HEADER = "customer_id,occurred_at,amount\n"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty"),
        (b" \n", "The file is empty"),
        (
            b"customer_id,occurred_at\nA,2026-01-01\n",
            "needed is amount, or quantity and unit_price",
        ),
        (b"customer,occurred_at,amount\nA,2026-01-01,1\n", "The nearest is 'customer'"),
        ("customer_id,occurred_at,amount\nÄ,2026-01-01,1\n".encode("cp1252"), '"encoding"'),
        (b"customer_id,customer_id,amount\nA,A,1\n", "is there twice"),
        (b"PAR1nonsense", "Parquet file is damaged"),
        (b"\x00\x01\x02", "not a text file"),
    ],
)
def test_a_file_that_is_wrong_as_a_whole_is_refused(tmp_path, content, words):
    path = tmp_path / "lines.csv"
    path.write_bytes(content)
    before = checksums()
    with pytest.raises(Refused, match=words.replace("(", r"\(")):
        receive_file(path=path, kind="order_lines")
    assert Load.objects.count() == 0
    assert checksums() == before


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"kind": "order_line"}, "Kinds are"),
        ({"kind": "order_lines", "preset": "shopfy"}, "Presets are"),
        (
            {"kind": "order_lines", "mapping": {"columns": {"amout": "x"}}},
            "The nearest is 'amount'",
        ),
        (
            {"kind": "order_lines", "mapping": {"columns": {"amount": "x"}}},
            "which the file has not",
        ),
        ({"kind": "order_lines", "mapping": {"options": {"colour": 1}}}, "no option 'colour'"),
        ({"kind": "order_lines", "mapping": []}, "A mapping is"),
    ],
)
def test_what_is_asked_for_must_exist(tmp_path, options, words):
    path = tmp_path / "lines.csv"
    path.write_text(HEADER + "A,2026-01-01,1\n")
    if options.get("mapping") == []:
        options = {**options, "mapping": ["no"]}
    with pytest.raises(Refused, match=words):
        receive_file(path=path, **options)
    assert Load.objects.count() == 0


@pytest.mark.parametrize(
    ("row", "column", "value", "reason"),
    [
        ("A,2026-02-30,1", "occurred_at", "2026-02-30", "not a time that exists"),
        ("A,yesterday,1", "occurred_at", "yesterday", "not a time that exists"),
        ("A,2199-01-01,1", "occurred_at", "2199-01-01", "lies in the future"),
        ("A,1801-01-01,1", "occurred_at", "1801-01-01", "lies before 1970"),
        ("A,2026-01-01,ten", "amount", "ten", "not an amount"),
        ("A,2026-01-01,inf", "amount", "inf", "not an amount"),
        ("A,2026-01-01,1e15", "amount", "1e15", "not an amount"),
        (",2026-01-01,1", "customer_id", "", "empty"),
        ("A,2026-01-01", "", "A,2026-01-01", "2 cells, the header has 3"),
        ("A,2026-01-01,1,2", "", "A,2026-01-01,1,2", "4 cells, the header has 3"),
    ],
)
def test_a_bad_row_is_set_aside_with_its_reason(tmp_path, row, column, value, reason):
    load = bring_in(tmp_path, HEADER + "B,2026-01-01,5\n" + row + "\n")
    assert (load.read, load.loaded, load.rejected) == (2, 1, 1)
    reject = Reject.objects.get(load=load)
    assert (reject.row, reject.column, reject.value) == (3, column, value)
    assert reject.reason == reason
    assert reject.remedy
    assert OrderLine.objects.get().amount_minor == 500


def test_a_cell_of_ten_megabytes_is_one_reject(tmp_path):
    load = bring_in(tmp_path, HEADER + "B,2026-01-01,5\n" + "x" * 10_000_000 + ",2026-01-01,1\n")
    reject = Reject.objects.get(load=load)
    assert (load.loaded, reject.row, len(reject.value)) == (1, 3, 200)
    assert reject.reason == "longer than 64,000 characters"


def test_offsets_and_the_shops_zone_decide_the_moment(tmp_path):
    from core.services import configure_organisation
    from transactions.models import Order

    configure_organisation(time_zone="America/New_York")
    rows = "A,2026-07-01 10:00,1\nB,2026-07-01T10:00+02:00,1\nC,2026-07-01T10:00:00Z,1\n"
    bring_in(tmp_path, HEADER + rows)
    moments = Order.objects.order_by("customer__customer_id").values_list("occurred_at", flat=True)
    assert [m.strftime("%H:%M") for m in moments] == ["14:00", "08:00", "10:00"]


def test_an_encoding_that_the_mapping_names_is_read(tmp_path):
    path = tmp_path / "lines.csv"
    path.write_bytes("customer_id;occurred_at;amount\nÄ;2026-01-01;1.234,50\n".encode("cp1252"))
    mapping = {"options": {"encoding": "cp1252", "decimal": ","}}
    load = receive_file(path=path, kind="order_lines", mapping=mapping, send=False)
    from ingestion.services import load_file

    assert perform(run=load.run, job=load_file).state == "succeeded"
    line = OrderLine.objects.select_related("order__customer").get()
    assert (line.order.customer.customer_id, line.amount_minor) == ("Ä", 123450)


def test_parquet_comes_in_with_its_own_types(tmp_path: Path):
    from datetime import date

    from ingestion.services import load_file

    path = tmp_path / "lines.parquet"
    pl.DataFrame(
        {
            "customer_id": [1, 2],
            "occurred_at": [date(2026, 1, 1), None],
            "amount": [1.1, 2.2],
        }
    ).write_parquet(path)
    load = receive_file(path=path, kind="order_lines", send=False)
    perform(run=load.run, job=load_file)
    load.refresh_from_db()
    assert (load.read, load.loaded, load.rejected) == (2, 1, 1)
    reject = Reject.objects.get(load=load)
    assert (reject.row, reject.column, reject.reason) == (2, "occurred_at", "empty")


def test_a_small_file_leaves_room_for_the_long_cells_of_what_is_read_later(tmp_path):
    longest = csv.field_size_limit()
    load = bring_in(tmp_path, "customer_id,name\nA,Anna Example\n", "customers")
    assert load.loaded == 1
    assert csv.field_size_limit() == longest


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<!DOCTYPE html>\n<html><body>Sign in</body></html>", "This is a web page, not a table"),
        (b"\xef\xbb\xbf <HTML><table></table></HTML>", "open it in a spreadsheet and save it"),
        (b'<?xml version="1.0"?><Workbook/>', "This is an XML file, not a table"),
        (b"a,b\nK\xf6ln,1\nZ\xc3\xbc,2\n\x81\x8d\x8f\x90\x9d,3\n", "Line 2 holds letters"),
        (b'a,b\n1,2\n3,"4\n5,6\n', "Row 3 opens a quotation mark that is never closed"),
        (b'[{"a": 1},\n{"a":', "from line 2, letter 6 on: expecting value. It may stop in"),
        (b"PK\x03\x04 and no more", "The zip archive or workbook is damaged or stops"),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_without_a_word_of_code(tmp_path, content, words):
    path = tmp_path / "export.csv"
    path.write_bytes(content)
    with pytest.raises(Refused) as refused:
        receive_file(path=path, kind="order_lines")
    assert words in refused.value.message
    assert "{" not in refused.value.message
