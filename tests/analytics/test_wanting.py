"""Who would want a product, on a shop of cake and icing that a hand can check."""

from datetime import date, timedelta

import polars as pl
import pytest

from analytics.wanting import Told, companions, ranked, told_of_lists

START = date(2026, 1, 1)
UNTIL = START + timedelta(days=266)


def bought(rows: list[tuple[int, int, int, str]]) -> pl.DataFrame:
    """(customer, order, day number, item)."""
    return pl.DataFrame(
        [(c, o, START + timedelta(days=d), item) for c, o, d, item in rows],
        schema={"customer_pk": pl.Int64, "order_pk": pl.Int64, "local_day": pl.Date,
                "item": pl.String},
        orient="row",
    )  # fmt: skip


def first_days(of: pl.DataFrame, item: str) -> pl.DataFrame:
    taken = of.filter(pl.col("item") == item)
    return taken.group_by("customer_pk").agg(pl.col("local_day").min().alias("first_day"))


def shop() -> pl.DataFrame:
    """Every tenth day 1 takes icing, cake and bread twice, 3 bread and 5, 6 and 8 milk thrice.

    2 and 4 take cake alone; 9 takes both, late.
    """
    rows = []
    for n in range(27):
        day = n * 10
        for at in range(2):
            rows += [(1, 1000 + 2 * n + at, day, item) for item in ("icing", "cake", "bread")]
        for customer, item in ((3, "bread"), (5, "milk"), (6, "milk"), (8, "milk")):
            rows += [(customer, 1000 * customer + 3 * n + at, day, item) for at in range(3)]
    rows += [(2, 900, 200, "cake"), (2, 901, 230, "cake"), (4, 902, 230, "cake")]
    rows += [(9, 990 + n, 240 + n, item) for n in range(3) for item in ("icing", "cake")]
    return bought(rows)


def test_what_goes_with_it_lies_with_it_more_often_than_by_chance():
    # From day 84 on 18 times: 36 orders of 1 and 3 of 9 hold icing and cake, 3 more hold cake, of
    # 18 × 14 + 6. Bread lies with icing 36 times, and in 90: chance explains that.
    found = companions(shop(), "icing", UNTIL)
    assert found.select("item", "both").rows() == [("cake", 39)]
    assert found["lift"][0] == pytest.approx(39 * 258 / (39 * 42))
    assert companions(shop(), "tea", UNTIL).height == 0


def test_whoever_takes_what_goes_with_it_stands_first_and_no_buyer_is_listed():
    everything = shop()
    found = ranked(everything, first_days(everything, "icing"), "icing", UNTIL)
    # 1 and 9 have bought it. 2 took cake twice, 4 once; of the others the busiest first.
    assert found["customer_pk"].to_list() == [2, 4, 3, 5, 6, 8]
    assert found["orders"].to_list() == [2, 1, 54, 54, 54, 54]
    assert found["score"][2] == 0


def test_a_list_of_the_past_knows_nothing_of_what_came_after_it():
    everything = shop()
    first = first_days(everything, "icing")
    # As of day 238: 9 had no order yet; 2 and 4 are listed, and none of the six took it.
    assert told_of_lists(everything, first, "icing", UNTIL, listed=2)[0] == Told(
        at=START + timedelta(days=238), listed=2, buyers=0, busiest=0, never=6, everybody=0
    )
    later = pl.concat([everything, bought([(2, 999, 250, "icing"), (3, 998, 251, "icing")])])
    told = told_of_lists(later, first_days(later, "icing"), "icing", UNTIL, listed=2)[0]
    # The two listed are 2 and 4, the two busiest 3 and 5: one hit each of two in all.
    assert (told.buyers, told.busiest, told.everybody) == (1, 1, 2)


def test_a_past_too_short_tells_of_no_list():
    some = shop().filter(pl.col("local_day") >= START + timedelta(days=80))
    assert told_of_lists(some, first_days(some, "icing"), "icing", UNTIL) == []
