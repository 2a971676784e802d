"""How good a choice is: judged on windows that came after everything that was chosen or fitted."""

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import polars as pl

from analytics import metrics
from core.contracts.predictor import Floats, Target
from core.errors import NotFound
from features.shop import Shop
from predictions.backtest import Recipe, Walk, choose, loss, losses
from predictions.figures import PROMOTED, at_cuts, figures, pictures, plain, row
from predictions.frames import History, LabelsOf, history
from predictions.labels import Walked, walked
from predictions.profiles import PROFILES, NotYet, Plan, ProfileName, candidates, plan
from predictions.treated import campaign_words


def evaluate(
    name: str, shop: Shop, *, horizon_days: int, as_of: datetime | None = None,
    profile: ProfileName = "full", labels: LabelsOf | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Judge ``name`` (churn, orders, spend) on the last four consecutive horizons before ``as_of``
    (wall clock; default: the midnight after the last order). Needs no database. ``labels`` are
    tried as further inputs where the profile says so.
    """
    if name not in tuple(Target):
        raise NotFound(f"{name!r} is no prediction. Use one of {', '.join(Target)}.")
    target, whole = Target(name), planned(shop, as_of, horizon_days, profile)
    if not whole.judging():
        raise NotYet(
            f"Not yet: to judge predictions {horizon_days} days ahead needs about"
            f" {3 * horizon_days} days of orders. Wait, or choose a shorter horizon.",
            fields={"horizon_days": str(horizon_days)},
        )
    past = whole.past()
    return judged(walked(known_history(shop, past, labels), past, target))


def planned(shop: Shop, as_of: datetime | None, horizon_days: int, profile: ProfileName) -> Plan:
    """The days of a back-test; refused with what is missing where the past is too short."""
    span = shop.span()
    if span is None:
        raise NotYet("Not yet: there is no order to learn from. Bring in order lines first.")
    first, last = span
    as_of = as_of or midnight_after(last)
    return plan(first, as_of, horizon_days, PROFILES[profile])


def midnight_after(moment: datetime) -> datetime:
    return datetime.combine(moment.date() + timedelta(days=1), datetime.min.time())


def known_history(
    shop: Shop,
    days: Plan,
    labels: LabelsOf | None = None,
    campaigns: pl.DataFrame | None = None,
) -> History:
    return history(
        shop,
        {*days.origins, *days.windows},
        days.horizon_days,
        known_until=days.as_of,
        whole=days.windows,
        most_rows=days.profile.most_rows,
        labels=labels if days.profile.labels else None,
        campaigns=campaigns,
    )


def judged(chosen: Walked) -> dict[str, Any]:
    """The evaluation as it is printed, and the figures of its pictures.

    {name, as_of, horizon_days, protocol, rows: [{method, …}], labels, windows, pictures}; NaN is
    None; ``labels`` is there where they were tried.
    """
    known, found, gain = chosen.known, chosen.found, chosen.gain
    target, days = found.target, found.plan
    windows = [w for w in days.judging() if w in found.truth]
    if not windows:
        return _nothing(found)
    recipes = {window: choose(found, window) for window in windows}
    scores = {w: _with_promoted(found.scores[w], recipes[w]) for w in windows}
    methods = [PROMOTED, *_ordered(target, list(found.scores[windows[-1]].columns))]
    peers = {m: [scores[w][m].to_numpy(float) for w in windows] for m in methods}
    truths = [found.truth[w] for w in windows]
    rows = [row(target, m, truths, peers, days.horizon_days) for m in methods]
    if target is Target.CHURN:
        cuts = _cuts(found, recipes, methods)
        for entry in rows:
            entry.update(at_cuts(truths, peers[entry["method"]], cuts[entry["method"]]))
    return plain(
        {
            "name": target.value,
            "as_of": days.as_of.isoformat(),
            "horizon_days": days.horizon_days,
            "protocol": protocol(found, windows)
            + (gain.told(target) if gain else "")
            + campaign_words(known.campaigns),
            **({"labels": gain.parameters()} if gain else {}),
            "rows": rows,
            "windows": [
                _window(target, w, days.horizon_days, truths[i], peers[PROMOTED][i], recipes[w])
                | {"behind": _behind(target, truths[i], peers, i)}
                for i, w in enumerate(windows)
            ],
            "pictures": pictures(target, truths, peers)
            | {"importances": importances(known, found, windows[-1], recipes[windows[-1]])},
        }
    )


def _window(
    target: Target, start: datetime, days: int, truth: Floats, score: Floats, recipe: Recipe
) -> dict[str, Any]:
    """The spread over windows: one window's figures of the promoted method."""
    return {
        "from": start.date(),
        "until": (start + timedelta(days=days)).date(),
        "customers": len(truth),
        "mean": float(truth.mean()),
        "weights": recipe.weights,
        **{name: figure(truth, score) for name, figure in figures(target).items()},
    }


# The rule that anybody could go by without a model.
RULES = {Target.CHURN: "recency_rule", Target.ORDERS: "last_period", Target.SPEND: "last_period"}


def _behind(
    target: Target, truth: Floats, peers: dict[str, list[Floats]], window: int
) -> dict[str, Any]:
    """The same window's figures of the simplest rule."""
    rule = RULES[target]
    if rule not in peers:
        return {}
    score = peers[rule][window]
    return {"method": rule, **{n: figure(truth, score) for n, figure in figures(target).items()}}


def mean_losses(found: Walk) -> dict[str, float]:
    """The mean loss over the judging windows of the choice and of every method."""
    windows = [w for w in found.plan.judging() if w in found.truth]
    sums: dict[str, list[float]] = {}
    for window in windows:
        scores, truth = found.scores[window], found.truth[window]
        tried = {PROMOTED: choose(found, window).applied(scores)}
        tried |= {m: scores[m].to_numpy(float) for m in scores.columns}
        for method, score in tried.items():
            sums.setdefault(method, []).append(loss(found.target, truth, score))
    return {method: float(np.mean(values)) for method, values in sums.items()}


def behind(found: Walk, recipe: Recipe) -> tuple[float, float] | None:
    """By how much the choice's mean loss is above that of ``recipe`` on the judging windows, and
    the paired standard error of that over customers; None where they cannot be compared."""
    windows = [w for w in found.plan.judging() if w in found.truth]
    if not windows or not set(recipe.weights) <= set(found.scores[windows[-1]].columns):
        return None
    pairs = [
        (
            losses(found.target, found.truth[w], choose(found, w).applied(found.scores[w])),
            losses(found.target, found.truth[w], recipe.applied(found.scores[w])),
        )
        for w in windows
    ]
    ours, theirs = (np.concatenate(part) for part in zip(*pairs, strict=True))
    return float(np.mean(ours - theirs)), metrics.paired_standard_error(ours, theirs)


def protocol(found: Walk, windows: list[datetime]) -> str:
    days = found.plan
    many = "1 window" if len(windows) == 1 else f"{len(windows)} consecutive windows"
    return (
        f"{many} of {days.horizon_days} days from"
        f" {windows[0].date()} on; figures are means over them. Customers: everybody with an order"
        " before the window. Each window's models, blend and calibration come from origins and"
        f" windows that were over when it began ({days.profile.name} profile)."
    )


def importances(known: History, found: Walk, window: datetime, recipe: Recipe) -> dict[str, float]:
    """By how much the loss in a window grows when one base feature is dealt out anew among its
    customers, in hundredths of the loss; the largest first."""
    repeats = 1 if found.plan.profile.name == "fast" else 2
    rows, truth = known.features[window], found.truth[window]
    models = {m: found.models[window][m] for m in recipe.weights}
    if len(rows) > 5_000:
        chosen = np.sort(np.random.default_rng(0).choice(len(rows), 5_000, replace=False))
        rows, truth = rows.iloc[chosen], truth[chosen]

    def loss_of(features: pd.DataFrame) -> float:
        scores = pd.DataFrame({m: model.predict(features) for m, model in models.items()})
        return loss(found.target, truth, recipe.applied(scores))

    base, grown = loss_of(rows), {}
    for number, name in enumerate(rows.columns):
        dice = np.random.default_rng(number)
        dealt = [
            loss_of(rows.assign(**{str(name): dice.permutation(rows[name].to_numpy())}))
            for _ in range(repeats)
        ]
        grown[str(name)] = round(100 * (float(np.mean(dealt)) / base - 1), 4) if base else 0.0
    return dict(sorted(grown.items(), key=lambda item: -item[1]))


def _with_promoted(scores: pd.DataFrame, recipe: Recipe) -> pd.DataFrame:
    return scores.assign(**{PROMOTED: recipe.applied(scores)})


def _ordered(target: Target, methods: list[str]) -> list[str]:
    """Baselines first, then the others by name."""
    found = candidates(target, PROFILES["full"])
    return sorted(methods, key=lambda m: (not found[m].is_baseline, m))


def _cuts(
    found: Walk, recipes: dict[datetime, Recipe], methods: list[str]
) -> dict[str, list[float]]:
    """For each method and window the score from which on F1 was largest in earlier windows."""
    cuts: dict[str, list[float]] = {method: [] for method in methods}
    for window, recipe in recipes.items():
        earlier = [w for w in found.plan.choosing(window) if w in found.truth]
        scores, truth = found.pooled(earlier) if earlier else (None, np.empty(0))
        for method in methods:
            if scores is None:
                cuts[method].append(0.5)
                continue
            score = recipe.applied(scores) if method == PROMOTED else scores[method].to_numpy(float)
            cuts[method].append(metrics.best_cut(truth, score))
    return cuts


def _nothing(found: Walk) -> dict[str, Any]:
    days = found.plan
    return {
        "name": found.target.value,
        "as_of": days.as_of.isoformat(),
        "horizon_days": days.horizon_days,
        "protocol": "Not judged yet: no window of this length is over.",
        "rows": [],
        "windows": [],
        "pictures": {},
    }
