"""A customer's three scores with what earns them, in words."""

import math
from collections.abc import Callable
from typing import Any

import features.selectors
from core.formats import counted, day, money, short_day, whole
from segmentation.grid import recency_words
from segmentation.models import SegmentKind
from segmentation.pages import css_of
from segmentation.selectors import groups_of, promoted, segments
from segmentation.services.rfm import MEANINGS

BEST = 5
# Cents, where whole units would not be true; more only where cuts lie closer than cents.
DECIMALS = (0, 2, 4, 6)

# How a value is written with so many decimals.
Words = Callable[[float, int], str]


def rfm_words(known: dict[str, Any], customer_pk: int) -> dict[str, Any]:
    """Group, meaning and scores; empty before the first refresh knows the customer."""
    group = known.get("rfm_group")
    if group is None:
        return {}
    segment = segments().filter(kind=SegmentKind.RFM, name=group).first()
    as_of = day(features.selectors.snapshot_as_of())
    cluster = f" Cluster: {known['cluster']}." if known.get("cluster") else ""
    return {
        "group": group,
        "slug": segment.slug if segment else "",
        "css": css_of(segment) if segment else "",
        "title": f"{group}: {MEANINGS[group]}" if group in MEANINGS else group,
        "note": f"{_since(group, customer_pk)}As of {as_of}.{cluster}",
        "scores": _scores(known),
    }


def _since(group: str, customer_pk: int) -> str:
    """Since when they are in their group, and which they were in before; the ledger knows."""
    been = groups_of(customer_pk)
    if not been or been[0].segment.name != group or been[0].left_at is not None:
        return ""
    before = f", {been[1].segment.name} before" if len(been) > 1 else ""
    return f"In {group} since {short_day(been[0].entered_at)}{before}. "


def _scores(known: dict[str, Any]) -> list[dict[str, Any]]:
    grouping = promoted(SegmentKind.RFM)
    if grouping is None or known.get("recency_score") is None:
        return []
    cuts = grouping.thresholds
    unit = "line_count" if grouping.options["frequency_unit"] == "lines" else "purchase_frequency"
    word = "line" if unit == "line_count" else "order"
    recency = known["recency_score"]
    silent = counted(int(known["recency_days"]), "day")
    days = recency_words(cuts["recency_days"])[recency]
    often, much = known.get(unit) or 0, known.get("purchase_monetary_value") or 0
    return [
        _score("Recency", recency, f"{silent} since the last order; {days} days earn this"),
        _score(
            "Frequency",
            known["frequency_score"],
            _counted_words(known["frequency_score"], cuts["purchase_frequency"], often, word),
        ),
        _score(
            "Money",
            known["monetary_score"],
            _earned(known["monetary_score"], cuts["purchase_monetary_value"], much, money),
        ),
    ]


def _counted_words(score: int, cuts: list[float], value: float, word: str) -> str:
    """Orders are whole: so are the numbers that earn a score."""
    if value != int(value):
        return _earned(score, cuts, value, lambda v, d: f"{v:,.{max(d, 2)}f} {word}s")
    low = math.floor(cuts[score - 2]) + 1 if score > 1 else None
    high = math.floor(cuts[score - 1]) if score < BEST else None
    if low is None:
        earns = f"{whole(high)} or less {'earns' if high == 1 else 'earn'} this"
    elif high is None:
        earns = f"{whole(low)} or more earn this"
    else:
        earns = (
            f"{whole(low)} earns this"
            if low == high
            else f"{whole(low)} to {whole(high)} earn this"
        )
    return f"{counted(int(value), word)}; {earns}"


def _earned(score: int, cuts: list[float], value: float, words: Words) -> str:
    """The value and what earns its score, with as many decimals as make the sentence true."""
    low = cuts[score - 2] if score > 1 else None
    high = cuts[score - 1] if score < BEST else None
    decimals = next((d for d in DECIMALS if _true(low, value, high, d)), DECIMALS[-1])
    said = words(value, decimals)
    if low is None:
        return f"{said}; {words(high or 0, decimals)} or less earns this"
    if high is None:
        return f"{said}; more than {words(low, decimals)} earns this"
    return f"{said}; more than {words(low, decimals)}, to {words(high, decimals)} earns this"


def _true(low: float | None, value: float, high: float | None, decimals: int) -> bool:
    """Whether the figures as they are written still stand in their order."""
    shown = round(value, decimals)
    above = low is None or round(low, decimals) < shown
    return above and (high is None or shown <= round(high, decimals))


def _score(name: str, score: int, why: str) -> dict[str, Any]:
    marks = [place <= score for place in range(1, BEST + 1)]
    return {"name": name, "of": f"{score} of {BEST}", "marks": marks, "why": why}
