"""Segment labels as inputs: used where the back-test finds them worth it, and only there."""

from dataclasses import replace
from datetime import datetime

import numpy as np
import pandas as pd
import polars as pl
import pytest

from analytics.design import LABELS
from core.contracts.predictor import Target
from pipelines.labels import place, segment_labels
from predictions.ensemble import restored
from predictions.evaluation import evaluate, known_history
from predictions.frames import labelled, learner_features, outcomes
from predictions.profiles import FAST, plan
from predictions.training import learnt
from tests.shops.simulated import simulated_shop

AS_OF = datetime.fromisoformat("2026-01-01")
TRIES = replace(FAST, labels=True)


def foreseen(shop, as_of):
    """What nobody can know: whether the customer will be back."""
    whole = simulated_shop()
    people = learner_features(whole, as_of).index
    came = outcomes(whole, as_of, 28, people)["churn"]
    return pd.DataFrame({"label_cluster": came}, index=people)


def chance(shop, as_of):
    people = learner_features(shop, as_of).index
    drawn = np.random.default_rng(as_of.toordinal()).integers(0, 3, len(people))
    return pd.DataFrame({"label_cluster": drawn.astype(float)}, index=people)


def days():
    shop = simulated_shop()
    return plan(shop.span()[0], AS_OF, 28, TRIES)


def taught(labels):
    return learnt(known_history(simulated_shop(), days(), labels), days(), Target.CHURN)


def test_labels_that_tell_more_are_used_and_asked_for_when_scoring():
    trained = taught(foreseen)

    told = trained.parameters["labels"]
    assert told["used"] is True
    assert told["difference"] == pytest.approx(told["labelled"] - told["without"])
    assert told["difference"] < -0.1
    assert "as further inputs" in trained.evaluation["protocol"]
    assert trained.evaluation["labels"] == told
    model = restored(trained.model.stored())
    assert model.wants_labels
    rows = learner_features(simulated_shop(), AS_OF)
    fitting = labelled(rows, simulated_shop(), AS_OF, chance)
    assert not np.array_equal(model.predict(rows), model.predict(fitting))


def test_labels_that_tell_nothing_are_left_out_and_the_figure_is_kept():
    trained, plain = taught(chance), taught(None)

    assert trained.parameters["labels"]["used"] is False
    assert plain.parameters["labels"] is None
    assert not trained.model.wants_labels
    assert trained.metrics == plain.metrics
    assert trained.evaluation["rows"] == plain.evaluation["rows"]
    rows = learner_features(simulated_shop(), AS_OF)
    assert np.array_equal(trained.model.predict(rows), plain.model.predict(rows))


def test_the_fast_profile_does_not_try_labels():
    def never(shop, as_of):
        raise AssertionError("labels were asked for")

    found = evaluate(
        "churn", simulated_shop(), horizon_days=28, as_of=AS_OF, profile="fast", labels=never
    )

    assert "labels" not in found


def test_segment_labels_are_blind_to_rows_from_their_day_on():
    shop, at = simulated_shop(), datetime.fromisoformat("2025-10-01")
    before = segment_labels(shop, at)
    later = shop.lines.head(300).with_columns(
        pl.lit(at).alias("local_at"), pl.lit(at.date()).alias("local_day"),
        pl.lit(10**7).cast(pl.Int64).alias("amount_minor"),
    )  # fmt: skip

    after = segment_labels(replace(shop, lines=pl.concat([shop.lines, later])), at)

    pd.testing.assert_frame_equal(before, after)
    assert list(before.columns) == list(LABELS)
    assert set(before["label_recency_score"]) == {1.0, 2.0, 3.0, 4.0, 5.0}
    assert set(before["label_cluster"]) == {0.0, 1.0, 2.0}


def test_a_place_counts_the_groups_that_bought_more_lately():
    recency = np.array([5.0, 90.0, 7.0, 30.0])

    assert place(np.array(["New", "Dormant", "New", "At risk"]), recency).tolist() == [0, 2, 0, 1]


def test_a_longer_silence_moves_nobody_to_a_cluster_that_bought_more_lately():
    shop, at = simulated_shop(), datetime.fromisoformat("2025-10-01")
    recency = learner_features(shop, at)["recency_days"]

    means = recency.groupby(segment_labels(shop, at)["label_cluster"]).mean()

    assert means.is_monotonic_increasing
