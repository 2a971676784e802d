"""Control totals of mixed files, and numbers beyond what the record holds."""

from decimal import Decimal

import polars as pl
import pytest

from ingestion.models import Load, Reject
from ingestion.services import load_file, load_numbered, receive_file
from runs.services import perform
from tests.shops.coming_in import bring_in
from transactions.models import OrderLine

pytestmark = pytest.mark.django_db(transaction=True)

HEADER = "customer_id,order_id,line_number,occurred_at,amount,quantity,unit_price\n"
MIXED = (
    "A,o1,1,2026-01-01,2.50,1,\n"
    "A,o1,2,2026-01-01,,3,1.115\n"
    "A,o1,2,2026-01-01,,3,1.115\n"
    "A,o1,1,2026-01-01,,2,4.00\n"
    "A,o1,3,soon,,2,5.00\n"
    "A,o1,4,2026-01-01,ten,2,5.00\n"
    "A,o1,5,2026-01-01,1.00,7,9.00\n"
)
TOTALS = {"file": 2820, "record": 685, "rejected": 1800, "duplicate": 335, "difference": 0}


def bring_parquet(folder, rows: dict, kind: str = "order_lines") -> Load:
    path = folder / "rows.parquet"
    pl.DataFrame(rows).write_parquet(path)
    load = receive_file(path=path, kind=kind, send=False)
    perform(run=load.run, job=load_file)
    return load_numbered(load.pk)


def rejects(load: Load) -> list[tuple]:
    found = Reject.objects.filter(load=load).order_by("row", "column")
    return list(found.values_list("row", "column", "value"))


def test_money_of_a_file_is_the_amount_or_else_pieces_times_price(tmp_path):
    load = bring_in(tmp_path, HEADER + MIXED)
    assert (load.loaded, load.duplicate, load.rejected) == (3, 1, 3)
    assert load.sums["amount_minor"] == TOTALS


def test_money_of_a_parquet_file_is_summed_likewise(tmp_path):
    load = bring_parquet(
        tmp_path,
        {
            "customer_id": ["A", "A", "A"],
            "occurred_at": ["2026-01-01", "2026-01-01", "soon"],
            "amount": [2.5, None, None],
            "quantity": [1, 3, 2],
            "unit_price": [None, 1.115, 4.0],
        },
    )
    assert load.sums["amount_minor"] == {
        "file": 1385, "record": 585, "rejected": 800, "duplicate": 0, "difference": 0,
    }  # fmt: skip


def test_a_file_of_pieces_and_prices_has_a_money_total(tmp_path):
    text = "customer_id,occurred_at,quantity,unit_price\nA,2026-02-01,3,1.115\nB,soon,1,2\n"
    assert bring_in(tmp_path, text).sums["amount_minor"] == {
        "file": 535, "record": 335, "rejected": 200, "duplicate": 0, "difference": 0,
    }  # fmt: skip


@pytest.mark.parametrize("row", ["1e10,1,", "1000000.00,0.00001,"])
def test_a_derived_price_that_cannot_be_held_is_not_known(tmp_path, row):
    load = bring_in(tmp_path, HEADER + "A,o1,1,2026-01-01," + row + "\nB,o2,1,2026-01-01,1,2,\n")
    assert (load.run.error, load.loaded, load.rejected) == ("", 2, 0)
    prices = OrderLine.objects.order_by("order__order_id").values_list("unit_price", flat=True)
    assert list(prices) == [None, Decimal("0.5")]


@pytest.mark.parametrize(
    ("row", "column", "value"),
    [
        ("1,5,2.00,100000000000,", "quantity", "100000000000"),
        ("1,5,2.00,99999999999.9996,", "quantity", "99999999999.9996"),
        ("1,5,2.00,1e300,", "quantity", "1e300"),
        ("1,5,2.00,1,-10000000000", "unit_price", "-10000000000"),
        ("1,5,,99999999,9999999", "amount", ""),
        ("1,5,1e12,1,", "amount", "1e12"),
        ("1,1e18,2.00,1,", "line_number", "1e18"),
    ],
)
def test_a_number_beyond_the_record_is_a_reject_and_the_rest_comes_in(tmp_path, row, column, value):
    _, number, *rest = row.split(",")
    text = HEADER + "B,o2,1,2026-01-01,1,2,\n"
    text += ",".join(["A", "o1", number, "2026-01-01", *rest]) + "\n"
    load = bring_in(tmp_path, text)
    assert (load.run.error, load.loaded) == ("", 1)
    assert rejects(load) == [(3, column, value)]
    reject = Reject.objects.get(load=load)
    assert reject.reason
    assert reject.remedy
    assert load.sums["amount_minor"]["difference"] == 0


ID = "".join(chr(33 + (i * 7919) % 60) for i in range(20_000)).replace('"', "x").replace(",", "y")


@pytest.mark.parametrize(
    ("kind", "text", "column"),
    [
        ("customers", f"customer_id\nA\n{ID}\n", "customer_id"),
        ("customers", "customer_id,joined_at\nA,\nB,0000-01-01\n", "joined_at"),
        ("products", f"sku,name\nA,a\n{ID},b\n", "sku"),
        ("products", "sku,name,price\nA,a,1\nB,b,1e15\n", "price"),
        ("order_lines", HEADER + f"A,o,1,2026-01-01,1,,\nA,{ID},1,2026-01-01,1,,\n", "order_id"),
        (
            "consents",
            "customer_id,channel,granted,at,purpose\nA,email,1,2026-01-01,\n"
            f"A,sms,1,2026-01-01,{'p' * 33}\n",
            "purpose",
        ),
    ],
)  # fmt: skip
def test_every_column_of_every_kind_has_a_limit(tmp_path, kind, text, column):
    load = bring_in(tmp_path, text, kind)
    assert (load.run.error, load.loaded, load.rejected) == ("", 1, 1)
    assert Reject.objects.get(load=load).column == column


def test_text_that_the_record_cannot_hold_is_a_reject(tmp_path):
    load = bring_parquet(tmp_path, {"customer_id": ["A", "B\x00"], "town": ["x", "y"]}, "customers")
    assert (load.run.error, load.loaded, load.rejected) == ("", 1, 1)
    assert Reject.objects.get(load=load).column == "customer_id"


def test_features_that_are_no_numbers_are_not_known(tmp_path):
    rows = {"customer_id": ["A", "B"], "score": [1.5, float("inf")], "town": ["x", "y\x00"]}
    load = bring_parquet(tmp_path, rows, "customer_features")
    assert (load.run.error, load.loaded, load.rejected) == ("", 1, 1)
