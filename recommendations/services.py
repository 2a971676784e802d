"""Verbs: train a version on a shop's purchases, and write every customer's lists by it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
from django.db import transaction

from core.localtime import local_wall
from features.building import record_shop
from features.shop import Shop
from recommendations import store
from recommendations.evaluation import NAME, K, NotYet, evaluate, wall
from recommendations.frames import Purchases, purchases
from recommendations.models import RecommendationLists
from recommendations.recommenders.blend import GOALS, Blend
from recommendations.selectors import NotTrained
from recommendations.serving import Served
from recommendations.together import bought_together
from recommendations.tuning import Chosen, Profile, choose, fit_all
from runs.models import ModelVersion, Run
from runs.stored import mapped_arrays, store_arrays
from runs.versions import Fitted, promote, promoted_version, register
from runs.work import Step

BASELINES = ("popular_recent", "personal_rate")
# Fewer purchases of different products or customers are no ground to recommend on.
LEAST = {"purchases": 20, "customers": 2}
BLOCK = 256
KEPT_LISTS = 2


def train(
    *, shop: Shop, as_of: datetime, run: Run, step: Step, profile: Profile = "fast",
    horizon_days: int = 28, seed: int = 0,
) -> ModelVersion:  # fmt: skip
    """Choose, fit, store and register a version; promote it where the last window speaks for it.

    ``full`` also tunes the factorisation and evaluates on the last ``horizon_days`` before as_of.
    """
    until = wall(shop, as_of)
    assert until is not None
    known = purchases(shop, until)
    _enough(known)
    incumbent = promoted_version(NAME)
    chosen = choose(
        known.interactions, horizon=horizon_days, profile=profile, seed=seed,
        incumbent=_weights(incumbent),
    )  # fmt: skip
    step.wrote(1, of=3)
    arrays = _arrays(shop, until, known, chosen)
    step.wrote(2, of=3)
    path, sha256 = store_arrays(NAME, arrays)
    shown = _tuning(chosen, until)
    if profile == "full":
        shown |= evaluate(shop, horizon_days=horizon_days, as_of=until, profile="fast", seed=seed)
    version = register(
        name=NAME,
        run=run,
        as_of=as_of,
        fitted=Fitted(
            path=path,
            sha256=sha256,
            libraries=("numpy", "torch", "scipy", "safetensors"),
            feature_schema=["customer_pk", "product_pk", "local_day"],
            parameters=chosen.parameters(),
            metrics={**chosen.figures},
            evaluation=shown,
        ),
    )
    step.wrote(3, of=3)
    return _decide(version, incumbent, chosen.gains)


def make_lists(
    *, step: Step, as_of: datetime, run: Run, shop: Shop | None = None
) -> RecommendationLists:
    """The best products of each goal for every customer with a purchase, by the promoted version.

    The file is written whole, then named by a row: committing it is the publication.
    """
    version = promoted_version(NAME)
    if version is None:
        raise NotTrained("There is no promoted version of the recommendations. Train one first.")
    shop = record_shop() if shop is None else shop
    until = local_wall(as_of, shop.zone) if as_of.tzinfo else as_of
    served = serving(version)
    found = _of_version(purchases(shop, until), served)
    blocks, total = [], len(found.customer_pks)
    for first in range(0, total, BLOCK):
        rows = np.arange(first, min(first + BLOCK, total))
        blocks.append(_block(served, found, rows))
        step.wrote(int(rows[-1]) + 1, of=total + 1)
    frame = pl.concat(blocks) if blocks else pl.DataFrame(schema=SCHEMA)
    lists = _publish(frame, version=version, run=run, as_of=as_of)
    step.wrote(total + 1, of=total + 1)
    return lists


def serving(version: ModelVersion) -> Served:
    """The version's arrays mapped into memory; refuses a damaged file."""
    return Served(mapped_arrays(version), version.parameters)


def _enough(known: Purchases) -> None:
    found = {"purchases": len(known.interactions.day), "customers": len(known.customer_pks)}
    short = [f"{LEAST[n]} {n} (there are {found[n]})" for n in LEAST if found[n] < LEAST[n]]
    if short:
        raise NotYet(f"Not yet: recommendations need {' and '.join(short)}.")


def _arrays(shop: Shop, until: datetime, known: Purchases, chosen: Chosen) -> dict[str, np.ndarray]:
    """Everything that answers: nothing of it is about a person."""
    fitted = fit_all(chosen, known.interactions)
    shared = set(fitted[Blend.key])
    whole = purchases(shop, until, catalogue=True)
    fitted["content"] = chosen.methods["content"].fit(whole.interactions)
    fitted["together"] = bought_together(known.interactions)
    last = np.zeros(len(known.product_pks), np.int64)
    np.maximum.at(last, known.interactions.product, known.interactions.day)
    named = {
        f"{key}.{name}": array
        for key, arrays in fitted.items()
        for name, array in arrays.items()
        # The blend's sources are stored once, inside it.
        if key == Blend.key or f"{key}.{name}" not in shared
    }
    return {
        **named,
        "product_pks": known.product_pks,
        "catalogue_pks": whole.product_pks,
        "buyers": known.interactions.buyers,
        "last_sold": last,
    }


