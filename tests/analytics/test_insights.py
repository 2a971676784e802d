"""What the insight pages count, on tables that a hand can check."""

from datetime import date, timedelta
from itertools import combinations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics import affinity
from analytics.affinity import pairs_beyond_chance
from analytics.answers import net_promoter_score, share_of
from analytics.cohorts import retention
from analytics.concentration import concentration
from analytics.trends import changes


def pairs_of(orders: list[list[int]], *, items: int, least: int = 1, every: int = 0):
    order = np.repeat(np.arange(len(orders)), [len(o) for o in orders])
    item = np.array([i for o in orders for i in sorted(o)], np.int64)
    return pairs_beyond_chance(order, item, items=items, orders=every or len(orders), least=least)


def test_a_pair_is_counted_in_both_directions_with_its_lift():
    # 0 and 1 lie together in 30 of 400 orders, 0 in 40, 1 in 50; 2 lies everywhere.
    orders = [[0, 1, 2]] * 30 + [[0, 2]] * 10 + [[1, 2]] * 20 + [[2]] * 340
    found = pairs_of(orders, items=3)
    assert list(zip(found.first, found.second, found.both, strict=True)) == [(0, 1, 30), (1, 0, 30)]
    assert (list(found.with_first), list(found.with_second)) == ([40, 50], [50, 40])
    # 30 × 400 ÷ (40 × 50)
    assert list(found.lift(400)) == [6.0, 6.0]


def test_too_few_orders_and_mere_chance_are_left_out():
    rare = [[0, 1]] * 4 + [[2]] * 996
    assert len(pairs_of(rare, items=3, least=5).first) == 0
    # Together in 25 of 100, each in 50: exactly what chance expects.
    chance = [[0, 1]] * 25 + [[0]] * 25 + [[1]] * 25 + [[2]] * 25
    assert len(pairs_of(chance, items=3).first) == 0


@given(st.lists(st.sets(st.integers(0, 5), max_size=6), max_size=30), st.integers(1, 20))
def test_counting_in_pieces_is_counting_every_pair(orders, at_once):
    want = np.zeros((6, 6), np.int64)
    for order in orders:
        for a, b in combinations(sorted(order), 2):
            want[a, b] += 1
            want[b, a] += 1
    order = np.repeat(np.arange(len(orders)), [len(o) for o in orders])
    item = np.array([i for o in orders for i in sorted(o)], np.int64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(affinity, "AT_ONCE", at_once)
        assert (affinity._counted(order, item, 6) == want).all()


def test_retention_counts_who_came_back_and_marks_the_month_that_is_not_over():
    months = {1: ["2026-01", "2026-03"], 2: ["2026-01", "2026-02", "2026-03"], 3: ["2026-03"]}
    active = pl.DataFrame(
        [(pk, date.fromisoformat(f"{m}-01")) for pk, all_ in months.items() for m in all_],
        schema=["customer_pk", "month"], orient="row",
    )  # fmt: skip
    first = active.group_by("customer_pk").agg(pl.col("month").min().alias("cohort"))
    found = retention(active, first, last_day=date(2026, 3, 20))
    january, march = date(2026, 1, 1), date(2026, 3, 1)
    assert found.rows() == [
        (january, 0, 2, 2, True), (january, 1, 1, 2, True), (january, 2, 2, 2, False),
        (march, 0, 1, 1, False),
    ]  # fmt: skip
    assert retention(active, first, last_day=date(2026, 3, 31))["complete"].to_list() == [True] * 4
    # A month in which nobody came back is a row of 0.
    found = retention(active, first, last_day=date(2026, 4, 30))
    assert found.filter(pl.col("after") == 3).rows() == [(january, 3, 0, 2, True)]


def test_concentration_of_four_customers():
    found = concentration(np.array([10.0, 70.0, 0.0, 15.0, -3.0, 5.0]), (0.01, 0.25, 0.5))
    assert (found.customers, found.revenue, found.half) == (4, 100.0, 1)
    assert [(t.customers, t.revenue_share, t.least) for t in found.tops] == [
        (1, 0.7, 70.0), (1, 0.7, 70.0), (2, 0.85, 15.0),
    ]  # fmt: skip
    assert found.curve == ((0, 0), (0.25, 0.7), (0.5, 0.85), (0.75, 0.95), (1, 1))
    # Lorenz from below: 5, 15, 30, 100 of 100; area ½·¼·(5+20+45+130)/100 = .25; 1 − 2 × .25.
    assert found.gini == pytest.approx(0.5)


def test_concentration_of_equals_and_of_nobody():
    assert concentration(np.full(5, 2.0), (0.2,)).gini == pytest.approx(0)
    assert concentration(np.full(5, 2.0), (0.2,)).half == 3
    assert concentration(np.array([0.0]), (0.2,)).tops == ()


def test_a_net_promoter_score_keeps_its_width_with_few_answers():
    found = net_promoter_score(promoters=50, passives=30, detractors=20)
    assert (found.value, found.answers) == (30.0, 100)
    # p = 50.75/103, d = 20.75/103: .29126 ± 1.95996 × √((.69417 − .08483)/103)
    assert (round(found.low, 2), round(found.high, 2)) == (14.05, 44.20)
    one = net_promoter_score(promoters=1, passives=0, detractors=0)
    # p = 1.75/4, d = .75/4: .25 ± 1.95996 × √((.625 − .0625)/4) = .25 ± .73499
    assert (one.value, round(one.low, 1), round(one.high, 1)) == (100.0, -48.5, 98.5)


def test_a_share_has_wilsons_interval():
    found = share_of(good=8, answers=10)
    assert found.value == 80.0
    assert (round(found.low, 2), round(found.high, 2)) == (49.02, 94.33)


MONDAY = date(2026, 1, 5)
DAYS = [MONDAY + timedelta(days=n) for n in range(21)]


def test_like_days_are_compared_with_like():
    # Mondays bring 10, other days 1, in three equal weeks; of the last, Monday was closed.
    row = np.array([[10.0 if day.weekday() == 0 else 1.0 for day in DAYS]])
    found = changes(row, DAYS, now=DAYS[15:], before=DAYS[:14])
    assert (found.now[0], found.usual[0], found.change[0]) == (6.0, 6.0, 0.0)
    assert list(found.sure) == [False]
    doubled = changes(np.array([[1.0] * 14 + [2.0] * 7]), DAYS, DAYS[14:], DAYS[:14])
    assert (doubled.now[0], doubled.usual[0], doubled.change[0], doubled.sure[0]) == (
        14.0, 7.0, 1.0, True,
    )  # fmt: skip


def test_the_interval_comes_from_the_spread_of_days_and_widens_with_comparisons():
    # Each weekday brings 1 and 3 before: mean 2, seven degrees of freedom, variance 14/7 = 2.
    row = np.array([[1.0] * 7 + [3.0] * 7 + [2.5] * 7])
    one = changes(row, DAYS, DAYS[14:], DAYS[:14])
    assert (one.now[0], one.usual[0], one.change[0]) == (17.5, 14.0, 0.25)
    # √(2 × (7 + 7/2)) = 4.5826, t(.975, 7) = 2.3646: half 10.836 ÷ 14
    assert one.low[0] == pytest.approx(0.25 - 0.774, abs=0.002)
    assert changes(row, DAYS, DAYS[14:], DAYS[:14], rows=50).low[0] < one.low[0]


def test_what_was_never_sold_before_has_no_change():
    found = changes(np.array([[0.0] * 14 + [5.0] * 7]), DAYS, DAYS[14:], DAYS[:14])
    assert np.isnan(found.change[0])
    assert list(found.sure) == [False]
