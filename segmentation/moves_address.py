"""Moments and moves as the addresses of pages name them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from core.errors import NotFound, Refused
from core.localtime import local_wall, parse_when
from core.selectors import organisation_zone
from segmentation.models import Segment, SegmentKind
from segmentation.movement import Movement, ended, moments
from transactions.selectors import last_order_at

# Stands for nobody's group in an address.
NOBODY = "none"
Link = Callable[[Segment | None, Segment | None], str]
# The query of an address, or what a form carries of it.
Asked = Mapping[str, str]


@dataclass(frozen=True)
class AskedMove:
    """One move as an address names it; None is nobody's group."""

    since: datetime
    until: datetime
    before: Segment | None
    after: Segment | None

    @property
    def name(self) -> str:
        """As a file or an audit entry is called."""
        return "-to-".join(s.slug if s else NOBODY for s in (self.before, self.after))


class BadDates(Refused):
    code = "bad_dates"


def asked_moments(query: Asked) -> tuple[datetime, datetime] | None:
    """The two moments of the address; by default the newest refresh and the last week end.

    None before there is a week end to compare with.
    """
    known = moments()
    if len(known) < 2:
        return None
    until = _when(query.get("to", ""), known[-1])
    before = [moment for moment in known if moment < until]
    since = _when(query.get("from", ""), before[-1] if before else known[0])
    if since >= until:
        raise BadDates(
            f"{ended(since)} does not lie before {ended(until)}. Choose an earlier first day."
        )
    return since, until


def asked_move(query: Asked) -> AskedMove:
    """The move that the address names: two moments and two groups."""
    asked = asked_moments(query)
    if asked is None:
        raise NotFound("There are no two moments to compare yet.")
    return AskedMove(*asked, _asked_group(query, "was"), _asked_group(query, "is"))


def people_links(of: Movement) -> Link:
    """The address of who made a move, by its two groups; the dates are written once."""
    base = f"{reverse('segmentation:movers')}?{urlencode(dates(of.since, of.until))}"
    return lambda before, after: f"{base}&{urlencode(_groups(before, after))}"


def address(since: datetime, until: datetime, before: Segment | None, after: Segment | None) -> str:
    return urlencode({**dates(since, until), **_groups(before, after)})


def dates(since: datetime, until: datetime) -> dict[str, str]:
    return {"from": written(since), "to": written(until)}


def written(moment: datetime) -> str:
    """A local midnight as its day, as WHEN reads it; any other moment in full."""
    wall = local_wall(moment, organisation_zone())
    return f"{wall:%Y-%m-%d}" if wall.time().isoformat() == "00:00:00" else wall.isoformat()


def _groups(before: Segment | None, after: Segment | None) -> dict[str, str]:
    return {"was": before.slug if before else NOBODY, "is": after.slug if after else NOBODY}


def _asked_group(query: Asked, name: str) -> Segment | None:
    """The group that the address names; None where it names nobody's."""
    slug = query.get(name, "")
    if slug == NOBODY:
        return None
    found = Segment.objects.filter(kind=SegmentKind.RFM, slug=slug[:80]).first()
    if found is None:
        raise NotFound(f"There is no group {slug[:80]!r}.")
    return found


def _when(text: str, default: datetime) -> datetime:
    if not text:
        return default
    return parse_when(text, organisation_zone(), now=timezone.now(), last_order=last_order_at())
