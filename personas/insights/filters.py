"""What the address of an insight page asks for: days, what is sold, and whose purchases."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import polars as pl
from django.http import QueryDict

from core.errors import Refused
from core.formats import readable
from core.listing import choice, kept
from segmentation.models import Segment
from segmentation.selectors import segment_with_slug, segments
from transactions.frames import mirror_products
from transactions.totals import data_span

PRESETS = {"4": "4 weeks", "13": "13 weeks", "26": "26 weeks", "52": "52 weeks", "all": "All days"}
# A list to choose from stays readable; any other segment is chosen by its address.
MOST_SEGMENTS = 60
WEEK = timedelta(days=7)


class BadFilter(Refused):
    code = "bad_filter"


@dataclass(frozen=True)
class Filters:
    """Days of [since, until); "" and None are everything. ``first`` and ``last`` are the data's."""

    since: date
    until: date
    first: date
    last: date
    weeks: str
    department: str = ""
    category: str = ""
    segment: Segment | None = None

    @property
    def of_everything(self) -> bool:
        """Whether totals of everybody and everything answer."""
        return not (self.department or self.category or self.segment)

    @property
    def of_products(self) -> bool:
        return bool(self.department or self.category)

    def words(self) -> str:
        """Which days, and of what and whom: 26 weeks to 22 Nov 2026, Grocery, Champions."""
        end = self.until - timedelta(days=1)
        if self.weeks.isdecimal() and self.until - self.since == int(self.weeks) * WEEK:
            told = f"{self.weeks} weeks to {end:%-d %b %Y}"
        else:
            told = f"{self.since:%-d %b %Y} to {end:%-d %b %Y}"
        parts = [told, readable(self.department), readable(self.category), str(self.segment or "")]
        return ", ".join(part for part in parts if part)


def asked(query: QueryDict, *, usual: str, fields: Sequence[str] = ()) -> Filters | None:
    """What the address asks for; None while there are no orders. ``usual``: a name of PRESETS."""
    span = data_span()
    if span is None:
        return None
    first, last = span
    weeks, since, until = _days(query, usual, first, last)
    return Filters(
        since, until, first, last, weeks,
        department=_known(query, "department") if "department" in fields else "",
        category=_known(query, "category") if "category" in fields else "",
        segment=_segment(query) if "segment" in fields else None,
    )  # fmt: skip


def controls(
    filters: Filters | None, query: QueryDict, *, fields: Sequence[str] = (), own_days: bool = True
) -> dict[str, Any]:
    """What templates/cotton/filters.html shows; nothing while there is nothing to filter."""
    if filters is None:
        return {}
    stays = kept(query, ("weeks", "from", "to"))
    address = [(pair["name"], pair["value"]) for pair in stays]
    weeks = [{"name": "weeks", "value": filters.weeks}] if filters.weeks else []
    ends = (("from", "From", filters.since), ("to", "to", filters.until - timedelta(days=1)))
    return {
        "presets": [
            {
                "label": label,
                "url": f"?{urlencode([*address, ('weeks', key)])}",
                "current": key == filters.weeks,
            }
            for key, label in PRESETS.items()
        ],
        "days": [
            {"name": name, "label": label, "value": f"{end:%Y-%m-%d}"} for name, label, end in ends
        ]
        if own_days
        else [],
        "selects": [_select(name, filters) for name in fields],
        "search": {},
        "kept": weeks + [pair for pair in stays if pair["name"] not in fields],
        "cleared": "" if filters.of_everything else f"?weeks={filters.weeks}",
    }


def _days(query: QueryDict, usual: str, first: date, last: date) -> tuple[str, date, date]:
    """The days of the address; those of a preset come along with every press of the button."""
    weeks = query.get("weeks") or usual
    if weeks not in PRESETS:
        raise BadFilter(f"{weeks[:20]!r} is no period. Use {', '.join(PRESETS)}.")
    until = last + timedelta(days=1)
    since = first if weeks == "all" else max(first, until - int(weeks) * WEEK)
    own = _date(query, "from") or since, (_date(query, "to") or last) + timedelta(days=1)
    if own == (since, until):
        return weeks, since, until
    if own[0] >= own[1]:
        raise BadFilter(f"{own[0]} does not lie before the last day. Choose an earlier first day.")
    return "", *own


def _date(query: QueryDict, name: str) -> date | None:
    text = query.get(name, "")
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise BadFilter(f"{text[:20]!r} is not a date. Write 2026-01-31.") from None
    if not 1900 <= found.year <= 9000:
        raise BadFilter(f"{text[:20]!r} is no date of a shop: years are from 1900 to 9000.")
    return found


def _known(query: QueryDict, name: str) -> str:
    text = query.get(name, "")
    if text and text not in choices(name):
        raise BadFilter(f"There is no {name} {text[:80]!r}.")
    return text


def _segment(query: QueryDict) -> Segment | None:
    slug = query.get("segment", "")
    return segment_with_slug(slug) if slug else None


def choices(name: str) -> list[str]:
    """The departments or categories that products have, by name."""
    found = mirror_products().select(pl.col(name).drop_nulls().unique().sort()).collect()
    return [text for text in found[name].to_list() if text]


def _select(name: str, filters: Filters) -> dict[str, Any]:
    if name == "segment":
        chosen = filters.segment
        offered = list(segments().order_by("kind", "pk")[:MOST_SEGMENTS])
        if chosen and chosen not in offered:
            offered.append(chosen)
        options = [("", "Everybody"), *((one.slug, one.name) for one in offered)]
        return choice(name, "Segment", options, chosen.slug if chosen else "")
    every = {"department": "All departments", "category": "All categories"}[name]
    options = [("", every), *((text, readable(text)) for text in choices(name))]
    return choice(name, name.capitalize(), options, getattr(filters, name))
