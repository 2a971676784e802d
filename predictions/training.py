"""From a shop to a model with its evidence and a verdict; no database, no clock."""

from dataclasses import asdict, dataclass
from typing import Any

from core.contracts.predictor import Predictor, Target
from core.formats import whole
from predictions.backtest import MEASURE, Recipe, Walk, choose, scaled
from predictions.ensemble import Ensemble, medians_of
from predictions.evaluation import behind, judged, mean_losses
from predictions.figures import PROMOTED
from predictions.frames import History
from predictions.labels import walked
from predictions.profiles import Plan, candidates


@dataclass(frozen=True)
class Trained:
    """``beats_baseline`` and ``beats_current`` are None where there was nothing to compare."""

    model: Ensemble
    parameters: dict[str, Any]
    metrics: dict[str, Any]
    importances: dict[str, float]
    evaluation: dict[str, Any]
    verdict: str
    beats_baseline: bool | None
    beats_current: bool | None

    @property
    def is_better(self) -> bool:
        return self.beats_baseline is True and self.beats_current is not False


def learnt(known: History, days: Plan, target: Target, current: Recipe | None = None) -> Trained:
    """Fit every candidate, choose by the windows that are over, and judge that way of choosing.

    ``current``: the recipe that answers now, for the same horizon.
    """
    methods = candidates(target, days.profile)
    chosen = walked(known, days, target)
    known, found = chosen.known, chosen.found
    recipe = choose(found, days.as_of)
    losses = mean_losses(found)
    baseline = best_baseline(methods, losses)
    fallback = _baseline_recipe(found, baseline)
    kept = {*recipe.weights, *fallback.weights}
    model = Ensemble(
        target=target,
        horizon_days=days.horizon_days,
        recipe=recipe,
        baseline=fallback,
        models={name: found.models[days.as_of][name] for name in sorted(kept)},
        medians=medians_of(known.features[days.as_of]),
    )
    evaluation = judged(chosen)
    better = losses[PROMOTED] < losses[baseline] if PROMOTED in losses else None
    newer = not_worse(found, recipe, current) if current else None
    return Trained(
        model=model,
        parameters=_parameters(days, recipe, fallback, methods, kept)
        | {
            "labels": chosen.gain.parameters() if chosen.gain else None,
            "campaigns": known.campaigns or None,
        },
        metrics=_metrics(evaluation, losses, baseline),
        importances=evaluation["pictures"].get("importances", {}),
        evaluation=evaluation,
        verdict=verdict(target, losses, baseline, better, newer),
        beats_baseline=better,
        beats_current=newer,
    )


def best_baseline(methods: dict[str, Predictor], losses: dict[str, float]) -> str:
    """The baseline with the least loss; by name where nothing was judged."""
    names = [name for name, method in methods.items() if method.is_baseline]
    return min(names, key=lambda name: (losses.get(name, 0.0), name))


def not_worse(found: Walk, recipe: Recipe, current: Recipe) -> bool | None:
    """Whether the choice holds its own against the recipe that answers now.

    The present recipe may have been chosen on the very windows that judge, so it has to be ahead by
    more than one standard error to keep its place; the same recipe on newer data is never worse.
    """
    if recipe == current:
        return True
    found_behind = behind(found, current)
    if found_behind is None:
        return None
    difference, error = found_behind
    return not difference > error


def verdict(
    target: Target, losses: dict[str, float], baseline: str,
    better: bool | None, newer: bool | None,
) -> str:  # fmt: skip
    """In words, with the figures that decided."""
    if better is None:
        return "Not promoted: no window is over yet to judge it by. The baseline answers."
    ours, theirs = _written(losses[PROMOTED]), _written(losses[baseline])
    figures = f"{MEASURE[target]} {ours} against {theirs}"
    told = f"{figures} of {baseline.replace('_', ' ')}"
    if not better:
        return f"Not promoted: it does not beat the baseline ({told})."
    if newer is False:
        return (
            f"Not promoted: the present model is better on the same windows by more than one"
            f" standard error ({told})."
        )
    return f"Promoted: it beats the baseline ({told})" + (
        " and is not worse than the model before." if newer else "."
    )


def _written(loss: float) -> str:
    return whole(loss) if loss >= 100 else f"{loss:.3f}"


def _baseline_recipe(found: Walk, baseline: str) -> Recipe:
    recipe = Recipe(found.target, {baseline: 1.0}, reason="the baseline alone")
    windows = [w for w in found.plan.choosing(found.plan.as_of) if w in found.truth]
    return scaled(recipe, *found.pooled(windows)) if windows else recipe


def _parameters(
    days: Plan, recipe: Recipe, fallback: Recipe, methods: dict[str, Predictor], kept: set[str]
) -> dict[str, Any]:
    origins = days.before(days.as_of)
    return {
        "horizon_days": days.horizon_days,
        "profile": days.profile.name,
        "first_origin": origins[0].date().isoformat(),
        "last_origin": origins[-1].date().isoformat(),
        "origins": len(origins),
        "recipe": recipe.parameters(),
        "baseline": fallback.parameters(),
        "methods": {name: asdict(methods[name]) for name in sorted(kept)},
    }


def _metrics(evaluation: dict[str, Any], losses: dict[str, float], baseline: str) -> dict[str, Any]:
    rows = {row["method"]: row for row in evaluation["rows"]}
    numbers = {
        key: value
        for key, value in rows.get(PROMOTED, {}).items()
        if isinstance(value, int | float) and key != "horizon_days"
    }
    return {
        **numbers,
        "loss": losses.get(PROMOTED),
        "baseline": baseline,
        "baseline_loss": losses.get(baseline),
    }
