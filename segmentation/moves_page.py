"""What the page "Who moved" says, in words and figures."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.http import QueryDict

from core.formats import counted, money, of_100, whole
from core.listing import choice
from core.localtime import local_wall
from core.selectors import organisation_zone
from segmentation.ledger import Move, begins_at
from segmentation.models import Grouping, Segment, SegmentKind
from segmentation.movement import (
    Movement,
    ended,
    is_week_end,
    moments,
    move_words,
    movement,
    period,
    spent_words,
)
from segmentation.moves_address import Link, asked_moments, people_links, written
from segmentation.moves_drawings import curves, matrix
from segmentation.pages import css_of
from segmentation.selectors import segments
from transactions.frames import days_without_lines
from transactions.selectors import last_order_at

LISTED = 8
# A shop with more empty days than this sells on some days only; they say nothing.
EMPTY_DAYS = 2


def moves_page(query: QueryDict, *, may_see: bool) -> dict[str, Any]:
    """The context of the page; ``may_see``: moves lead to the people who made them."""
    asked = asked_moments(query)
    if asked is None:
        return {
            "finding": "Nobody has moved yet: there is one moment to look at.",
            "lede": "A move needs two. Groups of past week ends come with the first refresh, for"
            " every week before it in which somebody bought.",
        }
    of = movement(*asked)
    url = people_links(of) if may_see else None
    return {
        "finding": finding(of),
        "lede": lede(of),
        "notes": notes(of),
        "choices": choices(of),
        "figures": figures(of),
        "matrix": matrix(of, _shown(), url) if of.changed or of.came or of.left else {},
        "lists": [
            _list(of.falls, "down", "Nobody moved down", url),
            _list(of.rises, "up", "Nobody moved up", url),
        ],
        "curves": curves(moments(), _shown()),
    }


def finding(of: Movement) -> str:
    """The worst move by money; the best where nobody fell."""
    when = period(of.since, of.until)
    if of.worst:
        return f"{move_words(of, of.worst)} {when}; {spent_words(of.worst)}."
    if of.best:
        return f"{move_words(of, of.best)} {when}; {spent_words(of.best)}."
    return f"Nobody changed group {when}."


def lede(of: Movement) -> str:
    if not of.changed:
        stayed = of.customers - of.came - of.left
        return f"{counted(stayed, 'customer is', 'customers are')} where they were."
    best = ""
    if of.best and of.worst:
        best = f"The other way, {move_words(of, of.best)}; {spent_words(of.best)}. "
    elif of.worst:
        best = "Nobody came the other way. "
    changed = sum(move.customers for move in of.changed)
    down, up = (sum(m.customers for m in moves) for moves in (of.falls, of.rises))
    return (
        f"{best}In all {whole(changed)} of {whole(of.customers)} changed group: {whole(down)} moved"
        f" down, {whole(up)} up."
    )


def notes(of: Movement) -> list[str]:
    """What one must know before believing the comparison: what is incomplete, what is mixed."""
    found = []
    zone, newest, begins = organisation_zone(), last_order_at(), begins_at()
    if not is_week_end(of.until):
        days = (local_wall(of.until, zone)).weekday()
        found.append(
            f"This week is not over: it holds {counted(days, 'whole day')} of 7."
            if days
            else "This week has only begun."
        )
    first, last = local_wall(of.since, zone).date(), local_wall(of.until, zone).date()
    empty = days_without_lines(first, last)
    if newest and newest < of.until - timedelta(days=EMPTY_DAYS):
        found.append(f"No order after {ended(newest)} is in it.")
    elif 0 < len(empty) <= EMPTY_DAYS:
        found.append(_empty_words(empty, (last - first).days))
    if begins and of.since < begins:
        found.append(
            f"The record of groups begins with {ended(begins)}: whoever was there before counts as"
            " new."
        )
    if _table_changed(of):
        found.append("The group table changed in between: some customers moved because of it.")
    if _ranked_anew(of):
        found.append("Cut-offs were made anew in between: some customers moved because of them.")
    return found


def figures(of: Movement) -> list[dict[str, str]]:
    changed = sum(move.customers for move in of.changed)
    shown = [
        {"label": "Moved down", "of": "money_at_stake", **_sum(of.falls)},
        {"label": "Moved up", "of": "money_at_stake", **_sum(of.rises)},
        {
            "label": "Changed group",
            "value": f"{whole(changed)} of {whole(of.customers)}",
            "note": f"{of_100(changed / of.customers if of.customers else 0)} of 100",
        },
        {"label": "New in the record", "value": whole(of.came), "note": "had no group before"},
    ]
    if of.left:
        left = {"label": "Left the record", "value": whole(of.left), "note": "have no group now"}
        shown.append(left)
    return shown


def choices(of: Movement) -> list[dict[str, Any]]:
    """The two lists of moments; one that the address alone names is in its list too."""
    known = moments()
    lists = []
    for name, label, chosen, offered in (
        ("from", "From", of.since, known[:-1]),
        ("to", "to", of.until, known[1:]),
    ):
        times = sorted({*offered, chosen})
        options = [(written(at), ended(at)) for at in times]
        lists.append(choice(name, label, options, written(chosen)))
    return lists


def _shown() -> list[Segment]:
    return list(segments().filter(kind=SegmentKind.RFM).order_by("position"))


def _sum(moves: Sequence[Move]) -> dict[str, str]:
    spent = sum(move.spent for move in moves)
    value = whole(sum(move.customers for move in moves))
    return {"value": value, "note": f"{money(spent)} in the year before"}


def _list(moves: Sequence[Move], way: str, nobody: str, url: Link | None) -> dict[str, Any]:
    if not moves:
        return {"finding": nobody, "note": "", "rows": [], "way": way}
    spent = money(sum(move.spent for move in moves))
    many = counted(sum(move.customers for move in moves), "customer")
    shown = moves[:LISTED]
    most = max(move.spent for move in shown) or 1.0
    return {
        "finding": f"{many} moved {way}; they spent {spent}",
        "note": "The most money first. Spent: in the year before."
        + (" A number leads to who they are." if url else ""),
        "way": way,
        "rows": [{**_row(move, url), "width": f"{move.spent / most * 100:.1f}"}
                 for move in shown],
    }  # fmt: skip


def _row(move: Move, url: Link | None) -> dict[str, str]:
    assert move.before
    assert move.after
    return {
        "before": move.before.name,
        "before_css": css_of(move.before),
        "after": move.after.name,
        "after_css": css_of(move.after),
        "customers": whole(move.customers),
        "spent": money(move.spent),
        "url": url(move.before, move.after) if url else "",
    }


def _empty_words(empty: Sequence[date], days: int) -> str:
    named = " and ".join(f"{day:%a %-d %b}" for day in empty)
    verb = "has" if len(empty) == 1 else "have"
    return f"Incomplete: {named} {verb} no order, so {days - len(empty)} of {days} days count."


def _ranked_anew(of: Movement) -> bool:
    """Other thresholds hold since a refresh between the two moments."""
    rankings = Grouping.objects.filter(kind=SegmentKind.RFM).order_by("pk")
    first = rankings.first()
    between = rankings.filter(as_of__gt=of.since, as_of__lte=of.until)
    made = between.exclude(pk=first.pk if first else 0).values_list("metrics", flat=True)
    return any(not metrics.get("thresholds_kept") for metrics in made)


def _table_changed(of: Movement) -> bool:
    """Runs of the two moments used different versions of the group table."""
    runs = Grouping.objects.filter(kind=SegmentKind.RFM).order_by("-as_of", "-pk")
    used = [
        runs.filter(as_of__lte=at).values_list("group_table", flat=True).first()
        for at in (of.since, of.until)
    ]
    return None not in used and used[0] != used[1]
