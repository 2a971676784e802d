"""The evaluation as it is printed, on simulated shops from large to hopeless."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import polars as pl
import pytest

from core.errors import NotFound
from predictions.evaluation import evaluate
from predictions.profiles import NotYet
from tests.shops.simulated import simulated_shop

AS_OF = datetime.fromisoformat("2026-01-01")


@pytest.fixture(scope="module")
def churn():
    return evaluate("churn", simulated_shop(), horizon_days=28, as_of=AS_OF, profile="fast")


def test_the_promoted_method_stands_first_and_the_baselines_after_it(churn):
    methods = [row["method"] for row in churn["rows"]]

    assert methods[:3] == ["promoted", "base_rate", "recency_rule"]
    assert set(methods[3:]) == {
        "bg_nbd", "decision_tree", "gradient_boosting", "logistic_regression", "random_forest",
    }  # fmt: skip


def test_each_row_has_the_known_figures(churn):
    named = {
        "method", "horizon_days", "auc", "average_precision", "brier", "ece", "accuracy",
        "precision", "recall", "f1", "support", "confusion", "standard_error", "difference",
    }  # fmt: skip

    for row in churn["rows"]:
        assert named <= set(row)
        matrix = row["confusion"]["matrix"]
        assert sum(map(sum, matrix)) == row["support"]
        assert row["accuracy"] == pytest.approx((matrix[0][0] + matrix[1][1]) / row["support"])


def test_it_is_json_and_knows_its_windows(churn):
    assert json.loads(json.dumps(churn)) == churn
    assert (churn["name"], churn["as_of"]) == ("churn", "2026-01-01T00:00:00")
    assert [w["until"][:10] for w in churn["windows"]] == ["2025-12-04", "2026-01-01"]
    assert set(churn["pictures"]) == {
        "reliability", "lift", "roc", "precision_recall", "importances",
    }  # fmt: skip


def test_the_choice_beats_the_baselines_on_a_simulated_shop(churn):
    rows = {row["method"]: row for row in churn["rows"]}

    assert rows["promoted"]["log_loss"] < rows["recency_rule"]["log_loss"]
    assert rows["promoted"]["auc"] > rows["recency_rule"]["auc"]
    assert rows["base_rate"]["auc"] == 0.5


def test_rows_from_as_of_on_change_nothing(churn):
    shop = simulated_shop()
    later = shop.lines.head(30).with_columns(
        pl.lit(AS_OF).alias("local_at"), pl.lit(AS_OF.date()).alias("local_day")
    )
    more = replace(shop, lines=pl.concat([shop.lines, later]))

    assert evaluate("churn", more, horizon_days=28, as_of=AS_OF, profile="fast") == churn


@pytest.mark.parametrize("name", ["orders", "spend"])
def test_quantities_have_their_figures_too(name):
    found = evaluate(name, simulated_shop(), horizon_days=28, as_of=AS_OF, profile="fast")

    rows = {row["method"]: row for row in found["rows"]}
    assert {"rmse", "bias", "spearman", "standard_error"} <= set(rows["promoted"])
    assert rows["promoted"]["rmse"] < rows["base_rate"]["rmse"]
    assert abs(rows["promoted"]["bias"]) < 0.35
    assert json.loads(json.dumps(found)) == found


def one_order_each(shop):
    first = pl.col("local_at") == pl.col("local_at").min().over("customer_pk")
    return replace(shop, lines=shop.lines.filter(first))


def same_day_every_week(shop):
    """Thirty customers alike who buy every Monday for the same: nothing varies, nobody leaves."""
    monday = datetime.fromisoformat("2025-05-05")
    row = shop.lines.filter(~pl.col("returned")).head(1).collect()
    frames = [
        row.with_columns(
            pl.lit(c).cast(pl.Int64).alias("customer_pk"),
            pl.lit(100 * week + c).cast(pl.Int64).alias("order_pk"),
            pl.lit(monday + timedelta(weeks=week)).alias("local_at"),
            pl.lit((monday + timedelta(weeks=week)).date()).alias("local_day"),
        )
        for week in range(34)
        for c in range(1, 31)
    ]
    return replace(shop, lines=pl.concat(frames).select(shop.lines.collect_schema().names()).lazy())


@pytest.mark.parametrize(
    "name",
    ["churn", *(pytest.param(name, marks=pytest.mark.slow) for name in ("orders", "spend"))],
)
@pytest.mark.parametrize(
    "strange",
    [
        one_order_each,
        same_day_every_week,
        lambda shop: replace(shop, lines=shop.lines.filter(pl.col("customer_pk") <= 5)),
        lambda shop: replace(shop, lines=shop.lines.with_columns(amount_minor=pl.lit(0, pl.Int64))),
    ],
    ids=["one order each", "all alike", "five customers", "all for nothing"],
)
@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_a_strange_shop_gets_shrunk_figures_and_no_error(name, strange):
    found = evaluate(name, strange(simulated_shop()), horizon_days=28, as_of=AS_OF, profile="fast")

    assert found["rows"][0]["method"] == "promoted"
    assert json.loads(json.dumps(found)) == found


def test_an_empty_shop_is_told_what_it_lacks():
    shop = simulated_shop()

    with pytest.raises(NotYet, match="no order to learn from"):
        evaluate("churn", replace(shop, lines=shop.lines.head(0)), horizon_days=28)


def test_a_horizon_that_leaves_no_window_to_judge_by_is_refused():
    with pytest.raises(NotYet, match="Not yet"):
        evaluate("churn", simulated_shop(), horizon_days=200, as_of=AS_OF)


def test_an_unknown_name_is_refused():
    with pytest.raises(NotFound, match="no prediction"):
        evaluate("weather", simulated_shop(), horizon_days=28)
