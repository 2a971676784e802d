"""How sure a score is: what came of those who were scored like this before."""

from dataclasses import dataclass
from typing import Any

from core.formats import of_100, whole
from runs.versions import promoted_version

AXIS = 200.0


@dataclass(frozen=True)
class Doubt:
    """The 95 % range of the share of those who were scored like this before."""

    low: float
    high: float
    customers: int


@dataclass(frozen=True)
class Churn:
    """What the churn version in use tells of its scores; without one there is nothing to tell."""

    told: dict[str, Any]

    @property
    def days(self) -> int | None:
        """How far it looks."""
        days: int | None = self.told.get("horizon_days")
        return days

    @property
    def mean(self) -> float | None:
        """Of all customers, who left in the later windows that judged it."""
        return mean_of(self.told)

    def doubt(self, score: float) -> Doubt | None:
        return doubt_of(score, self.told)


def churn_in_use() -> Churn:
    version = promoted_version("churn")
    return Churn(version.evaluation if version else {})


def doubt_of(score: float, told: dict[str, Any]) -> Doubt | None:
    """Between the two tenths of later windows whose scores lie around this one."""
    bins = told.get("pictures", {}).get("reliability", [])
    if not bins:
        return None
    bins = sorted(bins, key=lambda b: b["score"])
    above = next((i for i, b in enumerate(bins) if b["score"] >= score), len(bins) - 1)
    before, after = bins[max(above - 1, 0)], bins[above]
    width = after["score"] - before["score"]
    share = min(max((score - before["score"]) / width, 0.0), 1.0) if width else 1.0
    low, high = (before[n] + share * (after[n] - before[n]) for n in ("low", "high"))
    # Beyond the outermost tenth nobody was scored like this: the range reaches as far as the score.
    if score < bins[0]["score"] or score > bins[-1]["score"]:
        low, high = min(low, score), max(high, score)
    return Doubt(low, high, int(before["customers"] + after["customers"]))


def mean_of(told: dict[str, Any]) -> float | None:
    windows = told.get("windows") or []
    return sum(w["mean"] for w in windows) / len(windows) if windows else None


def range_at(score: float, doubt: Doubt | None, mean: float | None = None) -> dict[str, str]:
    """Where a score, its range and the base rate stand on an axis of AXIS units from 0 to 1."""
    low, high = (doubt.low, doubt.high) if doubt else (score, score)
    drawn = {
        "low": f"{low * AXIS:.1f}",
        "width": f"{max((high - low) * AXIS, 1.0):.1f}",
        "here": f"{min(score * AXIS, AXIS - 2):.1f}",
    }
    return drawn if mean is None else drawn | {"mean": f"{mean * AXIS:.1f}"}


def range_words(doubt: Doubt | None) -> str:
    if doubt is None:
        return "not enough evidence to say how sure"
    return (
        f"{of_100(doubt.low)} to {of_100(doubt.high)} of 100, from {whole(doubt.customers)}"
        " customers scored like this before"
    )


def short_range(doubt: Doubt | None) -> str:
    """58–68."""
    return f"{of_100(doubt.low)}–{of_100(doubt.high)}" if doubt else "–"
