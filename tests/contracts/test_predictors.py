"""What every predictor keeps to; a new file in predictions/predictors is found and tested."""

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import polars as pl
import pytest

from core.contracts.predictor import Predictor, Target
from core.registry import plugins
from predictions.backtest import loss
from predictions.frames import history
from tests.shops.simulated import simulated_shop

FOUND = plugins(packages=["predictions.predictors"], contract=Predictor)
CASES = [(key, target) for key, cls in FOUND.items() for target in cls.targets]
HORIZON = 28
AS_OF = datetime.fromisoformat("2025-12-04")
ORIGINS = [AS_OF - timedelta(days=28 * number) for number in range(1, 5)]
# A rule of thumb may do worse than the mean.
NOT_BETTER = ("base_rate", "last_period")


def known(shop):
    days = [*ORIGINS, AS_OF]
    return history(shop, days, HORIZON, known_until=AS_OF + timedelta(days=HORIZON))


@pytest.fixture(scope="module")
def past():
    return known(simulated_shop())


@pytest.fixture(scope="module")
def fitted(past):
    """{(key, target): model}, each fitted once with quick options."""
    return {
        (key, target): FOUND[key].fast().fit(past.training(ORIGINS[::-1], target), target)
        for key, target in CASES
    }


def test_the_predictors_are_found():
    assert set(FOUND) == {
        "base_rate", "bg_nbd", "boosted_regression", "decision_tree", "gradient_boosting",
        "last_period", "logistic_regression", "poisson_regression", "random_forest",
        "recency_rule",
    }  # fmt: skip


@pytest.mark.parametrize(("key", "target"), CASES)
def test_there_is_one_finite_score_a_customer_in_the_unit(key, target, past, fitted):
    scores = fitted[key, target].predict(past.features[AS_OF])

    assert scores.shape == (len(past.features[AS_OF]),)
    assert np.isfinite(scores).all()
    assert scores.min() >= 0
    assert target is not Target.CHURN or scores.max() <= 1


@pytest.mark.parametrize(("key", "target"), CASES)
def test_the_training_set_is_left_as_it_was(key, target, past):
    training = past.training(ORIGINS[::-1], target)
    before = training.features.copy(), training.target.copy()

    FOUND[key].fast().fit(training, target)

    pd.testing.assert_frame_equal(training.features, before[0])
    assert (training.target == before[1]).all()


@pytest.mark.parametrize(("key", "target"), CASES)
def test_the_same_table_gives_the_same_scores(key, target, past, fitted):
    again = FOUND[key].fast().fit(past.training(ORIGINS[::-1], target), target)
    rows = past.features[AS_OF]

    assert (again.predict(rows) == fitted[key, target].predict(rows)).all()


@pytest.mark.parametrize(("key", "target"), CASES)
def test_what_is_saved_and_restored_gives_the_same_scores(key, target, past, fitted):
    model, rows = fitted[key, target], past.features[AS_OF]

    restored = FOUND[key].restored(model.stored())

    assert (restored.predict(rows) == model.predict(rows)).all()


@pytest.mark.parametrize(("key", "target"), CASES)
@pytest.mark.parametrize("cut", [0.0, 0.5])
def test_half_a_file_is_refused(key, target, cut, fitted):
    data = fitted[key, target].stored()

    with pytest.raises(ValueError, match="no stored model"):
        FOUND[key].restored(data[: int(len(data) * cut)])


@pytest.mark.parametrize(("key", "target"), CASES)
def test_an_unknown_customer_and_missing_columns_get_a_score(key, target, past, fitted):
    nothing = pd.DataFrame(np.nan, index=[99], columns=past.features[AS_OF].columns)
    bare = pd.DataFrame({"recency_days": [12.0]}, index=[99])

    for rows in (nothing, bare):
        assert np.isfinite(fitted[key, target].predict(rows)).all()


@pytest.mark.parametrize(("key", "target"), CASES)
def test_one_class_only_and_constant_features_are_learnt_as_a_constant(key, target, past):
    training = past.training(ORIGINS[::-1], target)
    value = 1.0 if target is Target.CHURN else 2.0
    alike = replace(training, target=np.full(len(training.target), value))
    flat = replace(training, features=training.features * 0.0 + 1.0)

    for table in (alike, flat, alike.rows(np.arange(3))):
        assert np.isfinite(FOUND[key].fast().fit(table, target).predict(table.features)).all()


@pytest.mark.parametrize(("key", "target"), [c for c in CASES if c[0] not in NOT_BETTER])
def test_it_beats_the_base_rate_in_a_later_window(key, target, past, fitted):
    truth = past.labels[AS_OF][target.value].to_numpy()
    rows = past.features[AS_OF]

    ours = loss(target, truth, fitted[key, target].predict(rows))

    assert ours < loss(target, truth, fitted["base_rate", target].predict(rows))


def test_a_planted_future_row_changes_nothing(past):
    """No predictor sees lines: what it learns from is all that could leak."""
    shop = simulated_shop()
    end = AS_OF + timedelta(days=HORIZON)
    moved = pl.col("local_at") >= end
    planted = shop.lines.head(50).with_columns(
        pl.lit(end).alias("local_at"),
        pl.lit(end.date()).alias("local_day"),
        pl.lit("fax").alias("channel"),
        pl.lit(10**7).cast(pl.Int64).alias("amount_minor"),
    )
    assert shop.lines.filter(moved).collect().is_empty()

    after = known(replace(shop, lines=pl.concat([shop.lines, planted])))

    for origin in past.features:
        pd.testing.assert_frame_equal(after.features[origin], past.features[origin])
        pd.testing.assert_frame_equal(after.labels[origin], past.labels[origin])


@pytest.mark.parametrize("key", [key for key, target in CASES if target is Target.CHURN])
def test_longer_silence_never_lowers_churn(key, past, fitted):
    """Day after day without an order: recency grows and the windows empty."""
    rows, model = past.features[AS_OF].head(200), fitted[key, Target.CHURN]
    windows = [name for name in rows if name.endswith("d") and name[-2].isdigit()]
    before = model.predict(rows)
    for days in (10, 30, 90, 400):
        later = rows.assign(
            recency_days=rows["recency_days"] + days,
            **{n: rows[n].where(rows["recency_days"] + days < _days(n), 0.0) for n in windows},
        )
        after = model.predict(later)
        assert (after >= before - 1e-9).all()
        before = after


def _days(name: str) -> int:
    return int(name.rsplit("_", 1)[1].removesuffix("d"))


@pytest.mark.parametrize("how", ["none", "weights", "oversample", "undersample"])
@pytest.mark.parametrize(
    "key", ["logistic_regression", "decision_tree", "random_forest", "gradient_boosting"]
)
def test_a_balanced_training_still_tells_the_true_share(key, how, past):
    training = past.training(ORIGINS[::-1], Target.CHURN)

    model = replace(FOUND[key].fast(), imbalance=how).fit(training, Target.CHURN)

    share = model.predict(training.features).mean()
    assert share == pytest.approx(training.target.mean(), abs=0.04)
