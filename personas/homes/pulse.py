"""Records a day of each source, beside what the same weekday usually brings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate

from core.formats import whole
from core.localtime import midnight
from core.strips import strip
from customers.models import Consent, Feedback, Interaction
from transactions.models import Event

WEEK, SHOWN, COMPARED = 7, 35, 8
# With fewer weeks before it nothing is said to be usual.
LEAST = 3
# Of a source with fewer a day, a day without one says nothing.
FEW = 5
SOURCES: tuple[tuple[str, QuerySet[Any], str], ...] = (
    ("Web and app events", Event.objects.all(), "at"),
    ("Consents", Consent.objects.all(), "at"),
    ("Support requests", Interaction.objects.all(), "opened_at"),
    ("Survey answers", Feedback.objects.all(), "at"),
)


@dataclass(frozen=True)
class Source:
    """How many records of one kind came on each day, the newest last."""

    label: str
    counts: list[int]
    end: date


@dataclass(frozen=True)
class Verdict:
    words: str
    off: list[int]

    @property
    def bad(self) -> bool:
        return bool(self.off)


def sources(end: date, zone: ZoneInfo) -> list[Source]:
    """Every kind of record beside orders that came in at all, over the weeks compared."""
    first = end - timedelta(days=SHOWN + WEEK * COMPARED - 1)
    known = []
    for label, rows, field in SOURCES:
        since, until = midnight(first, zone), midnight(end + timedelta(days=1), zone)
        counts = filled(_by_day(rows, field, since, until, zone), first, end)
        if any(counts):
            known.append(Source(label, counts, end))
    return known


def filled(counts: Mapping[date, int], first: date, end: date) -> list[int]:
    """One number a day, days without a record included."""
    many = (end - first).days + 1
    return [counts.get(first + timedelta(days=place), 0) for place in range(many)]


def usual(counts: Sequence[int], place: int) -> tuple[int, int] | None:
    """The least and the most of the same weekday in the eight weeks before; None with too few."""
    before = [counts[at] for at in range(place - WEEK, -1, -WEEK)][:COMPARED]
    return (min(before), max(before)) if len(before) >= LEAST else None


def verdict(source: Source) -> Verdict:
    """What of the last seven days is less than usual."""
    counts, last = source.counts, len(source.counts) - 1
    off = [at for at in range(max(last - WEEK + 1, 0), last + 1) if _low(counts, at)]
    if not off:
        return Verdict("In range", [])
    empty = [at for at in off if not counts[at]]
    told = empty or off
    how = "empty" if empty else "below usual"
    if len(told) == 1:
        day = source.end - timedelta(days=last - told[0])
        return Verdict(f"{day:%-d %b} is {how}", off)
    return Verdict(f"{len(told)} of 7 days {'are ' if empty else ''}{how}", off)


def pulse_row(source: Source, *, synthetic: bool) -> dict[str, Any]:
    """What templates/personas/homes/pulse.html draws."""
    said, counts = verdict(source), source.counts
    begin = max(len(counts) - SHOWN, 0)
    bands = {at - begin: usual(counts, at) for at in range(begin, len(counts))}
    newest = bands[len(counts) - 1 - begin]
    off = [at - begin for at in said.off]
    return {
        "label": source.label,
        "note": "synthetic" if synthetic else "",
        **strip(counts[begin:], bands, off),
        "newest": whole(counts[-1]),
        "usual": f"{whole(newest[0])}–{whole(newest[1])}" if newest else "–",
        "verdict": said.words,
        "bad": said.bad,
    }


def _low(counts: Sequence[int], at: int) -> bool:
    band = usual(counts, at)
    return band is not None and band[0] >= FEW and counts[at] < band[0] / 2


def _by_day(
    rows: QuerySet[Any], field: str, since: datetime, until: datetime, zone: ZoneInfo
) -> dict[date, int]:
    inside = rows.filter(**{f"{field}__gte": since, f"{field}__lt": until})
    by_day = inside.annotate(day=TruncDate(field, tzinfo=zone)).order_by().values("day")
    return dict(by_day.annotate(many=Count("pk")).values_list("day", "many"))
