"""An id that a spreadsheet has cut short would make one customer of many: it does not enter."""

import pytest

from customers.models import Customer
from ingestion.models import Reject
from tests.shops.coming_in import bring_in
from transactions.models import Order

pytestmark = pytest.mark.django_db(transaction=True)

HEADER = "customer_id,occurred_at,order_id,amount\n"


def test_rows_with_an_id_cut_short_are_rejected_with_the_way_out(tmp_path):
    load = bring_in(
        tmp_path,
        HEADER
        + "1.23457E+15,2026-01-31,o1,5\n"
        + "B,2026-01-31,9.87654e+15,6\n"
        + "1234567890123456,2026-01-31,o3,7\n"
        + "1E5,2026-01-31,A1.5E+15,8\n",
    )
    told = Reject.objects.filter(load=load).values_list("row", "column", "reason", "remedy")
    reason, remedy = (
        "a long number that a spreadsheet has cut short",
        "export the file anew, with this column as text",
    )
    assert list(told) == [
        (2, "customer_id", reason, remedy),
        (3, "order_id", reason, remedy),
    ]
    assert sorted(Customer.objects.values_list("customer_id", flat=True)) == [
        "1234567890123456",
        "1E5",
    ]
    assert sorted(Order.objects.values_list("order_id", flat=True)) == ["A1.5E+15", "o3"]
    assert load.sums["amount_minor"] == {
        "file": 2600, "record": 1500, "rejected": 1100, "duplicate": 0, "difference": 0,
    }  # fmt: skip


def test_a_decimal_comma_cuts_an_id_just_as_short(tmp_path):
    load = bring_in(tmp_path, "customer_id;occurred_at;amount\n1,23457E+15;2026-01-31;5\n")
    assert (load.run.error, load.rejected) == ("", 1)
    assert not Customer.objects.exists()
