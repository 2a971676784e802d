"""Rows come in once, are accounted for, and go out again as a whole."""

from datetime import UTC, datetime

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from core.errors import Conflict
from customers.frames import profile_frame
from customers.models import Consent, Customer
from ingestion.models import Reject
from ingestion.services import load_numbered, request_undo, undo_load
from runs.models import Run
from runs.services import perform
from tests.shops import nine_and_one
from tests.shops.checksums import checksums
from tests.shops.coming_in import bring_in
from transactions.models import Order, OrderLine, Product

pytestmark = pytest.mark.django_db(transaction=True)

HEADER = "customer_id,order_id,occurred_at,sku,quantity,amount\n"


def undo(load) -> Run:
    return perform(run=request_undo(load=load, send=False), job=undo_load)


def counts(load) -> tuple[int, ...]:
    return (load.read, load.loaded, load.changed, load.identical, load.duplicate, load.rejected)


def test_lines_become_customers_products_orders_and_lines(tmp_path):
    load = bring_in(tmp_path, nine_and_one.ORDER_LINES)
    assert counts(load) == (18, 18, 0, 0, 0, 0)
    assert (Customer.objects.count(), Product.objects.count()) == (10, 2)
    assert (Order.objects.count(), OrderLine.objects.count()) == (17, 18)
    assert Customer.objects.filter(is_placeholder=True).count() == 10
    assert load.notes["unknown_customers"] == 10
    assert load.sums["amount_minor"] == {
        "file": 35000, "record": 35000, "rejected": 0, "duplicate": 0, "difference": 0,
    }  # fmt: skip


def test_the_same_file_again_changes_nothing(tmp_path):
    bring_in(tmp_path, nine_and_one.ORDER_LINES)
    before = checksums()
    again = bring_in(tmp_path, nine_and_one.ORDER_LINES)
    assert counts(again) == (18, 0, 0, 18, 0, 0)
    assert checksums() == before


def test_a_genuine_repeat_in_an_order_is_two_lines(tmp_path):
    text = HEADER + "A,o1,2026-02-01,p1,1,2.50\n" * 2
    assert counts(bring_in(tmp_path, text)) == (2, 2, 0, 0, 0, 0)
    assert counts(bring_in(tmp_path, text)) == (2, 0, 0, 2, 0, 0)


def test_a_line_number_that_comes_twice_is_a_duplicate_or_a_conflict(tmp_path):
    header = "customer_id,order_id,line_number,occurred_at,amount\n"
    row = "A,o1,1,2026-02-01,2.50\n"
    load = bring_in(tmp_path, header + row + row + "A,o1,1,2026-02-01,9.00\n")
    assert counts(load) == (3, 1, 0, 0, 1, 1)
    reject = Reject.objects.get(load=load)
    assert (reject.row, "earlier row" in reject.reason) == (4, True)
    assert load.sums["amount_minor"] == {
        "file": 1400, "record": 250, "rejected": 900, "duplicate": 250, "difference": 0,
    }  # fmt: skip


def test_a_corrected_line_changes_and_says_so(tmp_path):
    header = "customer_id,order_id,line_number,occurred_at,amount\n"
    first = bring_in(tmp_path, header + "A,o1,1,2026-02-01,2.50\nA,o1,2,2026-02-01,1.00\n")
    before = checksums()
    second = bring_in(tmp_path, header + "A,o1,1,2026-02-01,3.50\n")
    assert counts(second) == (1, 0, 1, 0, 0, 0)
    assert OrderLine.objects.get(line_key=1).amount_minor == 350
    with pytest.raises(Conflict, match=f"import {second.pk} changed 1 of its rows"):
        request_undo(load=first)
    run = undo(second)
    assert run.result["restored"]["transactions_orderline"] == 1
    assert checksums() == before
    assert undo(first).state == "succeeded"


def test_an_order_of_two_customers_keeps_the_first(tmp_path):
    text = HEADER + "A,o1,2026-02-01,p1,1,1\nB,o1,2026-02-01,p1,1,2\n"
    load = bring_in(tmp_path, text)
    assert counts(load) == (2, 1, 0, 0, 0, 1)
    reject = Reject.objects.get(load=load)
    assert (reject.row, reject.column, reject.value) == (3, "customer_id", "B")


def test_without_an_order_id_lines_of_one_time_are_one_order(tmp_path):
    header = "customer_id,occurred_at,amount\n"
    rows = "A,2026-02-01 10:00,1\nA,2026-02-01 10:00,2\nA,2026-02-01 11:00,3\n"
    bring_in(tmp_path, header + rows)
    assert (Order.objects.count(), OrderLine.objects.count()) == (2, 3)


def test_quantity_and_price_stand_in_for_the_amount(tmp_path):
    header = "customer_id,occurred_at,quantity,unit_price\n"
    bring_in(tmp_path, header + "A,2026-02-01,3,1.115\n")
    line = OrderLine.objects.get()
    assert (line.amount_minor, str(line.unit_price)) == (335, "1.1150")


def test_undo_leaves_the_tables_as_they_were(tmp_path):
    bring_in(tmp_path, HEADER + "Z,z1,2026-01-01,p9,1,9\n", source="till")
    before = checksums()
    load = bring_in(tmp_path, nine_and_one.ORDER_LINES)
    assert checksums() != before
    assert undo(load).state == "succeeded"
    assert checksums() == before
    with pytest.raises(Conflict, match="undone already"):
        request_undo(load=load_numbered(load.pk))


