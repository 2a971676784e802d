"""How each source fares over all its loads, files and pushes too: is it fresh, whole and clean.

A day counts once it is over. Same weekdays are compared with same weekdays of eight weeks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Max, Sum
from django.db.models.functions import TruncDate

from analytics.usual import Usual, usual
from core.contracts.connector import Stream
from core.formats import counted, grouped
from core.localtime import local_wall, midnight
from ingestion.known_connectors import connectors
from ingestion.models import Load, Source
from runs.models import RunState

WEEK, SHOWN, COMPARED = 7, 35, 8
DAYS = SHOWN + WEEK * COMPARED
# Of a source with fewer rows a day, a day without one says nothing.
FEW = 5
# With fewer days on which it came, nothing is said to be late.
LEAST_DAYS = 5
# Rejects are odd from this share on, if they are three times what they were.
MOST_REJECTED, TIMES, LEAST_ROWS = 0.05, 3, 20
FAILING, QUIET, ODD, REJECTS = "source_failing", "source_quiet", "source_odd", "source_rejects"
TOPICS = (FAILING, QUIET, ODD, REJECTS)
A_DAY = timedelta(days=1)
# A follower says every few seconds that it is there.
UNFOLLOWED = timedelta(minutes=10)


@dataclass(frozen=True)
class Health:
    """``counts``: rows read on each of the days compared, the last whole day last.

    ``problems``: {topic: what is wrong, in words}.
    """

    name: str
    source: Source | None
    counts: list[int]
    # By place in ``counts``; only of the days that are shown.
    bands: dict[int, Usual | None]
    newest: datetime | None
    read: int
    rejected: int
    problems: dict[str, str] = field(default_factory=dict)

    @property
    def off(self) -> list[int]:
        """The places of the last seven days that are out of their range."""
        last = range(len(self.counts) - WEEK, len(self.counts))
        return [at for at in last if _is_odd(self.counts[at], self.bands.get(at))]


@dataclass
class _Past:
    """What one source brought: rows and rejects by day, and when it came last."""

    rows: dict[date, int] = field(default_factory=dict)
    rejected: dict[date, int] = field(default_factory=dict)
    newest: datetime | None = None


def all_health(now: datetime, zone: ZoneInfo) -> list[Health]:
    """Every source that is set up or brought anything in the weeks compared, by name."""
    today = local_wall(now, zone).date()
    pasts = _pasts(midnight(today - DAYS * A_DAY, zone), zone)
    known = {source.name: source for source in Source.objects.select_related("reading")}
    names = sorted({*pasts, *known}, key=str.casefold)
    return [_health(name, known.get(name), pasts.get(name, _Past()), today, now) for name in names]


def health_of(source: Source, now: datetime, zone: ZoneInfo) -> Health:
    """The same of one source, without a look at what the others brought."""
    today = local_wall(now, zone).date()
    pasts = _pasts(midnight(today - DAYS * A_DAY, zone), zone, source=source.name)
    return _health(source.name, source, pasts.get(source.name, _Past()), today, now)


def _pasts(since: datetime, zone: ZoneInfo, **which: str) -> dict[str, _Past]:
    loads = Load.objects.filter(dry_run=False, run__state=RunState.SUCCEEDED, created_at__gte=since)
    days = loads.filter(**which).annotate(day=TruncDate("created_at", tzinfo=zone)).order_by()
    sums = days.values("source", "day").annotate(
        came=Sum("read"), out=Sum("rejected"), last=Max("created_at")
    )
    pasts: dict[str, _Past] = {}
    for one in sums:
        past = pasts.setdefault(one["source"], _Past())
        past.rows[one["day"]], past.rejected[one["day"]] = one["came"], one["out"]
        past.newest = max(filter(None, (past.newest, one["last"])))
    return pasts


def _health(name: str, source: Source | None, past: _Past, today: date, now: datetime) -> Health:
    first = today - DAYS * A_DAY
    days = [first + place * A_DAY for place in range(DAYS)]
    counts = [past.rows.get(day, 0) for day in days]
    begun = min(past.rows, default=today)
    bands = {at: _band(counts, days, at, begun) for at in range(DAYS - SHOWN, DAYS)}
    lately = [day for day in past.rows if day > today - WEEK * A_DAY]
    told = {
        FAILING: _failing(source, now),
        QUIET: _quiet(name, past, today),
        ODD: _odd(name, counts[-1], bands[DAYS - 1], days[-1]),
        REJECTS: _rejects(name, past, today),
    }
    return Health(
        name=name,
        source=source,
        counts=counts,
        bands=bands,
        newest=past.newest,
        read=sum(past.rows[day] for day in lately),
        rejected=sum(past.rejected[day] for day in lately),
        problems={topic: words for topic, words in told.items() if words},
    )


def _band(counts: list[int], days: list[date], at: int, begun: date) -> Usual | None:
    before = [counts[n] for n in range(at - WEEK, -1, -WEEK) if days[n] >= begun]
    return usual(before[:COMPARED])


def _is_odd(count: int, band: Usual | None) -> bool:
    return band is not None and band.middle >= FEW and not band.holds(count)


def _failing(source: Source | None, now: datetime) -> str:
    if source is None or not source.enabled:
        return ""
    if source.problem:
        return f"{source.name} cannot be read: {source.problem}"
    plugin = connectors().get(source.connector)
    idle = now - (source.read_at or source.created_at)
    if plugin is not None and issubclass(plugin, Stream) and idle > UNFOLLOWED:
        return f"Nobody follows {source.name}. Start it: manage.py consume {source.name}"
    return ""


def _quiet(name: str, past: _Past, today: date) -> str:
    """Silent for more days than ever between two loads of the weeks compared."""
    days = sorted(past.rows)
    if len(days) < LEAST_DAYS:
        return ""
    longest = max((later - day).days for day, later in zip(days, days[1:], strict=False))
    silent = (today - days[-1]).days
    if silent <= longest:
        return ""
    words = f"{name} has brought nothing for {counted(silent, 'day')}"
    return f"{words}; it was never silent for more than {counted(longest, 'day')}."


def _odd(name: str, count: int, band: Usual | None, day: date) -> str:
    if band is None or not _is_odd(count, band):
        return ""
    low, high = grouped(round(band.low)), grouped(round(band.high))
    came = f"{name} brought {counted(count, 'row')} on {day:%A}"
    return f"{came}, {day.day} {day:%b}; {low} to {high} are usual."


def _rejects(name: str, past: _Past, today: date) -> str:
    """More rejected in seven days than is usual, and more than a few."""
    since = today - WEEK * A_DAY
    read, out = _within(past.rows, since), _within(past.rejected, since)
    before = sum(past.rows.values()) - read
    share = (sum(past.rejected.values()) - out) / before if before else 0.0
    if read < LEAST_ROWS or out / read <= max(MOST_REJECTED, TIMES * share):
        return ""
    words = f"Of {counted(read, 'row')} of {name} in seven days {grouped(out)} were rejected"
    return f"{words}; before it was {share * 100:.1f} of 100."


def _within(of: Mapping[date, int], since: date) -> int:
    return sum(many for day, many in of.items() if day > since)
