"""How good the recommendations are, beside the best of simpler ways: a tie is called a tie."""

from statistics import NormalDist
from typing import Any

from core.formats import whole
from personas.evidence_words import method_words
from runs.versions import promoted_version

REACH = NormalDist().inv_cdf(0.975)
GOALS = {"repeat": "What they buy again", "discover": "What they never bought"}
SHORT = {"repeat": "repeats", "discover": "new items"}
MEASURE = "ndcg@10"


def quality() -> dict[str, Any]:
    """Of the lists in use, from their evaluation in days that came later; empty without one."""
    version = promoted_version("recommendations")
    rows = version.evaluation.get("rows", []) if version else []
    goals = [found for goal in GOALS if (found := _goal(goal, rows))]
    if not goals:
        return {}
    compared = [goal for goal in goals if goal["span"]]
    if compared:
        _place(compared)
        finding = ", ".join(goal["words"] for goal in compared)
        note = f" {whole(compared[0]['customers'])} customers, 95\u00a0% intervals."
    else:
        finding = "Recommendations: not compared customer by customer yet"
        note = " A full training does; until then the lead may be chance."
    return {
        "finding": f"{finding[0].upper()}{finding[1:]}",
        "note": f"How well the first ten products fit what was bought later; 1 is perfect.{note}",
        "goals": goals,
    }


def _goal(goal: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    of_goal = [row for row in rows if row.get("goal") == goal]
    ours = next((row for row in of_goal if row["method"] == "promoted"), None)
    if ours is None or len(of_goal) < 2:
        return {}
    peers = [row for row in of_goal if row is not ours]
    named = (row for row in peers if row["method"] == ours.get("against"))
    theirs = next(named, max(peers, key=lambda row: row[MEASURE]))
    return {
        "name": GOALS[goal],
        "ours": f"{ours[MEASURE]:.3f}",
        "width": f"{ours[MEASURE] * 100:.1f}",
        "theirs": f"{theirs[MEASURE]:.3f}",
        "peer": method_words(theirs["method"]).lower(),
        **_compared(goal, ours),
    }


def _compared(goal: str, ours: dict[str, Any]) -> dict[str, Any]:
    """The paired difference with its interval; a quick training has not worked it out."""
    difference, error = ours.get("difference"), ours.get("paired_standard_error")
    if difference is None or not error:
        return {"words": f"{SHORT[goal]} not compared", "span": ""}
    low, high = difference - REACH * error, difference + REACH * error
    verdict = "better" if low > 0 else "worse" if high < 0 else "a tie"
    return {
        "words": f"{SHORT[goal]} {verdict}",
        "verdict": verdict,
        "sure": verdict != "a tie",
        "difference": _signed(difference),
        "span": f"{_signed(low)} to {_signed(high)}",
        "customers": ours.get("customers"),
        "bounds": (low, difference, high),
    }


def _place(goals: list[dict[str, Any]]) -> None:
    """All differences on one axis of 240 that holds zero."""
    low = min(0.0, *(goal["bounds"][0] for goal in goals))
    high = max(0.0, *(goal["bounds"][2] for goal in goals))
    unit = 230 / max(high - low, 1e-9)
    for goal in goals:
        start, here, end = (5 + (value - low) * unit for value in goal["bounds"])
        goal["at"] = {
            "zero": f"{5 - low * unit:.1f}", "low": f"{start:.1f}", "high": f"{end:.1f}",
            "here": f"{here:.1f}", "width": f"{max(end - start, 1.0):.1f}",
        }  # fmt: skip


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", "−")
