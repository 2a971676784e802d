"""An old shop's dates are moved on to now by whole weeks, so that each keeps its weekday."""

from datetime import UTC, date, datetime, timedelta

import pytest

from core.localtime import local_wall
from core.selectors import organisation_zone
from tests.shops.coming_in import bring_in
from transactions.models import Order
from transactions.services import source_of_load

pytestmark = pytest.mark.django_db(transaction=True)

SATURDAY_OF_2017 = datetime(2017, 12, 30, 12, tzinfo=UTC)
WEDNESDAY, SUNDAY = datetime(2026, 3, 4, 9, tzinfo=UTC), datetime(2026, 3, 8, 9, tzinfo=UTC)


def weeks_of(newest: datetime, *, now: datetime, name: str = "till", shift: bool = True) -> float:
    source = source_of_load(
        name=name, time_zone="UTC", shop_zone="UTC", newest=newest, shift=shift, now=now
    )
    return source.shift_days / 7


@pytest.mark.parametrize("now", [WEDNESDAY, SUNDAY])
def test_the_last_day_becomes_its_weekday_in_the_week_to_the_last_sunday_before_today(now):
    # Sunday 1 March 2026 ends the week; the Saturday in it is 28 February.
    assert SATURDAY_OF_2017 + timedelta(weeks=426) == datetime(2026, 2, 28, 12, tzinfo=UTC)
    assert weeks_of(SATURDAY_OF_2017, now=now) == 426


def test_the_first_load_of_a_source_fixes_it_for_those_that_follow():
    assert weeks_of(SATURDAY_OF_2017, now=WEDNESDAY) == 426
    assert weeks_of(SATURDAY_OF_2017 - timedelta(days=700), now=WEDNESDAY) == 426
    assert weeks_of(SATURDAY_OF_2017 - timedelta(weeks=100), now=WEDNESDAY, name="web") == 526


def test_dates_of_the_last_thirty_days_and_those_nobody_asked_to_move_stay():
    assert weeks_of(WEDNESDAY - timedelta(days=30), now=WEDNESDAY, name="new") == 0
    assert weeks_of(SATURDAY_OF_2017, now=WEDNESDAY, name="as-it-is", shift=False) == 0


def test_a_load_keeps_weekday_and_hour_and_knows_its_rows_again(tmp_path):
    text = (
        "customer_id,order_id,occurred_at,amount\nA,x,2017-12-26T10:00,1\nA,y,2017-12-30T23:30,2\n"
    )
    load = bring_in(tmp_path, text, mapping={"options": {"shift": True}})
    moments = Order.objects.order_by("order_id").values_list("occurred_at", flat=True)
    tuesday, saturday = (local_wall(at, organisation_zone()) for at in moments)
    assert (tuesday.isoweekday(), f"{tuesday:%H:%M}") == (2, "10:00")
    assert (saturday.isoweekday(), f"{saturday:%H:%M}") == (6, "23:30")
    assert saturday.date() == date(2017, 12, 30) + timedelta(days=load.notes["shift_days"])
    again = bring_in(tmp_path, text, mapping={"options": {"shift": True}})
    assert (again.loaded, again.changed, again.identical) == (0, 0, 2)
