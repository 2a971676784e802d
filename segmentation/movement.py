"""Who moved between two moments, which way, and what is at stake: what pages say of the ledger.

A group stands where its cells stand in the group table: by the mean of their recency scores and by
the mean of their scores in all. A move to a group that stands lower is a fall. From the groups that
are here into one that is silent a customer slips; the other way a customer comes back.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import features.selectors
from analytics.rfm import PROSPECTS
from core.formats import counted, moment_words, money, whole
from core.localtime import local_wall, week_ends
from core.selectors import organisation_zone
from segmentation.ledger import Move, begins_at, moves_between, sizes_at
from segmentation.models import Grouping, Segment, SegmentKind
from segmentation.selectors import promoted

WEEKS, DAYS = 8, 7
# A recency score up to this one is silence; Prospects have none, and never bought.
SILENT = 2.0


@dataclass(frozen=True)
class Standing:
    worth: float
    recency: float

    @property
    def silent(self) -> bool:
        return 0 < self.recency <= SILENT


@dataclass(frozen=True)
class Movement:
    """Everybody's group at two moments. Falls and rises begin with the most money."""

    since: datetime
    until: datetime
    moves: list[Move]
    standings: dict[str, Standing] = field(default_factory=dict)

    @property
    def customers(self) -> int:
        return sum(move.customers for move in self.moves)

    @property
    def changed(self) -> list[Move]:
        """Between two groups; who came into the record or left it has changed none."""
        return [m for m in self.moves if m.before and m.after and m.before.pk != m.after.pk]

    @property
    def falls(self) -> list[Move]:
        return self._towards(lambda before, after: after < before)

    @property
    def rises(self) -> list[Move]:
        return self._towards(lambda before, after: after > before)

    @property
    def came(self) -> int:
        return sum(move.customers for move in self.moves if move.before is None)

    @property
    def left(self) -> int:
        return sum(move.customers for move in self.moves if move.after is None)

    @property
    def worst(self) -> Move | None:
        """The fall into silence with the most money; any fall where nobody fell silent."""
        return next(iter([m for m in self.falls if self.slipped(m)] or self.falls), None)

    @property
    def best(self) -> Move | None:
        """The way back out of silence with the most money; any rise where nobody came back."""
        return next(iter([m for m in self.rises if self.came_back(m)] or self.rises), None)

    def slipped(self, move: Move) -> bool:
        return not self.standing(move.before).silent and self.standing(move.after).silent

    def came_back(self, move: Move) -> bool:
        return self.standing(move.before).silent and not self.standing(move.after).silent

    def standing(self, segment: Segment | None) -> Standing:
        return self.standings.get(segment.name if segment else "", Standing(0, 0))

    def _towards(self, way: Callable[[float, float], bool]) -> list[Move]:
        known = [
            m for m in self.changed
            if m.before and m.after
            and m.before.name in self.standings and m.after.name in self.standings
        ]  # fmt: skip
        found = [
            m for m in known if way(self.standing(m.before).worth, self.standing(m.after).worth)
        ]
        return sorted(found, key=lambda m: (-m.spent, -m.customers))


def movement(since: datetime, until: datetime) -> Movement:
    return Movement(since, until, moves_between(since, until), standings(promoted(SegmentKind.RFM)))


def latest_movement() -> Movement | None:
    """From the last week end to now; None before there is a week end to compare with."""
    known = moments()
    return movement(known[-2], known[-1]) if len(known) > 1 else None


def work_out_latest() -> None:
    """The comparison and the curves that pages begin with, once a refresh instead of at a look."""
    known = moments()
    if len(known) > 1:
        moves_between(known[-2], known[-1])
        sizes_at(known)


def moments() -> list[datetime]:
    """The last eight week ends that the ledger reaches, in order, and the newest refresh."""
    now, begins = features.selectors.snapshot_as_of(), begins_at()
    if now is None or begins is None:
        return []
    ends = week_ends(now, organisation_zone(), WEEKS)
    return [*(end for end in ends if end >= begins), now]


def standings(grouping: Grouping | None) -> dict[str, Standing]:
    """Where each group of the group table stands; Prospects stand below all."""
    if grouping is None or grouping.group_table is None:
        return {}
    scores: dict[str, list[tuple[int, int]]] = {}
    for recency, row in grouping.group_table.cells.items():
        for other, name in row.items():
            scores.setdefault(name, []).append((int(recency), int(other)))
    found = {
        name: Standing(sum(map(sum, of)) / len(of), sum(r for r, _ in of) / len(of))
        for name, of in scores.items()
    }
    return {PROSPECTS: Standing(0, 0), **found}


def move_words(of: Movement, move: Move) -> str:
    """38 Champions slipped to At risk; 12 customers came back from At risk to Loyal."""
    assert move.before
    assert move.after
    return way_words(of, move.before, move.after, move.customers)


def way_words(of: Movement, before: Segment, after: Segment, customers: int) -> str:
    """The same of so many customers of two groups."""
    now, then = of.standing(after), of.standing(before)
    verb = "slipped" if now.worth < then.worth else "rose"
    if then.silent and not now.silent:
        verb = "came back"
    names = unbroken(before.name), unbroken(after.name)
    if before.name.endswith("s") and customers != 1 and verb != "came back":
        return f"{whole(customers)} {names[0]} {verb} to {names[1]}"
    return f"{counted(customers, 'customer')} {verb} from {names[0]} to {names[1]}"


def spent_words(move: Move) -> str:
    return f"they spent {money(move.spent)} in the year before"


def period(since: datetime, until: datetime) -> str:
    """in the week to Sun 22 Nov; since Sun 22 Nov; between Sun 8 Nov and Sun 22 Nov."""
    if not is_week_end(until) and is_week_end(since) and until - since < timedelta(days=DAYS):
        return f"since {ended(since)}"
    zone = organisation_zone()
    days = local_wall(until, zone) - local_wall(since, zone)
    if is_week_end(until) and days == timedelta(days=DAYS):
        return f"in the week to {ended(until)}"
    return f"between {ended(since)} and {ended(until)}"


def ended(moment: datetime) -> str:
    """The day that a midnight ends, or the moment itself: Sun 22 Nov."""
    zone = organisation_zone()
    wall = local_wall(moment, zone)
    if (wall.hour, wall.minute, wall.second, wall.microsecond) != (0, 0, 0, 0):
        return moment_words(moment)
    return f"{wall - timedelta(days=1):%a %-d %b}"


def is_week_end(moment: datetime) -> bool:
    after = moment + timedelta(microseconds=1)
    return week_ends(after, organisation_zone(), 1) == [moment]


def unbroken(name: str) -> str:
    """A group's name that does not break across lines."""
    return name.replace(" ", "\u00a0")
