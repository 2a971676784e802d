"""The list of models: each beside the rule that it must beat, and what is not possible yet."""

from dataclasses import dataclass, field
from typing import Any

from core.formats import counted, day
from personas.evidence import behind
from personas.evidence_words import FIRST, IN_GLOSSARY, MEASURES, SAYS, TITLES, figure, title
from runs.models import ModelVersion, Run, RunState
from runs.selectors import versions_of


@dataclass(frozen=True)
class ModelList:
    here: str
    finding: str
    lede: str
    models: list[dict[str, Any]] = field(default_factory=list)
    missing: list[tuple[str, str]] = field(default_factory=list)


def model_list() -> ModelList:
    versions = {name: _answering(name) for name in TITLES}
    known = {name: version for name, version in versions.items() if version is not None}
    if not known:
        lede = "They come with the first refresh that has enough orders to learn from."
        return ModelList("", "No model has been trained yet.", lede, missing=_missing(set()))
    used = sum(version.promoted for version in known.values())
    finding = f"{counted(used, 'model')} of {len(TITLES)} beat the simplest rule and are in use."
    newest = max(version.as_of for version in known.values())
    return ModelList(
        here=f"learnt from orders up to {day(newest)}",
        finding=finding,
        lede="A new version takes over only when it beats the rule and the version in use on later"
        " windows.",
        models=[_row(name, version) for name, version in known.items()],
        missing=_missing(set(known)),
    )


def _answering(name: str) -> ModelVersion | None:
    known = versions_of(name)
    return known.filter(promoted=True).first() or known.first()


def _row(name: str, version: ModelVersion) -> dict[str, Any]:
    told = version.evaluation
    rows = told.get("rows", [])
    days, measure = told.get("horizon_days"), FIRST[name]
    rule = behind(name, rows) if rows else None
    return {
        "name": name,
        "title": title(name, days),
        "says": SAYS[name].format(days=days or "coming"),
        "here": f"since {day(version.promoted_at)}" if version.promoted else "not in use",
        "measure": MEASURES[measure][0],
        "of": IN_GLOSSARY[measure],
        "value": figure(name, measure, rows[0].get(measure)) if rows else "–",
        "behind": figure(name, measure, rule.get(measure)) if rule else "–",
        "verdict": version.verdict,
    }


def _missing(known: set[str]) -> list[tuple[str, str]]:
    """What could not be trained yet and why, as the last training that tried said it."""
    tried = Run.objects.filter(name__in=["refresh", "train"], state=RunState.SUCCEEDED)
    latest = tried.order_by("-id").first()
    told = latest.result.get("not_yet", {}) if latest else {}
    return [(title(name, None), words) for name, words in told.items() if name not in known]
