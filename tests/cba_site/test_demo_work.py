"""Sales of the demo have promised something for today, and nothing pretends that it was done."""

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.models import User
from cba_site.demo.logins import open_logins
from cba_site.demo.work import make_work_lists
from core.models import Organisation
from segmentation.models import WorkEntry, WorkList
from segmentation.services.work_lists import change_work_list, reopen_entry
from segmentation.work import list_figures, tallies
from tests.shops.coming_in import bring_in, refreshed

pytestmark = pytest.mark.django_db(transaction=True)
# Past midnight in Europe, the evening before in New York.
NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
TODAY = date(2026, 11, 23)


@pytest.fixture
def sales(tmp_path):
    """Forty who came each week and stay away since August; every second may be called."""
    rows = [
        f"c{n},o{n}-{week},{date(2026, 8, 3) - timedelta(weeks=week)},{n}.00"
        for n in range(1, 41)
        for week in range(n % 20 + 1)
    ]
    rows += [f"d{n},p{n}-{day},{date(2026, 11, day)},{n}.00" for n in range(60) for day in (2, 20)]
    rows += [
        f"e{n},q{n}-{week},{date(2026, 10, 12) - timedelta(weeks=week)},{n}.00"
        for n in range(1, 41)
        for week in range(n % 10 + 1)
    ]
    orders = "\n".join(rows)
    bring_in(tmp_path, f"customer_id,order_id,occurred_at,amount\n{orders}\n")
    said = "".join(f"{one}{n},phone,yes,2025-01-01\n" for one in "ce" for n in range(2, 41, 2))
    bring_in(tmp_path, f"customer_id,channel,granted,at\n{said}", "consents")
    refreshed(NOW, only=["features", "segments"])
    Organisation.objects.update_or_create(id=1, defaults={"time_zone": "America/New_York"})
    open_logins()
    return User.objects.get(email="sales@demo.example.com")


def test_one_list_is_due_today_and_begun_and_one_is_a_day_late(sales):
    make_work_lists(at=NOW)
    begun, late = WorkList.objects.order_by("pk")
    assert (begun.owner, begun.due_on) == (sales, TODAY)
    assert (late.owner, late.due_on) == (sales, TODAY - timedelta(days=1))
    figures = list_figures([begun, late])
    assert [(f.customers, f.done) for f in figures.values()] == [(6, 3), (6, 0)]
    assert tallies(owner_id=sales.pk, today=TODAY) == {
        "open": 2, "closed": 0, "mine": 2, "due": 2, "overdue": 1, "unowned": 0,
    }  # fmt: skip


def test_whoever_is_on_a_list_may_be_called_and_each_note_says_that_it_is_made_up(sales):
    make_work_lists(at=NOW)
    entries = WorkEntry.objects.order_by("work_list", "position")
    assert [one.customer.customer_id for one in entries] == [
        "e22", "e6", "e40", "e12", "e4", "e2", "c26", "c24", "c8", "c22", "c6", "c4",
    ]  # fmt: skip
    assert [one.note for one in entries if one.done_at or one.note] == [
        "Made up for the demo: will come on Saturday.",
        "Made up for the demo: moved away in spring.",
        "Made up for the demo: asked for a call next week.",
    ]
    assert [one.done_by for one in entries if one.done_at] == [sales] * 3


def test_a_second_start_leaves_the_lists_as_they_were_left(sales):
    make_work_lists(at=NOW)
    begun = WorkList.objects.earliest("pk")
    change_work_list(work_list=begun, actor=sales, name="Autumn calls", due_on=None)
    reopen_entry(entry=WorkEntry.objects.get(work_list=begun, position=1), actor=sales)
    make_work_lists(at=NOW + timedelta(days=3))
    names = ["Autumn calls", "Needs attention, may be called"]
    assert [one.name for one in WorkList.objects.order_by("pk")] == names
    assert list_figures([begun])[begun.pk].done == 2
    assert WorkList.objects.get(pk=begun.pk).due_on is None


def test_a_visitors_own_list_of_the_same_people_stands_and_the_demo_starts(sales):
    make_work_lists(at=NOW)
    begun = WorkList.objects.earliest("pk")
    WorkList.objects.filter(pk=begun.pk).update(ticket="a visitor's", name="Mine")
    make_work_lists(at=NOW + timedelta(days=1))
    assert list(WorkList.objects.order_by("pk").values_list("name", flat=True)) == [
        "Mine", "Needs attention, may be called",
    ]  # fmt: skip
