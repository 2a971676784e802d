"""Which days are looked at, what is chosen from them, and that nothing after them counts."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from core.contracts.predictor import Target
from predictions.backtest import Recipe, Walk, choose
from predictions.profiles import FAST, FULL, NotYet, plan

FIRST, AS_OF = datetime.fromisoformat("2025-01-01"), datetime.fromisoformat("2026-01-01")


def days(*numbers):
    return [AS_OF - timedelta(days=number) for number in numbers]


def test_windows_follow_each_other_and_end_at_as_of():
    made = plan(FIRST, AS_OF, 28, FULL)

    assert list(made.windows) == days(196, 168, 140, 112, 84, 56, 28, 0)
    assert made.judging() == days(112, 84, 56, 28)
    assert made.choosing(days(112)[0]) == days(196, 168, 140)
    assert AS_OF not in made.past().windows


def test_training_origins_are_over_when_a_window_begins_and_have_nine_weeks_before_them():
    made = plan(FIRST, AS_OF, 28, FULL)

    before = made.before(days(112)[0])

    assert before[-1] == days(140)[0]
    assert before[-1] - before[-2] == timedelta(days=14)
    assert before[0] >= FIRST + timedelta(days=63)


def test_the_fast_profile_looks_at_fewer_days():
    made = plan(FIRST, AS_OF, 28, FAST)

    assert list(made.windows) == days(112, 84, 56, 28, 0)
    assert len(made.before(AS_OF)) == 8


def test_ninety_days_of_history_still_make_a_plan():
    made = plan(AS_OF - timedelta(days=90), AS_OF, 28, FULL)

    assert made.before(AS_OF)
    assert made.windows[-1] == AS_OF


@pytest.mark.parametrize(("history", "horizon"), [(30, 28), (100, 91), (3, 1)])
def test_a_horizon_longer_than_the_history_is_told_what_is_missing(history, horizon):
    with pytest.raises(NotYet, match=f"needs {horizon + 14} days of orders"):
        plan(AS_OF - timedelta(days=history), AS_OF, horizon, FULL)


@pytest.mark.parametrize("horizon", [0, -3, 731])
def test_a_horizon_that_is_none_is_refused(horizon):
    with pytest.raises(NotYet, match="between 1 and 730"):
        plan(FIRST, AS_OF, horizon, FULL)


def walked(truth_of, windows, target=Target.ORDERS, customers=400):
    """Two methods and a baseline whose errors are known: ``good`` by 1, ``bad`` by 3."""
    made = plan(FIRST, AS_OF, 28, FULL)
    scores, truth = {}, {}
    for number, window in enumerate(windows):
        dice = np.random.default_rng(number)
        came = truth_of(dice, customers)
        truth[window] = came
        noise = dice.choice([-1.0, 1.0], customers)
        other = dice.choice([-1.0, 1.0], customers)
        scores[window] = pd.DataFrame(
            {"base_rate": np.full(customers, came.mean()), "bad": came + 3 * noise + 0.0,
             "good": came + other}
        )  # fmt: skip
    return Walk(target, made, scores, truth, {}, frozenset({"base_rate"}))


def poisson(dice, customers):
    return dice.poisson(5.0, customers).astype(float)


def test_the_better_method_gets_most_of_the_weight():
    windows = days(84, 56, 28, 0)

    recipe = choose(walked(poisson, windows), AS_OF)

    # By least squares 9 : 1, and a quarter drawn towards one half each; the mean has little.
    assert recipe.weights["good"] == pytest.approx(0.75 * 0.8 + 0.25 * 0.5, abs=0.1)
    assert sum(recipe.weights.values()) == pytest.approx(1.0, abs=1e-4)
    assert recipe.factor == pytest.approx(1.0, abs=0.02)


def test_what_comes_in_the_window_itself_chooses_nothing():
    windows = days(84, 56, 28, 0)
    found = walked(poisson, windows)
    before = choose(found, AS_OF)

    found.truth[AS_OF][:] = 0.0

    assert choose(found, AS_OF) == before
    found.truth[days(28)[0]][:] = 0.0
    assert choose(found, AS_OF) != before


def test_without_an_earlier_window_all_methods_share():
    recipe = choose(walked(poisson, days(0)), AS_OF)

    assert recipe.weights == {"bad": 0.5, "good": 0.5}
    assert "no earlier window" in recipe.reason
    assert recipe.factor == 1.0


def test_too_few_customers_choose_nothing_and_say_so():
    recipe = choose(walked(poisson, days(28, 0), customers=12), AS_OF)

    assert recipe.weights == {"bad": 0.5, "good": 0.5}
    assert "12 customers" in recipe.reason


def test_a_recipe_is_read_back_from_its_parameters():
    recipe = Recipe(Target.CHURN, {"a": 0.25, "b": 0.75}, slope=0.9, shift=0.1, reason="because")

    assert Recipe.of(Target.CHURN, recipe.parameters()) == recipe
