"""The pictures of a model's evidence, each with the finding that is its title."""

from datetime import date, timedelta
from typing import Any

from core.formats import of_100, whole
from personas import evidence_drawings as draw
from personas.evidence_words import FIRST, MEASURES, feature_words, figure, method_words
from runs.models import ModelVersion

FEATURES_SHOWN = 8


def pictures(name: str, version: ModelVersion) -> dict[str, dict[str, Any]]:
    """{picture: {finding, …}} of what this evaluation can show."""
    told = version.evaluation
    drawn = told.get("pictures", {})
    found = {
        "reliability": _reliability(drawn.get("reliability", [])),
        "lift": _lift(drawn.get("lift", []), told) if name == "churn" else {},
        "totals": _totals(drawn.get("totals", [])),
        "curves": _curves(drawn),
        "windows": _windows(name, told.get("windows", [])),
        "features": _features(version.importances),
        "confusion": _confusion(told.get("rows", []), told.get("horizon_days")),
    }
    return {picture: content for picture, content in found.items() if content}


def _reliability(bins: list[dict[str, Any]]) -> dict[str, Any]:
    if not bins:
        return {}
    worst = max(abs(b["score"] - b["share"]) for b in bins)
    return {
        "finding": f"Within {100 * worst:.0f} points of the score in every tenth",
        "drawing": draw.reliability(bins),
        "rows": [
            {
                "score": of_100(b["score"]),
                "share": of_100(b["share"]),
                "range": f"{of_100(b['low'])}–{of_100(b['high'])}",
                "customers": whole(b["customers"]),
            }
            for b in bins
        ],
    }


def _lift(rows: list[dict[str, Any]], told: dict[str, Any]) -> dict[str, Any]:
    if not rows:
        return {}
    windows = told.get("windows") or [{"mean": 0.0}]
    base = sum(window["mean"] for window in windows) / len(windows)
    return {
        "finding": f"The riskiest tenth leaves {rows[0]['lift']:.1f} times as often as all",
        "mean_words": f"all customers, {of_100(base)} of 100",
        "drawing": draw.lift(rows),
        "rows": [
            {
                "decile": row["decile"],
                "share": of_100(row["share"]),
                "lift": f"{row['lift']:.2f}",
                "caught": of_100(row["caught"]),
            }
            for row in rows
        ],
    }


def _totals(rows: list[dict[str, Any]]) -> dict[str, Any]:
    if not rows:
        return {}
    last = rows[-1]
    off = last["predicted"] / last["actual"] - 1 if last["actual"] else 0.0
    return {
        "finding": f"The top tenth is forecast {abs(100 * off):.0f} % too"
        f" {'high' if off > 0 else 'low'}",
        "drawing": draw.totals(rows),
        "rows": [
            {
                "number": number,
                "predicted": f"{row['predicted']:,.2f}",
                "actual": f"{row['actual']:,.2f}",
                "customers": whole(row["customers"]),
            }
            for number, row in enumerate(rows, start=1)
        ],
    }


def _curves(drawn: dict[str, Any]) -> dict[str, Any]:
    """ROC and precision–recall of the model and of the rule that it is held against."""
    roc, precision = drawn.get("roc", {}), drawn.get("precision_recall", {})
    if not roc.get("promoted"):
        return {}
    half = next((p for p in precision.get("promoted", []) if p[0] >= 0.5), None)
    words = (
        f"Half of the leavers are found with {of_100(half[1])} of 100 warnings right"
        if half
        else ""
    )
    return {
        "finding": words or "How well it ranks",
        "roc": draw.curve(roc["promoted"]),
        "roc_behind": draw.curve(roc.get("recency_rule", [])),
        "precision": draw.curve(precision.get("promoted", [])),
        "precision_behind": draw.curve(precision.get("recency_rule", [])),
        "rows": [
            {"found": of_100(recall), "right": of_100(right)}
            for recall, right in precision.get("promoted", [])[::6]
        ],
    }


def _windows(name: str, windows: list[dict[str, Any]]) -> dict[str, Any]:
    """The first measure in each later window, and the rule's beside it."""
    measure = FIRST[name]
    known = [w for w in windows if w.get(measure) is not None]
    if not known:
        return {}
    values = [w[measure] for w in known]
    behind = [w.get("behind", {}).get(measure) for w in known]
    higher = MEASURES[measure][2]
    better = sum(
        (ours > theirs) == higher
        for ours, theirs in zip(values, behind, strict=True)
        if theirs is not None
    )
    marks = draw.spans([(value, 0.0) for value in [*values, *(b for b in behind if b is not None)]])
    rule = known[0].get("behind", {}).get("method", "")
    beaten = f"Better than the {method_words(rule).lower()} in {better} of {len(known)} windows"
    return {
        "finding": beaten if rule else f"{MEASURES[measure][0]} in {len(known)} later windows",
        "measure": MEASURES[measure][0],
        "behind": method_words(rule) if rule else "",
        "rows": [
            {
                "days": f"{_day(w['from'])} to {_day(w['until'], before=1)}",
                "customers": whole(w["customers"]),
                "value": figure(name, measure, w[measure]),
                "behind": figure(name, measure, theirs),
                "at": mark,
            }
            for w, theirs, mark in zip(known, behind, marks, strict=False)
        ],
    }


def _day(text: str, before: int = 0) -> str:
    """A date of an evaluation, or the day before one that a window does not hold any more."""
    return f"{date.fromisoformat(text) - timedelta(days=before):%-d %b}"


def _features(importances: dict[str, float]) -> dict[str, Any]:
    shown = sorted(importances.items(), key=lambda item: -item[1])[:FEATURES_SHOWN]
    shown = [(name, value) for name, value in shown if value > 0]
    if not shown:
        return {}
    most = shown[0][1]
    return {
        "finding": f"{feature_words(shown[0][0])} says most",
        "rows": [
            {
                "name": feature_words(name),
                "value": f"{value:.1f}",
                "width": f"{100 * value / most:.0f}",
            }
            for name, value in shown
        ],
    }


def _confusion(rows: list[dict[str, Any]], days: int | None) -> dict[str, Any]:
    """What the warnings at the chosen cut came to."""
    if not rows or "confusion" not in rows[0]:
        return {}
    best = rows[0]
    (stayed_right, stayed_warned), (left_unseen, left_warned) = best["confusion"]["matrix"]
    warned = stayed_warned + left_warned
    return {
        "finding": f"{whole(left_warned)} of {whole(warned)} warnings were right",
        "note": f"At a cut of {of_100(best['cut'])} of 100; {days} days",
        "rows": [
            {"name": "Bought again", "kept": whole(stayed_right), "warned": whole(stayed_warned)},
            {"name": "Did not", "kept": whole(left_unseen), "warned": whole(left_warned)},
        ],
        "figures": [
            (MEASURES[m][0], figure("churn", m, best.get(m)))
            for m in ("accuracy", "precision", "recall", "f1")
        ],
    }
