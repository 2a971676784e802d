"""The twenty-five cells of an RFM run: who is in each, what they bring, where groups end."""

from collections.abc import Mapping
from typing import Any

import polars as pl

import features.frames
from core.formats import money, of_100, whole
from segmentation.frames import REVENUE, members
from segmentation.models import Grouping, Segment

# {(R, FM): (customers, revenue)}
Cells = dict[tuple[int, int], tuple[int, float]]

SCORES = (1, 2, 3, 4, 5)
# Half up, as the run itself rounds the mean of the frequency and monetary scores.
FM = (pl.col("frequency_score") + pl.col("monetary_score") + 1) // 2
NEEDED = {"recency_score", "frequency_score", "monetary_score", REVENUE}


def cells(within: Segment | None = None) -> Cells:
    """The cells of the current snapshot, or of a segment's members; empty without an RFM run."""
    frame = members(within.definition) if within else features.frames.snapshot()
    if not NEEDED.issubset(frame.collect_schema().names()):
        return {}
    ranked = frame.filter(pl.col("recency_score").is_not_null())
    found = ranked.group_by(pl.col("recency_score").alias("r"), FM.alias("fm")).agg(
        pl.len().alias("size"), pl.col(REVENUE).sum().alias("revenue")
    )
    return {(r, fm): (size, money_) for r, fm, size, money_ in found.collect().rows()}


def grid(grouping: Grouping, money_word: str, within: Segment | None = None) -> dict[str, Any]:
    """The cells as a table: rows from the most recent down, columns from seldom to often."""
    found = cells(within)
    if not found or grouping.group_table is None:
        return {}
    names = grouping.group_table.cells
    poorest_first = sorted(found, key=lambda key: found[key][1])
    # Fifths of the cells by what they bring: the tone is money, the number is people.
    tones = {key: 1 + 5 * rank // len(found) for rank, key in enumerate(poorest_first)}
    total = sum(revenue for _, revenue in found.values()) or 1.0
    best = max(found, key=lambda key: found[key][1])
    silent = recency_words(grouping.thresholds["recency_days"])
    return {
        "finding": f"{whole(found[best][0])} bring {of_100(found[best][1] / total)} of 100"
        f" {money_word}",
        "rows": [
            {
                "days": silent[r],
                "cells": [_cell((r, fm), found, names, tones) for fm in SCORES],
            }
            for r in reversed(SCORES)
        ],
        "columns": SCORES,
    }


def recency_words(cuts: list[float]) -> dict[int, str]:
    """{score: the days of silence that earn it}, from the stored cuts."""
    words, low = {}, 0
    for score, cut in zip((5, 4, 3, 2), cuts, strict=True):
        high = int(cut)
        if high < low:
            words[score] = "nobody"
        else:
            words[score] = f"{low}–{high}" if high > low else f"{low}"
        low = max(low, high + 1)
    return {**words, 1: f"{low} or more"}


def _cell(
    at: tuple[int, int],
    found: Cells,
    names: Mapping[str, Mapping[str, str]],
    tones: Mapping[tuple[int, int], int],
) -> dict[str, str]:
    r, fm = at
    name = names[str(r)][str(fm)]
    above = names.get(str(r + 1), {}).get(str(fm))
    before = names[str(r)].get(str(fm - 1))
    size, revenue = found.get(at, (0, 0.0))
    edges = ["edge-top"] * (above is not None and above != name)
    edges += ["edge-left"] * (before is not None and before != name)
    return {
        "css": " ".join([f"tone-{tones.get(at, 1)}", *edges]),
        "name": name if name not in (above, before) else "",
        "group": name,
        "size": whole(size),
        "revenue": money(revenue),
    }
