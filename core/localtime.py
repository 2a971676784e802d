"""The organisation's clock: days begin at its midnight, and ``as_of`` is always an argument."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.errors import Refused

LAST_DAY = "last_day"
# Far enough from the calendar's ends for a time zone or a year of spend before.
FIRST_YEAR, LAST_YEAR = 1900, 9000


class UnreadableTime(Refused):
    code = "unreadable_time"


def local_wall(moment: datetime, zone: ZoneInfo) -> datetime:
    """The organisation's wall clock at ``moment``, naive, as the mirror stores it."""
    return moment.astimezone(zone).replace(tzinfo=None)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The moment at which ``day`` begins, in UTC."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def day_after(moment: datetime, zone: ZoneInfo) -> datetime:
    """The midnight that ends the local day of ``moment``: "the last day of data"."""
    return midnight(local_wall(moment, zone).date() + timedelta(days=1), zone)


def week_ends(before: datetime, zone: ZoneInfo, count: int) -> list[datetime]:
    """The last ``count`` midnights that ended a local week (a Sunday) before a moment."""
    today = local_wall(before, zone).date()
    monday = today - timedelta(days=today.weekday())
    ends = [midnight(monday - timedelta(weeks=back), zone) for back in range(count + 1)]
    return sorted([end for end in ends if end < before][:count])


def parse_when(
    text: str, zone: ZoneInfo, *, now: datetime, last_order: datetime | None
) -> datetime:
    """WHEN of the command line: empty is now, a date its local start, a timestamp as it is.

    ``last_day`` is the midnight after the last order.
    """
    if not text:
        return now
    if text == LAST_DAY:
        if last_order is None:
            raise UnreadableTime("There are no orders yet, so there is no last day of data.")
        return day_after(last_order, zone)
    try:
        if len(text) == len("2026-01-31"):
            moment = midnight(date.fromisoformat(text), zone)
        else:
            written = datetime.fromisoformat(text)
            moment = written.replace(tzinfo=written.tzinfo or zone).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UnreadableTime(
            f"{text!r} is not a date. Write 2026-01-31, 2026-01-31T18:30 or {LAST_DAY}."
        ) from error
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise UnreadableTime(
            f"{text!r} is no date of a shop: years are from {FIRST_YEAR} to {LAST_YEAR}."
        )
    return moment
