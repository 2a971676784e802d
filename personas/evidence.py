"""What the page of a model says: how good it is, beside what, on which days, and what it knows."""

from dataclasses import dataclass
from typing import Any

from core.errors import NotFound
from core.formats import counted, day, of_100, whole
from personas import evidence_pictures as pictured
from personas.evidence_words import (
    FIRST,
    GOALS,
    IN_GLOSSARY,
    LIMITS,
    MEASURES,
    SAYS,
    SHOWN,
    TITLES,
    figure,
    method_words,
    title,
)
from runs.models import ModelVersion
from runs.selectors import versions_of

BEHIND = {"churn": "recency_rule", "orders": "last_period", "spend": "last_period"}
VERSIONS_SHOWN = 20


@dataclass(frozen=True)
class Evidence:
    name: str
    title: str
    here: str
    finding: str
    lede: str
    figures: list[dict[str, str]]
    methods: list[dict[str, Any]]
    measures: list[str]
    methods_finding: str
    versions: list[dict[str, Any]]
    versions_finding: str
    card: list[tuple[str, str]]
    # By name of the picture; empty where the evaluation has none.
    pictures: dict[str, dict[str, Any]]


def evidence(name: str) -> Evidence:
    """The page of the version in use, or of the newest where none is."""
    if name not in TITLES:
        raise NotFound(f"There is no model {name!r}. Models are: {', '.join(TITLES)}.")
    known = list(versions_of(name)[:VERSIONS_SHOWN])
    if not known:
        raise NotFound(
            f"{title(name, None)}: not trained yet. It is with the first refresh that has"
            " enough orders."
        )
    version = next((v for v in known if v.promoted), known[0])
    told = version.evaluation
    rows = told.get("rows", [])
    days = told.get("horizon_days")
    return Evidence(
        name=name,
        title=title(name, days),
        here=_here(version),
        finding=_finding(name, told),
        lede=_lede(name, told),
        figures=_figures(name, rows),
        methods=_methods(name, rows),
        measures=[MEASURES[measure][0] for measure in _measured(name, rows)],
        methods_finding=_methods_finding(name, rows),
        versions=[_version(name, v) for v in known],
        versions_finding=version.verdict or "No version has been promoted yet",
        card=_card(name, version, days),
        pictures=pictured.pictures(name, version),
    )


def _here(version: ModelVersion) -> str:
    if not version.promoted:
        return f"version {version.pk}, not in use"
    return f"version {version.pk}, in use since {day(version.promoted_at)}"


def _finding(name: str, told: dict[str, Any]) -> str:
    rows = told.get("rows", [])
    if not rows:
        return f"{title(name, told.get('horizon_days'))}: too little past to judge it by."
    best, rule = rows[0], behind(name, rows)
    if name == "recommendations":
        return _lists_finding(rows)
    if name == "churn":
        return _churn_finding(told, best, rule)
    measure = FIRST[name]
    ours = figure(name, measure, best[measure])
    if rule is None:
        return f"{MEASURES[measure][0]}: {ours}."
    theirs = figure(name, measure, rule[measure])
    unit = "orders" if name == "orders" else ""
    return (
        f"Forecasts miss by {f'{ours} {unit}'.strip()} in the typical case;"
        f" {method_words(rule['method']).lower()} by {theirs}."
    )


def _churn_finding(told: dict[str, Any], best: dict[str, Any], rule: dict[str, Any] | None) -> str:
    """What came of the riskiest; where too few were scored alike, how well it ranks people."""
    bins = [b for b in told.get("pictures", {}).get("reliability", []) if b["customers"] >= 30]
    if bins:
        risky = max(bins, key=lambda b: b["score"])
        return (
            f"Of 100 customers scored about {of_100(risky['score'])},"
            f" {of_100(risky['share'])} did not come back."
        )
    if best["auc"] is None or rule is None:
        return "Too few customers left or stayed to judge it by."
    return (
        f"It puts a leaver before a stayer in {of_100(best['auc'])} of 100 pairs,"
        f" {method_words(rule['method']).lower()} in {of_100(rule['auc'])}."
    )


def _lists_finding(rows: list[dict[str, Any]]) -> str:
    """How much better the first ten fit than what is popular, for each goal."""
    words = {"repeat": "what they buy again", "discover": "what is new to them"}
    told = []
    for goal, what in words.items():
        of_goal = [row for row in rows if row.get("goal") == goal]
        rule = behind("recommendations", of_goal) if of_goal else None
        if rule and rule["ndcg@10"]:
            told.append(f"{of_goal[0]['ndcg@10'] / rule['ndcg@10']:.1f} times for {what}")
    if not told:
        return "Lists stand beside nothing yet to compare them with."
    return f"Its first ten products fit better than what is popular: {' and '.join(told)}."