def _tuning(chosen: Chosen, until: datetime) -> dict[str, Any]:
    """The figures of the last window before as_of in an evaluation's shape."""
    rows = []
    for goal, figures in chosen.figures.items():
        first = chosen.promoted[goal]
        order = [first, *(key for key in figures if key != first)]
        rows += [
            {"method": "promoted" if key == first else key, "answers": key, "goal": goal,
             f"ndcg@{K}": round(figures[key], 5)}
            for key in order
        ]  # fmt: skip
    said = "Too few purchases to choose options and weights by: defaults stand."
    if chosen.window:
        said = f"The window that options and weights were chosen in: {' to '.join(chosen.window)}."
    return {"name": NAME, "as_of": until.isoformat(), "protocol": said, "rows": rows}


def _decide(
    version: ModelVersion, incumbent: ModelVersion | None, gains: Mapping[str, tuple[float, float]]
) -> ModelVersion:
    """Promote unless a baseline or the promoted version does better in the window.

    The promoted one has often seen that window already, so it must be better by a standard error.
    """
    figures: Mapping[str, Mapping[str, float]] = version.metrics
    if not figures:
        if incumbent is None:
            return promote(version=version, verdict="Defaults: too few purchases to compare by.")
        return _kept(version, "Not promoted: too few purchases to compare it by.")
    mine = {goal: max(told.values()) for goal, told in figures.items()}
    base = {goal: max(told[key] for key in BASELINES) for goal, told in figures.items()}
    if all(mine[goal] <= base[goal] for goal in mine):
        return _kept(version, "Not promoted: no better than the baselines for any goal.")
    for goal, (gain, error) in gains.items():
        if gain < -error:
            return _kept(
                version,
                f"Not promoted: the present version {getattr(incumbent, 'pk', '')} is better at"
                f" {goal} by {-gain:.4f} in NDCG@{K} (standard error {error:.4f}).",
            )
    said = ", ".join(f"{goal} {mine[goal]:.3f} (baseline {base[goal]:.3f})" for goal in mine)
    return promote(version=version, verdict=f"Beats the baselines in NDCG@{K}: {said}.")


def _weights(version: ModelVersion | None) -> Mapping[Any, Any] | None:
    """The weights of a version's blend, of whatever length they were then."""
    methods = version.parameters.get("methods", {}) if version else {}
    learnt: Mapping[Any, Any] | None = methods.get(Blend.key, {}).get("learnt")
    return learnt


def _kept(version: ModelVersion, verdict: str) -> ModelVersion:
    version.verdict = verdict
    version.save(update_fields=["verdict"])
    return version


@dataclass(frozen=True)
class _Known:
    customer_pks: np.ndarray
    histories: Any


def _of_version(known: Purchases, served: Served) -> _Known:
    """Purchases by the version's positions; a product that it does not know counts for nothing."""
    at = np.searchsorted(served.product_pks, known.product_pks)
    at = np.minimum(at, len(served.product_pks) - 1)
    place = np.where(served.product_pks[at] == known.product_pks, at, -1)
    old = known.interactions
    product = place[old.product]
    kept = product >= 0
    histories = type(old).of(
        old.customer[kept], product[kept], old.day[kept], customers=old.customers,
        facts=served.history([], [], 0).facts, as_of=old.as_of,
    )  # fmt: skip
    return _Known(known.customer_pks, histories)


def _block(served: Served, known: _Known, rows: np.ndarray) -> pl.DataFrame:
    histories = known.histories.rows(rows)
    columns: dict[str, Any] = {"customer_pk": known.customer_pks[rows]}
    for goal, ranked in served.rank(histories).items():
        columns[f"{goal}_product"] = [served.product_pks[r.products].tolist() for r in ranked]
        columns[f"{goal}_score"] = [r.scores.tolist() for r in ranked]
        columns[f"{goal}_source"] = [r.sources for r in ranked]
    return pl.DataFrame(columns, schema=SCHEMA)


SCHEMA: dict[str, Any] = {
    "customer_pk": pl.Int64,
    **{
        f"{goal}_{name}": pl.List(dtype)
        for goal in GOALS
        for name, dtype in (("product", pl.Int64), ("score", pl.Float32), ("source", pl.String))
    },
}


def withdraw() -> None:
    """No lists, as before the first: nobody is left whom anything could be recommended to."""
    RecommendationLists.objects.all().delete()
    store.remove_unused(set())


@transaction.atomic
def _publish(
    frame: pl.DataFrame, *, version: ModelVersion, run: Run, as_of: datetime
) -> RecommendationLists:
    lists = RecommendationLists.objects.create(
        version=version, run=run, as_of=as_of, path=str(store.write_lists(frame)), rows=frame.height
    )
    kept = list(RecommendationLists.objects.values_list("pk", flat=True)[:KEPT_LISTS])
    RecommendationLists.objects.exclude(pk__in=kept).delete()
    store.remove_unused(set(RecommendationLists.objects.values_list("path", flat=True)))
    return lists
