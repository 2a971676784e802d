"""Each model beside the baseline that it must beat: by how much, and how sure that is."""

from typing import Any

from core.formats import day
from personas.evidence import behind
from personas.evidence_words import FIRST, MEASURES, TITLES, figure, method_words, title
from runs.models import ModelVersion
from runs.selectors import versions_of

SURE = 1.96
WIDTH = 240
# What is further to the side stands at the edge; its figure is beside it.
WIDEST = 40.0


def models_against_baselines() -> dict[str, Any]:
    rows = [_compared(version) for name in TITLES if (version := _answering(name))]
    if not rows:
        return {"score": "–", "finding": "", "rows": [], "least": "", "most": ""}
    ahead = sum(row["gain"] > 0 for row in rows)
    sure = sum(row["sure"] for row in rows)
    open_ones = sum(row["doubt"] is None for row in rows)
    unknown = f"; how sure that is, is not known of {open_ones}" if open_ones else ""
    least = min(0.0, *(row["low"] for row in rows))
    most = min(max(10.0, *(row["high"] for row in rows)), WIDEST)
    for row in rows:
        row["at"] = _drawn(row, least, most) if row["value"] != "–" else {}
    return {
        "score": f"{ahead} of {len(rows)} models",
        "finding": f"{sure} of {len(rows)} models beat their baseline beyond doubt{unknown}",
        "rows": rows,
        "least": f"{least:+.0f}" if least else "0",
        "most": f"{most:+.0f}",
    }


def _answering(name: str) -> ModelVersion | None:
    known = versions_of(name)
    return known.filter(promoted=True).first() or known.first()


def _compared(version: ModelVersion) -> dict[str, Any]:
    """Better by so many percent of the baseline's figure, with the 95 % range around it."""
    rows = version.evaluation.get("rows", [])
    measure = FIRST[version.name]
    rule = behind(version.name, rows) if rows else None
    ours = rows[0].get(measure) if rows else None
    theirs = rule.get(measure) if rule else None
    row = {
        "name": version.name,
        "title": title(version.name, version.evaluation.get("horizon_days")),
        "since": f"version {version.pk}, since {day(version.promoted_at)}"
        if version.promoted
        else f"version {version.pk}, not in use",
        "measure": MEASURES[measure][0],
        "value": figure(version.name, measure, ours),
        "behind": figure(version.name, measure, theirs),
        "rule": method_words(rule["method"]).lower() if rule else "",
        "gain": 0.0, "doubt": None, "low": 0.0, "high": 0.0, "sure": False, "better": "–",
    }  # fmt: skip
    if not ours or not theirs or rule is None:
        return row
    gain = (ours - theirs if MEASURES[measure][2] else theirs - ours) / theirs * 100
    error = rule.get("standard_error")
    doubt = SURE * error / theirs * 100 if isinstance(error, int | float) else None
    row |= {
        "gain": gain,
        "doubt": doubt,
        "low": gain - (doubt or 0.0),
        "high": gain + (doubt or 0.0),
        "sure": doubt is not None and gain - doubt > 0,
        "better": f"{gain:+.1f}".replace("-", "−"),
    }
    return row


def _drawn(row: dict[str, Any], least: float, most: float) -> dict[str, str]:
    """Where zero, the gain and its doubt stand in a drawing 240 wide."""
    scale = (WIDTH - 8) / (most - least)
    place = {
        name: 4 + (min(max(row[name], least), most) - least) * scale
        for name in ("low", "high", "gain")
    }
    return {
        "zero": f"{4 - least * scale:.1f}",
        "low": f"{place['low']:.1f}",
        "high": f"{place['high']:.1f}",
        "width": f"{max(place['high'] - place['low'], 1):.1f}",
        "here": f"{place['gain']:.1f}",
    }
