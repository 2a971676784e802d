"""What the page of the group table says and shows."""

from typing import Any

from analytics.rfm import DIMENSIONS
from core.errors import Refused
from core.formats import counted, day, moment_words, whole
from segmentation.group_table import SCORES, Effect, effect, newest_table
from segmentation.group_table_form import ANEW, FIFTHS, OWN, Draft
from segmentation.models import Grouping, GroupTable, SegmentKind
from segmentation.moves_drawings import signed
from segmentation.pages import COLUMN_LABELS, css_of
from segmentation.selectors import segments

SHOWN_VERSIONS, SHOWN_WAYS = 20, 5
WAYS = {
    FIFTHS: "Fifths of the customers, kept from run to run",
    ANEW: "Fifths, made anew at the next refresh",
    OWN: "Own cut-offs, as written below",
}
UP_TO = ("first", "second", "third", "fourth")


def group_table_page(draft: Draft) -> dict[str, Any]:
    """Everything of the page but what the person may do."""
    newest = newest_table()
    colours = {s.name: css_of(s) for s in segments().filter(kind=SegmentKind.RFM)}
    return {
        "finding": _finding(newest),
        "lede": "A change is a new version, which the next refresh uses; none is ever lost.",
        "draft": draft,
        "names": list(dict.fromkeys(n for row in newest.cells.values() for n in row.values())),
        "rows": [_row(draft, r, colours) for r in reversed(SCORES)],
        "columns": SCORES,
        "ways": [{"value": v, "label": w, "chosen": v == draft.way} for v, w in WAYS.items()],
        "cuts": [_cuts(draft, name) for name in DIMENSIONS],
        "effect": _effect(draft, colours),
        "versions": versions(newest),
    }


def versions(newest: GroupTable) -> list[dict[str, Any]]:
    """The newest versions with who made each, and the last run that used it."""
    used = {}
    runs = Grouping.objects.filter(kind=SegmentKind.RFM, group_table__isnull=False)
    for table, run, as_of in runs.order_by("pk").values_list("group_table", "run_id", "as_of"):
        used[table] = (run, as_of)
    found = GroupTable.objects.select_related("created_by").order_by("-version")
    return [
        {
            "version": table.version,
            "holds": table.version == newest.version,
            "words": _version_words(table),
            "by": str(table.created_by) if table.created_by else "the glossary",
            "at": moment_words(table.created_at),
            "run": used.get(table.pk, (None, None))[0],
            "used": day(used[table.pk][1]) if table.pk in used else "not yet",
        }
        for table in found[:SHOWN_VERSIONS]
    ]


def _finding(newest: GroupTable) -> str:
    groups = {name for row in newest.cells.values() for name in row.values()}
    cut = "own cut-offs" if newest.thresholds else "fifths of the customers"
    return f"Version {newest.version} holds: {counted(len(groups), 'group')} by {cut}."


def _version_words(table: GroupTable) -> str:
    groups = len({name for row in table.cells.values() for name in row.values()})
    how = "own cut-offs" if table.thresholds else "fifths, anew" if table.rerank else "fifths"
    back = f", as version {table.restores}" if table.restores else ""
    return f"{counted(groups, 'group')}, {how}{back}"


def _row(draft: Draft, r: str, colours: dict[str, str]) -> dict[str, Any]:
    words = {"5": "bought last", "1": "longest silent"}.get(r, "")
    cells = [
        {
            "name": f"cell_{r}_{fm}",
            "value": draft.cells[r][fm],
            "css": colours.get(draft.cells[r][fm], ""),
            "label": f"Recency {r}, orders and spend {fm}",
            "wrong": f"cell_{r}_{fm}" in draft.fields,
        }
        for fm in SCORES
    ]
    return {"score": r, "words": words, "cells": cells}


def _cuts(draft: Draft, name: str) -> dict[str, Any]:
    texts = draft.cuts[name] or [""] * 4
    return {
        "label": COLUMN_LABELS[name],
        "wrong": draft.fields.get(f"cut_{name}", ""),
        "inputs": [
            {"name": f"cut_{name}_{i}", "value": text,
             "label": f"{COLUMN_LABELS[name]}, {UP_TO[i]} cut-off"}
            for i, text in enumerate(texts)
        ],
    }  # fmt: skip


def _effect(draft: Draft, colours: dict[str, str]) -> dict[str, Any]:
    """How many would move; what is wrong, where something is."""
    try:
        cells, cuts = draft.checked()
    except Refused as wrong:
        return {"finding": "Nobody is counted yet", "problem": wrong.message}
    found = effect(cells=cells, cuts=cuts, rerank=draft.rerank)
    return {
        "finding": _effect_finding(found),
        "rows": [
            {
                "name": name, "css": colours.get(name, ""), "now": whole(now), "then": whole(then),
                "change": signed(then - now),
            }
            for name, now, then in found.sizes
        ],
        "ways": [
            f"{counted(size, 'customer')} from {a} to {b}"
            for a, b, size in found.ways[:SHOWN_WAYS]
        ],
    }  # fmt: skip


def _effect_finding(found: Effect) -> str:
    if not found.customers:
        return "Nobody has a group yet: the first refresh will use this table"
    if not found.moved:
        return f"None of {counted(found.customers, 'customer')} would move"
    many = f"{whole(found.moved)} of {counted(found.customers, 'customer')}"
    return f"{many} would change group"
