"""The matrix of moves and the curves of group sizes; templates only place them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from core.formats import counted, money, whole
from segmentation.ledger import Move, sizes_at
from segmentation.models import Segment
from segmentation.movement import Movement, ended, unbroken
from segmentation.moves_address import Link
from segmentation.pages import css_of

# A row or column without a group: who was not in the record.
NEW, GONE = "Not there yet", "No longer there"
TONES = 5
WIDTH, HEIGHT, EDGE = 200.0, 32.0, 3.0


def matrix(of: Movement, groups: Sequence[Segment], url: Link | None) -> dict[str, Any]:
    """Rows are the groups of before, columns those of after; the tone is money."""
    found = {(_pk(m.before), _pk(m.after)): m for m in of.moves}
    rows: list[Segment | None] = [*groups, *([None] if of.came else [])]
    columns: list[Segment | None] = [*groups, *([None] if of.left else [])]
    by_money = sorted(of.changed, key=lambda move: move.spent)
    tones = {
        (_pk(m.before), _pk(m.after)): 1 + TONES * place // len(by_money)
        for place, m in enumerate(by_money)
    }
    return {
        "finding": _matrix_finding(of),
        "columns": [_head(group, GONE) for group in columns],
        "rows": [
            {
                **_head(before, NEW),
                "cells": [
                    _cell(before, after, found.get((_pk(before), _pk(after))), tones, url)
                    for after in columns
                ],
            }
            for before in rows
        ],
    }


def curves(moments: Sequence[datetime], groups: Sequence[Segment]) -> dict[str, Any]:
    """How the size of each group went, as change since the first moment, all on one scale."""
    sizes = sizes_at(moments)
    known = [(group, sizes.get(group.pk, [0] * len(moments))) for group in groups]
    if len(moments) < 2 or not known:
        return {}
    most = max((abs(size - of[0]) for _, of in known for size in of), default=0) or 1
    group, of = max(known, key=lambda one: abs(one[1][-1] - one[1][0]))
    change = of[-1] - of[0]
    went = f"{'grew' if change > 0 else 'shrank'} from {whole(of[0])} to {whole(of[-1])}"
    span = counted(len(moments) - 1, "week")
    return {
        "finding": f"{unbroken(group.name)} {went}" if change else "No group grew or shrank",
        "note": f"Group sizes over {span}, {ended(moments[0])} to {ended(moments[-1])}. The line is"
        f" the change since the first week end; top to bottom is {whole(2 * most)} customers.",
        "moments": [ended(moment) for moment in moments],
        "first": ended(moments[0]),
        "last": ended(moments[-1]),
        "rows": [
            {
                "name": group.name,
                "css": css_of(group),
                "path": _path(of, most),
                "first": whole(of[0]),
                "last": whole(of[-1]),
                "change": signed(of[-1] - of[0]),
                "sizes": [whole(size) for size in of],
            }
            for group, of in known
        ],
    }


def signed(number: int) -> str:
    return f"+{whole(number)}" if number > 0 else f"−{whole(-number)}" if number else "0"


def _path(sizes: Sequence[int], most: int) -> str:
    step, middle = WIDTH / (len(sizes) - 1), HEIGHT / 2
    unit = (middle - EDGE) / most
    points = [f"{i * step:.1f} {middle - (n - sizes[0]) * unit:.1f}" for i, n in enumerate(sizes)]
    return f"M{'L'.join(points)}"


def _matrix_finding(of: Movement) -> str:
    """The commonest move, and how many went the other way."""
    if not of.changed:
        return f"{counted(of.came, 'customer')} came into the record"
    first = max(of.changed, key=lambda move: move.customers)
    assert first.before
    assert first.after
    back = sum(
        m.customers for m in of.changed
        if (_pk(m.before), _pk(m.after)) == (first.after.pk, first.before.pk)
    )  # fmt: skip
    other = f"{whole(back)} the other way" if back else "nobody the other way"
    before, after = unbroken(first.before.name), unbroken(first.after.name)
    return f"Most went from {before} to {after}: {whole(first.customers)}; {other}"


def _head(group: Segment | None, otherwise: str) -> dict[str, str]:
    return {"name": group.name if group else otherwise, "css": css_of(group) if group else ""}


def _cell(
    before: Segment | None,
    after: Segment | None,
    move: Move | None,
    tones: dict[tuple[int, int], int],
    url: Link | None,
) -> dict[str, Any]:
    if move is None:
        return {"css": "", "customers": "", "spent": "", "url": ""}
    at = (_pk(before), _pk(after))
    stayed = before is not None and at[0] == at[1]
    return {
        "css": "stayed" if stayed else f"tone-{tones.get(at, 1)}",
        "customers": whole(move.customers),
        "spent": money(move.spent),
        "url": url(before, after) if url and not stayed else "",
    }


def _pk(segment: Segment | None) -> int:
    return segment.pk if segment else 0
