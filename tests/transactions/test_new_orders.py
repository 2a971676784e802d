"""Orders that nobody knows go straight into the tables, to the same end as by the staging table."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import hypothesis.strategies as st
import polars as pl
import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings

from core.bulk_indexes import foreign_keys_known, indexes_built_after
from core.contracts.import_kind import Entered, LoadContext
from core.hashing import hash_text_extended
from core.spool import Spool
from ingestion.cleaning import typed_rows
from ingestion.staging import enter
from transactions.kinds.order_lines import OrderLines
from transactions.models import OrderLine

pytestmark = pytest.mark.django_db

STRAIGHT, STAGED = OrderLines(straight_from=1), OrderLines(straight_from=10**9)
CONTEXT = LoadContext(
    load_id=2, source="till", source_zone="Europe/Berlin", shop_zone="Europe/Berlin",
    currency="EUR", minor_per_major=100, now=datetime(2026, 3, 1, tzinfo=UTC),
)  # fmt: skip
EVERYTHING = {
    "lines": "SELECT o.order_id, c.customer_id, o.occurred_at::text, o.store, o.channel,"
    " o.load_id, l.line_key, p.sku, l.quantity, l.unit_price, l.amount_minor, l.discount_minor,"
    " l.returned, l.load_id FROM transactions_order o"
    " JOIN customers_customer c ON c.id = o.customer_id"
    " LEFT JOIN transactions_orderline l ON l.order_id = o.id"
    " LEFT JOIN transactions_product p ON p.id = l.product_id ORDER BY 1, 7",
    "people": "SELECT customer_id, region, is_placeholder, load_id FROM customers_customer"
    " ORDER BY 1",
    "products": "SELECT sku, name, category, is_placeholder, load_id FROM transactions_product"
    " ORDER BY 1",
    "stale": "SELECT kind, load_id FROM transactions_mirrorfile WHERE path IS NULL ORDER BY 1, 2",
}
INDEXES = """
    SELECT indexname, indexdef FROM pg_indexes WHERE tablename LIKE 'transactions_order%'
    UNION ALL SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE conrelid::regclass::text LIKE 'transactions_order%' ORDER BY 1, 2