def test_undo_takes_its_orders_from_customers_who_were_known_before(tmp_path):
    bring_in(tmp_path, HEADER + "A,o1,2026-02-01,p1,1,1\n")
    before = checksums()
    load = bring_in(tmp_path, HEADER + "A,o2,2026-02-02,p1,1,1\n")
    assert undo(load).state == "succeeded"
    assert list(Order.objects.values_list("order_id", flat=True)) == ["o1"]
    assert checksums() == before


def test_a_load_that_others_build_on_cannot_be_undone(tmp_path):
    first = bring_in(tmp_path, HEADER + "A,o1,2026-02-01,p1,1,1\n")
    bring_in(tmp_path, HEADER + "A,o2,2026-02-02,p1,1,1\n")
    before = checksums()
    with pytest.raises(Conflict, match="1 line of another load names products"):
        request_undo(load=first)
    assert checksums() == before


def test_a_consent_given_by_hand_holds_an_undo(tmp_path, sam):
    load = bring_in(tmp_path, "customer_id,region\nA,North\n", "customers")
    Consent.objects.create(
        customer=Customer.objects.get(), channel="email", granted=True, at=datetime.now(UTC)
    )
    with pytest.raises(Conflict, match="consents"):
        request_undo(load=load)


def test_a_dry_run_reports_and_changes_nothing(tmp_path):
    before = checksums()
    load = bring_in(tmp_path, HEADER + "A,o1,2026-02-01,p1,1,1\nA,o1,soon,p1,1,1\n", dry_run=True)
    assert counts(load) == (2, 1, 0, 0, 0, 1)
    assert Reject.objects.filter(load=load).count() == 1
    assert checksums() == before


def test_a_customers_file_completes_placeholders_and_hides_names(tmp_path):
    bring_in(tmp_path, HEADER + "A,o1,2026-02-01,p1,1,1\n")
    people = (
        "customer_id,name,email,birth_date,region\nA,Mara Klein,mara@x.example,1990-05-17,West\n"
    )
    load = bring_in(tmp_path, people, "customers")
    assert counts(load) == (1, 0, 1, 0, 0, 0)
    customer = Customer.objects.get()
    assert (customer.name, customer.birth_date) == ("Mara Klein", "1990-05-17")
    assert (customer.is_placeholder, customer.region) == (False, "West")
    assert counts(bring_in(tmp_path, people, "customers")) == (1, 0, 0, 1, 0, 0)
    changed = people.replace("Mara Klein", "Mara Groß")
    assert counts(bring_in(tmp_path, changed, "customers")) == (1, 0, 1, 0, 0, 0)


def test_personal_data_stand_nowhere_in_the_clear(tmp_path):
    from django.db import connection

    people = "customer_id,name,email\nA,Mara Klein,mara@x.example\n"
    bring_in(tmp_path, people, "customers")
    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text, encode(name, 'escape') FROM customers_customer t")
        text = " ".join(cursor.fetchone())
    assert "Mara" not in text
    assert "x.example" not in text


def test_consents_come_in_and_the_newest_holds(tmp_path):
    text = (
        "customer_id,channel,granted,at\nA,email,yes,2026-01-01\nA,email,no,2026-02-01\n"
        "A,fax,yes,2026-01-01\nA,sms,perhaps,2026-01-01\n"
    )
    load = bring_in(tmp_path, text, "consents")
    assert counts(load) == (4, 2, 0, 0, 0, 2)
    found = set(Reject.objects.filter(load=load).values_list("row", "column", "value"))
    assert found == {(4, "channel", "fax"), (5, "granted", "perhaps")}
    between, after = datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 2, 15, tzinfo=UTC)
    assert [profile_frame(at)["consent_email"].item() for at in (between, after)] == [True, False]


cells = st.sampled_from(
    [
        "A",
        "B",
        "",
        "o1",
        "o2",
        "2026-02-01",
        "2026-02-30",
        "nan",
        "1",
        "-2",
        "3.5",
        "1e400",
        "=1+1",
        "é",
    ]
)
dirty_rows = st.lists(st.lists(cells, min_size=5, max_size=7), min_size=1, max_size=12)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(rows=dirty_rows)
def test_every_row_of_a_dirty_file_is_accounted_for(tmp_path, rows):
    if not any(any(row) for row in rows):
        return
    text = HEADER + "\n".join(",".join(row) for row in rows) + "\n"
    load = bring_in(tmp_path, text)
    if load.run.state == "failed":
        assert load.run.error.startswith("The file")
        return
    assert load.read == load.loaded + load.changed + load.identical + load.duplicate + load.rejected
    assert load.read == sum(any(row) for row in rows)
    assert all(total["difference"] == 0 for total in load.sums.values())
    before = checksums()
    again = bring_in(tmp_path, text)
    assert (again.loaded, again.changed) == (0, 0)
    assert again.rejected == load.rejected
    assert checksums() == before


def test_an_order_that_moves_changes_both_customers(tmp_path):
    header = "customer_id,order_id,line_number,occurred_at,sku,amount\n"
    bring_in(tmp_path, header + "A,x,1,2026-02-01,p1,1\n")
    moved = bring_in(tmp_path, header + "B,x,1,2026-02-01,p1,1\n")
    both = Customer.objects.filter(customer_id__in=["A", "B"]).values_list("pk", flat=True)
    assert moved.run.result["customers"] == sorted(both)
    assert Order.objects.get().customer.customer_id == "B"
