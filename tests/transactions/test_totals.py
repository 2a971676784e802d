"""Daily totals say what the lines say, whatever came or went since they were kept."""

from datetime import date

import polars as pl
import pytest

from core.once import one_moment
from core.services import configure_organisation
from ingestion.services import request_undo, undo_load
from pipelines.erasure import erase, request_erasure
from runs.services import perform
from tests.shops.coming_in import bring_in
from transactions import totals
from transactions.services import rebuild_mirror, update_mirror
from transactions.totals import Grain, daily_totals, keep_totals

pytestmark = pytest.mark.django_db(transaction=True)

HEADER = (
    "customer_id,order_id,line_number,occurred_at,sku,amount,quantity,returned,store,category\n"
)
# 23:30 UTC is the next day in Berlin. The returned line and the one of quantity 0 do not count.
LINES = """\
A,o1,1,2026-02-01T10:00:00Z,milk,2.00,1,,north,dairy
A,o1,2,2026-02-01T10:00:00Z,rye,3.00,2,,north,bread
B,o2,1,2026-02-01T10:30:00Z,milk,4.00,2,,south,dairy
B,o3,1,2026-02-01T23:30:00Z,milk,8.00,4,,south,dairy
C,o4,1,2026-02-02T09:00:00Z,rye,90.00,1,yes,north,bread
C,o5,1,2026-02-02T09:00:00Z,rye,70.00,0,,north,bread
"""
FIRST, SECOND = date(2026, 2, 1), date(2026, 2, 2)


@pytest.fixture
def shop(tmp_path):
    configure_organisation(time_zone="Europe/Berlin", currency="EUR")
    load = bring_in(tmp_path, HEADER + LINES)
    update_mirror()
    return load


def told(grain: Grain, *columns: str) -> list[tuple]:
    return daily_totals(grain).select("local_day", *columns).collect().rows()


def whole() -> list[tuple]:
    return told(Grain.DAY, "orders", "customers", "lines", "quantity", "revenue_minor")


def test_each_grain_says_what_a_hand_counts(shop):
    assert whole() == [(FIRST, 2, 2, 3, 5.0, 900), (SECOND, 1, 1, 1, 4.0, 800)]
    assert told(Grain.CATEGORY, "category", "orders", "revenue_minor") == [
        (FIRST, "bread", 1, 300), (FIRST, "dairy", 2, 600), (SECOND, "dairy", 1, 800),
    ]  # fmt: skip
    assert told(Grain.PLACE, "store", "orders") == [
        (FIRST, "north", 1), (FIRST, "south", 1), (SECOND, "south", 1),
    ]  # fmt: skip
    assert told(Grain.HOUR, "local_hour", "orders") == [(FIRST, 11, 2), (SECOND, 0, 1)]


@pytest.mark.parametrize("kept", [True, False])
def test_later_lines_of_a_kept_day_count_with_their_order_once(tmp_path, shop, kept):
    if kept:
        keep_totals()
    bring_in(tmp_path, HEADER + "A,o1,3,2026-02-01T10:00:00Z,new,5.00,1,,north,\n")
    update_mirror()
    assert whole() == [(FIRST, 2, 2, 4, 6.0, 1400), (SECOND, 1, 1, 1, 4.0, 800)]
    assert told(Grain.CATEGORY, "category", "revenue_minor")[0] == (FIRST, None, 500)


def test_kept_totals_are_read_and_not_worked_out(shop, monkeypatch):
    keep_totals()
    before = whole()
    monkeypatch.setattr(totals, "mirror_lines", lambda: pytest.fail("the lines were read"))
    assert whole() == before


def test_what_was_undone_or_changed_is_in_no_total(tmp_path, shop):
    more = bring_in(tmp_path, HEADER + "D,o9,1,2026-02-03T10:00:00Z,rye,1.00,1,,north,bread\n")
    update_mirror()
    keep_totals()
    assert [row[0] for row in whole()] == [FIRST, SECOND, date(2026, 2, 3)]
    assert perform(run=request_undo(load=more, send=False), job=undo_load).error == ""
    update_mirror()
    assert [row[0] for row in whole()] == [FIRST, SECOND]


def test_the_purchases_of_an_erased_person_leave_the_totals_and_their_files(shop, settings):
    keep_totals()
    old = set((settings.CBA_HOME / "mirror/totals").glob("*.arrow"))
    run = request_erasure(customer_id="B", send=False)
    assert perform(run=run, job=erase).error == ""
    assert whole() == [(FIRST, 1, 1, 2, 3.0, 500)]
    assert not any(path.exists() for path in old)


def test_a_shop_without_orders_has_totals_of_no_day(transactional_db):
    for grain in Grain:
        assert daily_totals(grain).collect().height == 0
    keep_totals()
    assert whole() == []
    assert isinstance(daily_totals(Grain.DAY).collect_schema()["revenue_minor"], pl.Int64)


def test_what_a_request_changes_itself_is_in_the_totals_that_it_reads_next(tmp_path, shop):
    with one_moment():
        assert [row[0] for row in whole()] == [FIRST, SECOND]
        bring_in(tmp_path, HEADER + "D,o9,1,2026-02-03T10:00:00Z,rye,1.00,1,,north,bread\n")
        update_mirror()
        assert [row[0] for row in whole()] == [FIRST, SECOND, date(2026, 2, 3)]
        run = request_erasure(customer_id="B", send=False)
        assert perform(run=run, job=erase).error == ""
        assert whole() == [(FIRST, 1, 1, 2, 3.0, 500), (date(2026, 2, 3), 1, 1, 1, 1.0, 100)]
        rebuild_mirror()
        assert whole() == [(FIRST, 1, 1, 2, 3.0, 500), (date(2026, 2, 3), 1, 1, 1, 1.0, 100)]


def test_a_request_asks_once_which_files_the_mirror_has(shop, django_assert_num_queries):
    with one_moment(), django_assert_num_queries(1):
        assert whole() == whole()
        assert daily_totals(Grain.CATEGORY).collect().height == 3