"""

LINE = st.fixed_dictionaries(
    {
        "customer_id": st.sampled_from(["A", "B", "B", "Ü"]),
        "order_id": st.sampled_from([None, "o1", "o2", "o3", "ö4"]),
        "line_number": st.sampled_from([None, None, "1", "2"]),
        "sku": st.sampled_from([None, "p1", "p2", "ß3"]),
        "occurred_at": st.sampled_from(["2026-02-01", "2026-02-03T10:00", "2025-10-26T02:30"]),
        "quantity": st.sampled_from([None, "1", "-2", "0.5005"]),
        "amount": st.sampled_from(["2.50", "-1", "0"]),
        "store": st.sampled_from([None, "North", "South"]),
        "product_name": st.sampled_from([None, "Pear", "Apple"]),
        "region": st.sampled_from([None, "East"]),
    }
)


def refined(lines: list[dict], kind: OrderLines) -> pl.DataFrame:
    text = pl.DataFrame(lines, schema=dict.fromkeys(lines[0], pl.String))
    rows = text.with_row_index("row", offset=2).cast({"row": pl.Int64})
    staged, _ = kind.refine(typed_rows(rows, kind.columns, CONTEXT).rows, CONTEXT)
    return staged.select("row", *kind.staging_columns())


def entered(lines: list[dict], kind: OrderLines, load_id: int, batch: int = 3) -> Entered:
    """Enter in batches of so many lines."""
    with Spool() as staged:
        for rows in refined(lines, kind).iter_slices(batch):
            staged.put(rows)
        answer = enter(kind, staged, replace(CONTEXT, load_id=load_id))
    with connection.cursor() as cursor:
        # Otherwise gone with the load's own transaction.
        cursor.execute("DISCARD TEMP")
    return answer


@contextmanager
def taken_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def told(entered: Entered) -> tuple:
    """All that an answer says; customers have other numbers each time."""
    many = len(entered.customers or [])
    return (
        entered.loaded, entered.changed, entered.identical, entered.duplicate,
        entered.record_sum, entered.duplicate_sum, entered.notes, many,
        sorted(entered.conflicts.rows()),
    )  # fmt: skip


def all_rows(query: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def ends(before: list[dict], lines: list[dict], kind: OrderLines) -> tuple:
    """What an answer says and all rows, after ``lines`` have met what was there ``before``."""
    with taken_back():
        if before:
            entered(before, STAGED, load_id=1)
        answer = told(entered(lines, kind, load_id=2))
        rows = {name: all_rows(query) for name, query in EVERYTHING.items()}
    return answer, rows


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    before=st.lists(LINE, max_size=6),
    lines=st.lists(LINE, min_size=1, max_size=14),
)
def test_both_roads_lead_to_the_same_rows_and_the_same_answer(db, before, lines):
    assert ends(before, lines, STRAIGHT) == ends(before, lines, STAGED)


def line(order: str, number: str, **said: str) -> dict:
    plain = {"customer_id": "A", "occurred_at": "2026-02-01", "sku": "p1", "amount": "2"}
    return {**plain, "order_id": order, "line_number": number, **said}


def test_an_order_that_stands_in_two_batches_is_seen_whole():
    first, again = line("o1", "1"), line("o1", "1", amount="3")
    answer = entered([first, line("o2", "1"), line("o3", "1"), again, first], STRAIGHT, 2, batch=2)
    assert (answer.loaded, answer.duplicate, answer.duplicate_sum) == (3, 1, 200)
    assert answer.conflicts.rows() == [
        (5, "line_number", "1", "an earlier row of this file says something else under the same"
         " key", "keep one of the two rows"),
    ]  # fmt: skip
    assert answer.record_sum == 600


def test_a_further_line_of_a_known_order_joins_it():
    entered([line("o1", "1")], STRAIGHT, 1)
    answer = entered([line("o1", "1"), line("o1", "2"), line("o2", "1")], STRAIGHT, 2)
    assert (answer.loaded, answer.identical, answer.record_sum) == (2, 1, 600)
    orders = OrderLine.objects.order_by("order__order_id", "line_key").values_list(
        "order__order_id", "line_key", "load_id"
    )
    assert list(orders) == [("o1", 1, 1), ("o1", 2, 2), ("o2", 1, 2)]


def test_many_lines_leave_every_index_and_key_as_it_was():
    """So many that the indexes are built after them."""
    before = all_rows(INDEXES)
    many = [line(f"o{n}", "1", customer_id=f"C{n % 100}") for n in range(60_000)]
    assert entered(many, STRAIGHT, 2, batch=25_000).loaded == 60_000
    assert all_rows(INDEXES) == before
    connection.check_constraints()
    again = entered(many, STRAIGHT, 3, batch=25_000)
    assert (again.loaded, again.identical) == (0, 60_000)


def test_a_database_user_without_the_right_has_every_key_looked_up():
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE ROLE plain_user")
        cursor.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO plain_user")
        cursor.execute("GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO plain_user")
        cursor.execute("SET LOCAL ROLE plain_user")
        assert entered([line("o1", "1"), line("o2", "1")], STRAIGHT, 2).loaded == 2
        cursor.execute("SHOW session_replication_role")
        assert cursor.fetchone() == ("origin",)
        with foreign_keys_known("customers_customer") as known:
            assert known is False
        transaction.set_rollback(True)


def test_few_rows_leave_a_large_table_to_everybody_else():
    with transaction.atomic(), indexes_built_after(table="transactions_order", rows=49_999) as so:
        assert so is False


@given(st.lists(st.text(max_size=40)))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_text_has_the_hash_that_postgres_gives_it(db, texts):
    texts = [text.replace("\x00", "") for text in texts]
    ours = hash_text_extended(pl.Series(texts, dtype=pl.String)).to_list()
    with connection.cursor() as cursor:
        cursor.execute("SELECT hashtextextended(t, 0) FROM unnest(%s::text[]) t", [texts])
        assert ours == [found for (found,) in cursor.fetchall()]


def test_what_goes_wrong_while_lines_are_sorted_out_goes_wrong_for_the_load():
    with Spool() as staged:
        staged.put(refined([line("o1", "1")], STRAIGHT).with_columns(order_id=pl.lit(7)))
        with pytest.raises(pl.exceptions.PolarsError), transaction.atomic():
            enter(STRAIGHT, staged, CONTEXT)
    assert not OrderLine.objects.exists()


def test_a_spool_gives_back_what_was_put_in():
    with Spool() as spool, closing(spool):
        spool.put(pl.DataFrame({"a": [1, 2]}))
        spool.put(pl.DataFrame({"a": [3]}))
        assert [rows["a"].to_list() for rows in spool] == [[1, 2], [3]]
        assert (spool.rows, len(spool)) == (3, 2)
