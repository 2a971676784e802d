"""Reasons are true of the model, and speak with the customer's own figures."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from core.contracts.predictor import Target
from predictions.ensemble import Ensemble, medians_of, restored
from predictions.evaluation import known_history, planned
from predictions.horizon import default_horizon
from predictions.reasons import contributions, reasons, reasons_frame
from predictions.training import learnt
from predictions.words import sentence
from tests.shops.simulated import simulated_shop

AS_OF = datetime.fromisoformat("2026-01-01")


class Line:
    """A score that anyone can work out: .1 + days / 100, less the orders in a month / 10."""

    def predict(self, features):
        return (0.1 + features["recency_days"] / 100 - features["orders_30d"] / 10).to_numpy()


def test_a_contribution_is_the_score_less_that_at_the_median():
    rows = pd.DataFrame(
        {"recency_days": [74.0, 10.0], "orders_30d": [0.0, np.nan], "gap_days_mean": [31.0, np.nan]}
    )

    table = contributions(rows, {"recency_days": 14.0, "orders_30d": 2.0}, Line())

    assert table["recency_days"][0] == pytest.approx(0.60)
    assert table["orders_30d"].tolist() == pytest.approx([0.2, 0.0])


def test_the_words_carry_the_customers_own_figures():
    row = pd.Series({"recency_days": 74.0, "orders_30d": 0.0, "gap_days_mean": 31.4})

    told = reasons(row, {"recency_days": 14.0, "orders_30d": 2.0}, Line())

    assert [reason.words for reason in told] == [
        "74 days since the last order, usually 31",
        "0 orders in the last 30 days (median 2)",
    ]
    assert [reason.direction for reason in told] == ["raises", "raises"]
    assert told[0].contribution == pytest.approx(0.6)


def test_who_bought_on_one_day_has_no_usual_gap():
    assert sentence("recency_days", 1.0, 14.0, float("nan")) == "1 day since the only order day"


def test_money_in_a_reason_is_written_in_the_shops_currency():
    spent = sentence("spend_30d", 0.0, 91.11, 3.0, money=lambda amount: f"${amount:,.0f}")
    assert spent == "spent $0 in the last 30 days (median $91)"
    assert sentence("average_order_value", 1250.4, 52.0, 3.0) == "1,250 per order (median 52)"


@pytest.fixture(scope="module")
def model_and_rows():
    shop = simulated_shop(customers=1_200, days=240, seed=4)
    days = planned(shop, AS_OF, 28, "fast")
    known = known_history(shop, days)
    return learnt(known, days, Target.CHURN), known.features[AS_OF]


def test_moving_only_the_most_cited_feature_moves_the_score_as_stated(model_and_rows):
    trained, features = model_and_rows
    model, rows = trained.model, features.head(1_000)
    told = reasons_frame(rows, model.medians, model)
    now, right = model.predict(rows), 0
    for name in told["feature_1"].dropna().unique():
        cited = (told["feature_1"] == name).to_numpy()
        moved = rows.assign(**{name: np.where(cited, model.medians[name], rows[name])})
        change = now - model.predict(moved)
        right += int((np.sign(change) == np.sign(told["contribution_1"]))[cited].sum())

    assert len(rows) == 1_000
    assert right / told["feature_1"].notna().sum() >= 0.95


def test_one_customers_reasons_are_those_of_the_frame(model_and_rows):
    trained, features = model_and_rows
    rows = features.head(5)
    told = reasons_frame(rows, trained.model.medians, trained.model)

    for place in range(5):
        alone = reasons(rows.iloc[place], trained.model.medians, trained.model)
        assert alone[0].words == told["words_1"].iloc[place]
        assert alone[0].contribution == pytest.approx(told["contribution_1"].iloc[place])


def test_the_whole_model_comes_back_from_its_file(model_and_rows):
    trained, rows = model_and_rows

    again = restored(trained.model.stored())

    assert isinstance(again, Ensemble)
    assert (again.predict(rows) == trained.model.predict(rows)).all()
    assert again.recipe == trained.model.recipe
    with pytest.raises(ValueError, match="no stored model"):
        restored(trained.model.stored()[:-100])


@pytest.mark.slow
def test_the_same_past_gives_the_same_parameters(model_and_rows):
    trained, _ = model_and_rows
    shop = simulated_shop(customers=1_200, days=240, seed=4)
    days = planned(shop, AS_OF, 28, "fast")

    again = learnt(known_history(shop, days), days, Target.CHURN)

    assert again.parameters == trained.parameters
    assert again.metrics == trained.metrics


def test_longer_silence_never_lowers_churn_of_the_blend(model_and_rows):
    trained, rows = model_and_rows
    before = trained.model.predict(rows)
    for days in (5, 20, 60, 200):
        after = trained.model.predict(rows.assign(recency_days=rows["recency_days"] + days))
        assert (after >= before - 1e-9).all()
        before = after


def test_medians_leave_out_what_nobody_has():
    rows = pd.DataFrame({"a": [1.0, 3.0, np.nan], "b": [np.nan] * 3})

    assert medians_of(rows) == {"a": 2.0}


def test_the_usual_horizon_lies_within_limits():
    shop = simulated_shop()

    assert 7 <= default_horizon(shop) <= 60
    assert default_horizon(shop) == default_horizon(shop)


def test_beyond_as_of_there_is_nothing_to_know():
    shop = simulated_shop()
    days = planned(shop, AS_OF - timedelta(days=60), 28, "fast")

    assert max(known_history(shop, days).features) == AS_OF - timedelta(days=60)
