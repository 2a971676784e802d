"""A customer's three scores with what earns them, in words."""

from collections.abc import Callable
from typing import Any

import features.selectors
from core.formats import counted, day, money, whole
from segmentation.grid import recency_words
from segmentation.models import SegmentKind
from segmentation.pages import css_of
from segmentation.selectors import promoted, segments
from segmentation.services.rfm import MEANINGS

BEST = 5


def rfm_words(known: dict[str, Any]) -> dict[str, Any]:
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
        "note": f"As of {as_of}.{cluster}",
        "scores": _scores(known),
    }


def _scores(known: dict[str, Any]) -> list[dict[str, Any]]:
    grouping = promoted(SegmentKind.RFM)
    if grouping is None or known.get("recency_score") is None:
        return []
    cuts = grouping.thresholds
    unit = "line_count" if grouping.options["frequency_unit"] == "lines" else "purchase_frequency"
    word = "line" if unit == "line_count" else "order"
    recency, money_score = known["recency_score"], known["monetary_score"]
    silent = counted(int(known["recency_days"]), "day")
    bought = counted(int(known.get(unit) or 0), word)
    spent = money(known.get("purchase_monetary_value") or 0)
    often = _earned(known["frequency_score"], cuts["purchase_frequency"], whole)
    much = _earned(money_score, cuts["purchase_monetary_value"], money)
    return [
        _score(
            "Recency",
            recency,
            f"{silent} since the last order; {recency_words(cuts['recency_days'])[recency]} days"
            " earn this",
        ),
        _score("Frequency", known["frequency_score"], f"{bought}; {often} earn this"),
        _score("Money", money_score, f"{spent}; {much} earns this"),
    ]


def _score(name: str, score: int, why: str) -> dict[str, Any]:
    marks = [place <= score for place in range(1, BEST + 1)]
    return {"name": name, "of": f"{score} of {BEST}", "marks": marks, "why": why}


def _earned(score: int, cuts: list[float], words: Callable[[float], str]) -> str:
    """The values that earn a score: above one cut, and not above the next."""
    if score == 1:
        return f"{words(cuts[0])} or less"
    if score == BEST:
        return f"more than {words(cuts[-1])}"
    return f"more than {words(cuts[score - 2])}, to {words(cuts[score - 1])}"
