"""The last eight week ends in the ledger, and who moved between them, worked out by hand.

In Berlin week ends are Sundays at 23:00 UTC in winter and 22:00 in summer; the clocks change on 29
March 2026. The groups are those of the cuts of AS_OF, a Wednesday.
"""

from datetime import UTC, datetime
from typing import Any

import pytest

from core.localtime import week_ends
from customers.models import Customer
from segmentation.ledger import moves_between, sizes_at, transitions
from segmentation.models import Membership, Segment
from segmentation.selectors import history
from tests.shops.coming_in import bring_in, refreshed
from tests.shops.four_in_berlin import AS_OF, ENDS, HEADER

pytestmark = pytest.mark.django_db(transaction=True)


def stays(customer: str) -> list[tuple[Any, ...]]:
    rows = Membership.objects.filter(segment__kind="rfm", customer__customer_id=customer)
    return list(rows.order_by("entered_at").values_list("segment__name", "entered_at", "left_at"))


def ledger() -> list[tuple[Any, ...]]:
    rows = Membership.objects.order_by("segment__slug", "customer_id", "entered_at")
    return list(rows.values_list("segment__slug", "customer_id", "entered_at", "left_at"))


def test_weeks_end_at_the_shops_own_midnight_after_a_sunday(berlin):
    from core.selectors import organisation_zone

    zone = organisation_zone()
    assert week_ends(AS_OF, zone, 8) == ENDS
    assert week_ends(ENDS[-1], zone, 1) == [ENDS[-2]]
    assert ENDS[-2:] == [
        datetime(2026, 3, 22, 23, tzinfo=UTC),
        datetime(2026, 3, 29, 22, tzinfo=UTC),
    ]


def moved(since: datetime, until: datetime) -> dict[tuple[str | None, str | None], Any]:
    rows = transitions(since, until)
    return {(r["from"], r["to"]): (r["customers"], r["revenue"]) for r in rows}


def test_the_ledger_holds_who_was_in_which_group_at_each_week_end(four):
    # Cuts: 12.8 24.4 37.6 61.2 days; 1 1 1 1.4 orders; 22 32 38 232 euros.
    assert stays("a") == [("Active", AS_OF, None)]
    assert stays("b") == [("Active", ENDS[5], None)]
    # c: 325 and 332 days silent with 500 euros, then 4, 11 | 18, 25, 32 | 39 days with 520.
    assert stays("c") == [
        ("At risk", ENDS[0], ENDS[2]),
        ("Champions", ENDS[2], ENDS[4]),
        ("Loyal", ENDS[4], ENDS[7]),
        ("Previously loyal", ENDS[7], None),
    ]
    # 38 45 52 59 | 66 days.
    assert stays("d") == [("Almost lost", ENDS[0], ENDS[4]), ("Dormant", ENDS[4], None)]
    # Joined on the day that begins with the fourth week end; of f nothing says when they came.
    assert stays("e") == [("Prospects", ENDS[4], None)]
    assert stays("f") == [("Prospects", ENDS[0], None)]


def test_a_move_tells_what_its_customers_spent_in_the_year_before_the_later_moment(four):
    # c's 500 euros of 20 March 2025 are of the year before 9 March 2026, not before 1 April.
    assert moved(ENDS[1], ENDS[4]) == {
        ("At risk", "Loyal"): (1, 520.0),
        ("Almost lost", "Dormant"): (1, 10.0),
        ("Prospects", "Prospects"): (1, 0.0),
        (None, "Prospects"): (1, 0.0),
    }
    assert moved(ENDS[6], AS_OF) == {
        ("Active", "Active"): (1, 30.0),
        (None, "Active"): (1, 40.0),
        ("Loyal", "Previously loyal"): (1, 20.0),
        ("Dormant", "Dormant"): (1, 10.0),
        ("Prospects", "Prospects"): (2, 0.0),
    }
    assert moves_between(ENDS[6], ENDS[6])[0].customers == 2


def test_whoever_is_no_longer_in_the_record_has_left_it(four):
    Membership.objects.filter(customer__customer_id="b").update(left_at=AS_OF)
    assert moved(ENDS[6], AS_OF)[("Active", None)] == (1, 30.0)


def test_the_sizes_of_a_group_are_those_of_its_week_ends(four):
    prospects = Segment.objects.get(slug="prospects")
    assert sizes_at([*ENDS, AS_OF])[prospects.pk] == [1, 1, 1, 1, 2, 2, 2, 2, 2]
    assert [(m["at"], m["size"]) for m in history(prospects)] == [(ENDS[0], 1), (ENDS[4], 2)]


