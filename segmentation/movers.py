"""What the page of who made one move says, in words and figures."""

from typing import Any
from urllib.parse import urlencode

import polars as pl
from django.http import HttpRequest
from django.urls import reverse

import features.frames
from core.formats import counted, money, whole
from core.paging import frame_page, pager
from customers.selectors import people
from segmentation.ledger import movers
from segmentation.models import SegmentKind
from segmentation.movement import Movement, period, standings, unbroken, way_words
from segmentation.moves_address import AskedMove, address, dates
from segmentation.pages import css_of
from segmentation.selectors import promoted

PAGE_ROWS = 50
SHOWN = ("recency_days", "purchase_frequency", "reachable_email")


def movers_page_of(request: HttpRequest, move: AskedMove, *, personal: bool) -> dict[str, Any]:
    """A page of them, the most money first."""
    everybody = movers(move.since, move.until, move.before, move.after)
    total, spent = everybody.height, float(everybody["spent"].sum())
    part, shown = frame_page(request, everybody, PAGE_ROWS)
    rows = _with_features(part)
    known = people([row["customer_pk"] for row in rows], personal=personal)
    query = address(move.since, move.until, move.before, move.after)
    most = float(everybody["spent"].max() or 0) or 1.0
    return {
        "back": f"{reverse('segmentation:moves')}?{urlencode(dates(move.since, move.until))}",
        "here": " to ".join(_name(group) for group in (move.before, move.after)),
        "finding": _finding(move, total),
        "lede": f"They spent {money(spent)} in the year before." if total else "",
        "css": css_of(move.after) if move.after else "tone-bar",
        "rows": [_row(row, known[row["customer_pk"]], most) for row in rows
                 if row["customer_pk"] in known],
        "synthetic": any(person.is_synthetic for person in known.values()),
        "query": query,
        "export_url": f"{reverse('segmentation:export_movers')}?{query}",
        **pager(request, shown),
    }  # fmt: skip


def _finding(move: AskedMove, total: int) -> str:
    when = period(move.since, move.until)
    if not total:
        return f"Nobody went from {_name(move.before)} to {_name(move.after)} {when}."
    who = counted(total, "customer")
    if move.before is None or move.after is None:
        came = f"came into the record as {unbroken(move.after.name)}" if move.after else ""
        left = f"were {unbroken(move.before.name)} and left the record" if move.before else ""
        return f"{who} {came or left} {when}."
    if move.before.pk == move.after.pk:
        return f"{who} stayed {unbroken(move.before.name)} {when}."
    of = Movement(move.since, move.until, [], standings(promoted(SegmentKind.RFM)))
    return f"{way_words(of, move.before, move.after, total)} {when}."


def _with_features(page: pl.DataFrame) -> list[dict[str, Any]]:
    snapshot = features.frames.snapshot()
    shown = [name for name in SHOWN if name in snapshot.collect_schema().names()]
    theirs = snapshot.filter(pl.col("customer_pk").is_in(page["customer_pk"].implode()))
    told = theirs.select("customer_pk", *shown).collect()
    joined = page.join(told, on="customer_pk", how="left", maintain_order="left")
    return list(joined.iter_rows(named=True))


def _row(row: dict[str, Any], person: Any, most: float) -> dict[str, Any]:
    return {
        "person": person,
        "silent": whole(row.get("recency_days")),
        "orders": whole(row.get("purchase_frequency")),
        "spent": money(row["spent"]),
        "width": f"{max(row['spent'], 0) / most * 100:.1f}",
        "mail": bool(row.get("reachable_email")),
    }


def _name(group: Any) -> str:
    return group.name if group else "nobody"
