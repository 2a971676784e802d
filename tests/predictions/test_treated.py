"""Door 6: what customers did under a campaign is not taken for their natural behaviour."""

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from core.contracts.predictor import Target
from predictions.frames import history, learner_features
from predictions.frames import outcomes as what_came
from predictions.predictors.logistic_regression import LogisticRegression
from predictions.treated import OUTCOME_SCHEMA
from tests.shops.simulated import simulated_shop

AS_OF = datetime.fromisoformat("2025-12-01")
H = 28
ORIGINS = [AS_OF - timedelta(days=H * n) for n in (1, 2, 3)]
LAUNCH = AS_OF - timedelta(days=26)


@pytest.fixture(scope="module")
def natural():
    return simulated_shop()


@pytest.fixture(scope="module")
def treated(natural):
    """Half of all customers, by chance."""
    everybody = natural.lines.select("customer_pk").unique().sort("customer_pk").collect()
    drawn = np.random.default_rng(5).random(everybody.height) < 0.5
    return everybody.filter(pl.Series(drawn))["customer_pk"]


@pytest.fixture(scope="module")
def campaigned(natural, treated):
    """The same shop, in which the campaign made each of them buy once, five days after it."""
    lines = natural.lines.collect()
    theirs = lines.filter(pl.col("customer_pk").is_in(treated.implode())).unique(
        "customer_pk", keep="first", maintain_order=True
    )
    at = LAUNCH + timedelta(days=5)
    more = theirs.with_columns(
        pl.lit(at, pl.Datetime("us")).alias("local_at"),
        pl.lit(at.date()).alias("local_day"),
        (pl.col("order_pk") + 10_000_000).alias("order_pk"),
        pl.lit(value=False).alias("returned"),
        pl.lit(1.0).alias("quantity"),
    )
    return replace(natural, lines=pl.concat([lines, more]).lazy())


def told(treated: pl.Series, kind: str | None = None) -> pl.DataFrame:
    return pl.DataFrame(
        {"customer_pk": treated, "treated_at": LAUNCH, "kind": kind, "at": None, "value": None},
        schema=OUTCOME_SCHEMA,
    )


def learnt_from(shop, campaigns):
    return history(shop, ORIGINS, H, known_until=AS_OF, campaigns=campaigns)


def expected_churn(shop, campaigns) -> float:
    known = learnt_from(shop, campaigns)
    fitted = LogisticRegression().fit(known.training(ORIGINS, Target.CHURN), Target.CHURN)
    return float(fitted.predict(learner_features(shop, AS_OF)).mean())


def test_a_campaign_does_not_make_customers_look_more_loyal_than_they_are(
    natural, campaigned, treated
):
    customers = learner_features(natural, AS_OF).index
    truth = what_came(natural, AS_OF, H, customers)[Target.CHURN].mean()
    blind = expected_churn(campaigned, None)
    seeing = expected_churn(campaigned, told(treated))
    assert blind < truth - 0.05
    assert abs(seeing - truth) < abs(blind - truth) / 2


def test_only_the_treated_and_only_the_windows_that_the_campaign_touches_are_left_out(
    natural, treated
):
    known = learnt_from(natural, told(treated, "clicked"))
    touched = {origin: int(mask.sum()) for origin, mask in known.left_out.items()}
    first, second, third = ORIGINS
    assert touched[first] == known.features[first].index.isin(treated.to_list()).sum() > 0
    # The treatment of 26 days before falls outside the window that ended two days earlier.
    assert (touched[second], touched[third]) == (0, 0)
    rows = sum(len(known.features[origin]) for origin in ORIGINS)
    assert known.campaigns == {
        "outcomes": len(treated), "treated_customers": len(treated),
        "rows_left_out": touched[first], "rows": rows,
    }  # fmt: skip
    assert len(known.training(ORIGINS, Target.CHURN).target) == rows - touched[first]


def test_a_campaign_of_later_is_not_known_yet(natural, treated):
    later = told(treated).with_columns(pl.lit(AS_OF, pl.Datetime("us")).alias("treated_at"))
    known = learnt_from(natural, later)
    assert (known.campaigns["treated_customers"], known.campaigns["rows_left_out"]) == (0, 0)


def test_where_nearly_everybody_was_treated_all_are_learnt_from(natural):
    everybody = natural.customers.collect()["customer_pk"]
    known = learnt_from(natural, told(everybody))
    assert known.campaigns["rows_left_out"] == 0
    assert known.campaigns["treated_customers"] == len(everybody)