def test_later_refreshes_leave_the_past_as_it_was(four, tmp_path):
    past = ledger()
    refreshed(AS_OF)
    assert ledger() == past
    # An older order of d, had it been known, would have moved d in every week.
    bring_in(tmp_path, HEADER + "d,o6,2026-02-01T12:00:00,900.00\n")
    next_week = datetime(2026, 4, 8, 10, tzinfo=UTC)
    refreshed(next_week)
    assert [row for row in stays("d") if row[1] < next_week] == [
        ("Almost lost", ENDS[0], ENDS[4]), ("Dormant", ENDS[4], next_week),
    ]  # fmt: skip
    assert min(row[1] for row in stays("f")) == ENDS[0]


def test_a_dropped_history_is_made_anew_as_it_was(four):
    past = ledger()
    Membership.objects.all().delete()
    refreshed(AS_OF)
    assert ledger() == past


def test_a_ledger_that_began_later_gets_the_weeks_before_and_keeps_its_rows(four):
    groups = Membership.objects.filter(segment__kind="rfm")
    groups.filter(left_at__lte=ENDS[7]).delete()
    groups.update(entered_at=ENDS[7])
    began = set(groups.values_list("pk", "entered_at", "left_at"))
    refreshed(AS_OF)
    assert began <= set(groups.values_list("pk", "entered_at", "left_at"))
    assert stays("d") == [
        ("Almost lost", ENDS[0], ENDS[4]),
        ("Dormant", ENDS[4], ENDS[7]),
        ("Dormant", ENDS[7], None),
    ]
    assert sizes_at(ENDS)[Segment.objects.get(slug="dormant").pk] == [0, 0, 0, 0, 1, 1, 1, 1]


def test_a_refresh_as_of_an_older_moment_adds_no_weeks(four):
    before = Membership.objects.filter(entered_at__lt=ENDS[0]).count()
    refreshed(datetime(2026, 2, 4, tzinfo=UTC))
    weeks = Membership.objects.filter(entered_at__lt=datetime(2026, 2, 4, tzinfo=UTC))
    assert (before, weeks.count()) == (0, 0)


def test_a_shop_that_is_younger_than_eight_weeks_has_the_weeks_that_it_has(berlin, tmp_path):
    bring_in(tmp_path, HEADER + "a,o1,2026-03-20T09:00:00,40.00\n")
    refreshed(AS_OF)
    assert [row[1:] for row in stays("a")] == [(ENDS[6], None)]


def test_features_of_a_file_count_from_the_day_that_the_file_says(berlin, tmp_path):
    header = "customer_id,as_of,recency_days,purchase_frequency,purchase_monetary_value\n"
    bring_in(tmp_path, header + "a,2026-03-18,3,5,90\nb,2026-03-18,60,1,5\n", "customer_features")
    refreshed(AS_OF)
    assert [row[1:] for row in stays("a")] == [(ENDS[6], None)]


def test_the_api_divides_by_groups_or_clusters_and_by_nothing_else(four, vic, api_of):
    path = "/api/v1/segments/transitions/?from=2026-03-30&to=2026-04-02"
    rows = api_of(vic).get(path).json()["results"]
    assert rows[0] == {"from": "Prospects", "to": "Prospects", "customers": 2, "revenue": 0.0}
    clusters = api_of(vic).get(f"{path}&kind=cluster").json()["results"]
    assert [(row["from"], row["customers"]) for row in clusters if row["from"]] == []
    assert sum(row["customers"] for row in clusters) == 4
    refused = api_of(vic).get(f"{path}&kind=rule")
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "bad_query")
    curve = api_of(vic).get("/api/v1/segments/dormant/history/").json()["results"]
    assert curve == [{"at": "2026-03-08T23:00:00Z", "entered": 1, "left": 0, "size": 1}]


def test_who_was_erased_has_no_past(four):
    Customer.objects.filter(customer_id="c").delete()
    assert not Membership.objects.filter(entered_at=ENDS[2]).exists()
    assert ("Loyal", "Previously loyal") not in moved(ENDS[6], AS_OF)


def test_an_answer_is_kept_until_the_snapshot_or_the_ledger_changes(four):
    before = moved(ENDS[6], AS_OF)
    Membership.objects.filter(customer__customer_id="b").delete()
    assert moved(ENDS[6], AS_OF) == before
    refreshed(AS_OF)
    assert moved(ENDS[6], AS_OF)[(None, "Active")] == (2, 70.0)