def _lede(name: str, told: dict[str, Any]) -> str:
    rows = told.get("rows", [])
    if not rows:
        return told.get("protocol", "")
    best = rows[0]
    if name == "churn":
        caught = (
            f" At a cut of {of_100(best['cut'])}, {of_100(best['precision'])} of 100 warnings are"
            f" right and {of_100(best['recall'])} of 100 leavers are found."
            if best.get("precision") is not None
            else ""
        )
        off = f"Off by {100 * best['ece']:.1f} points on average over"
        return f"{off} {whole(best['support'])} scores in later windows.{caught}"
    if name == "recommendations":
        customers = best.get("customers")
        if not customers:
            return told.get("protocol", "")
        return f"{counted(int(customers), 'customer')} in weeks that came later."
    bias = best.get("bias")
    total = "" if bias is None else f" The total is off by {100 * bias:+.1f} %.".replace("-", "−")
    return f"{whole(best['support'])} forecasts in later windows.{total}"


def behind(name: str, rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The baseline that a model is shown against."""
    if name == "recommendations":
        goal = rows[0].get("goal")
        others = [r for r in rows[1:] if r["method"] == "popular_recent" and r.get("goal") == goal]
        return others[0] if others else None
    return next((row for row in rows if row["method"] == BEHIND[name]), None)


def _figures(name: str, rows: list[dict[str, Any]]) -> list[dict[str, str]]:
    if not rows:
        return []
    rule = behind(name, rows)
    return [
        {
            "label": MEASURES[measure][0],
            "of": IN_GLOSSARY.get(measure, ""),
            "value": figure(name, measure, rows[0].get(measure)),
            "note": f"{method_words(rule['method']).lower()}"
            f" {figure(name, measure, rule.get(measure))}"
            if rule
            else "",
        }
        for measure in _measured(name, rows)
    ]


def _measured(name: str, rows: list[dict[str, Any]]) -> list[str]:
    """The measures that this evaluation has."""
    return [m for m in SHOWN[name] if any(row.get(m) is not None for row in rows)]


def _methods(name: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "name": method_words(row["method"]),
            "goal": GOALS.get(row.get("goal", ""), ""),
            "ours": row["method"] == "promoted",
            "values": [figure(name, m, row.get(m)) for m in _measured(name, rows)],
            "error": _error(row),
        }
        for row in rows
    ]


def _error(row: dict[str, Any]) -> str:
    error = row.get("standard_error") or row.get("paired_standard_error")
    return f"±{error:.4f}" if error else "–"


def _methods_finding(name: str, rows: list[dict[str, Any]]) -> str:
    if len(rows) < 2:
        return "Nothing to compare with yet"
    ours = rows[0]
    error, difference = ours.get("standard_error"), ours.get("difference")
    peer = method_words(ours.get("compared_with", "")).lower()
    if not error or difference is None:
        return "Every method on the same customers and days"
    better = difference if MEASURES[FIRST[name]][2] else -difference
    if abs(difference) <= error:
        return f"A tie with {peer}, the best of the others"
    return f"{'Better' if better > 0 else 'Worse'} than {peer}, the best of the others"


def _version(name: str, version: ModelVersion) -> dict[str, Any]:
    rows = version.evaluation.get("rows", [])
    measure = FIRST[name]
    state = "in use" if version.promoted else "retired" if version.promoted_at else "candidate"
    return {
        "number": version.pk,
        "trained": day(version.created_at),
        "state": state,
        "in_use": version.promoted,
        "value": figure(name, measure, rows[0].get(measure)) if rows else "–",
        "verdict": version.verdict,
    }


def _card(name: str, version: ModelVersion, days: int | None) -> list[tuple[str, str]]:
    """A model card in plain words."""
    told = version.evaluation
    weights = version.parameters.get("recipe", {}).get("weights", {})
    largest = sorted(weights.items(), key=lambda item: -item[1])
    mix = ", ".join(f"{method_words(m).lower()} {of_100(w)}" for m, w in largest)
    libraries = ", ".join(f"{lib} {number}" for lib, number in version.libraries.items())
    rows = [
        ("What it says", SAYS[name].format(days=days or "coming")),
        ("Learnt from", f"orders up to {day(version.as_of)}; never names, addresses or consent"),
        ("How it was judged", told.get("protocol", "")),
        ("Made of, of 100", mix),
        ("What it cannot know", LIMITS[name]),
        ("Kept with", libraries),
    ]
    return [(label, words) for label, words in rows if words]
