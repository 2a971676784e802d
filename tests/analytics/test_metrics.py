"""Figures by hand, and against scikit-learn on drawn numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics import curves, metrics
from analytics.ranks import deciles

TRUTH = np.array([0.0, 0.0, 1.0, 1.0, 1.0, 0.0])
SCORE = np.array([0.1, 0.4, 0.35, 0.8, 0.8, 0.8])


def test_the_hand_table_of_a_probability():
    # Pairs (left, stayed): .35 beats .1, loses to .4 and .8; each .8 beats .1 and .4, ties .8.
    assert metrics.auc(TRUTH, SCORE) == pytest.approx((1 + 2.5 + 2.5) / 9)
    # At .8: 2 of 3 caught, precision 2/3; at .35: all caught, precision 3/5.
    assert metrics.average_precision(TRUTH, SCORE) == pytest.approx(2 / 3 * 2 / 3 + 1 / 3 * 3 / 5)
    assert metrics.brier(TRUTH, SCORE) == pytest.approx(
        (0.01 + 0.16 + 0.65**2 + 0.04 + 0.04 + 0.64) / 6
    )


def test_the_hand_table_at_a_cut():
    found = metrics.at_cut(TRUTH, SCORE, 0.4)

    assert found["confusion"] == {"labels": ["stays", "leaves"], "matrix": [[1, 2], [1, 2]]}
    assert (found["accuracy"], found["precision"]) == (0.5, 0.5)
    assert found["recall"] == pytest.approx(2 / 3)
    assert found["f1"] == pytest.approx(4 / 7)
    assert found["support"] == 6


def test_the_best_cut_catches_all_three():
    # F1 at .8 is 4/6, at .4 4/7, at .35 6/8, at .1 6/9.
    assert metrics.best_cut(TRUTH, SCORE) == 0.35


def test_calibration_error_of_two_bins():
    score = np.array([0.1, 0.3, 0.5, 0.9])
    truth = np.array([0.0, 1.0, 1.0, 1.0])

    # (|.5 − .2| · 2 + |1 − .7| · 2) / 4
    assert metrics.expected_calibration_error(truth, score, bins=2) == pytest.approx(0.3)


def test_a_forecast_of_quantities_by_hand():
    truth, score = np.array([0.0, 2.0, 4.0]), np.array([1.0, 2.0, 6.0])

    assert metrics.rmse(truth, score) == pytest.approx((5 / 3) ** 0.5)
    assert metrics.bias(truth, score) == pytest.approx(0.5)
    assert metrics.spearman(truth, score) == pytest.approx(1.0)
    losses = (truth - score) ** 2
    assert metrics.paired_standard_error(losses, np.zeros(3)) == pytest.approx(
        np.std([1, 0, 4], ddof=1) / 3**0.5
    )


def test_what_is_not_defined_is_nan():
    alike = np.zeros(3)

    assert np.isnan(metrics.auc(alike, SCORE[:3]))
    assert np.isnan(metrics.average_precision(alike, SCORE[:3]))
    assert np.isnan(metrics.bias(alike, SCORE[:3]))
    assert np.isnan(metrics.spearman(alike, SCORE[:3]))
    assert np.isnan(metrics.log_loss(np.empty(0), np.empty(0)))


tables = st.lists(
    st.tuples(st.sampled_from([0.0, 1.0]), st.sampled_from([0.05, 0.2, 0.2, 0.5, 0.7, 0.99])),
    min_size=4,
    max_size=60,
).filter(lambda rows: len({truth for truth, _ in rows}) == 2)


@settings(max_examples=40, deadline=None)
@given(rows=tables)
def test_it_says_what_scikit_learn_says(rows):
    from sklearn import metrics as sklearn

    truth, score = np.array(rows).T

    assert metrics.auc(truth, score) == pytest.approx(sklearn.roc_auc_score(truth, score))
    assert metrics.average_precision(truth, score) == pytest.approx(
        sklearn.average_precision_score(truth, score)
    )
    assert metrics.log_loss(truth, score) == pytest.approx(sklearn.log_loss(truth, score))
    assert metrics.brier(truth, score) == pytest.approx(sklearn.brier_score_loss(truth, score))
    found = metrics.at_cut(truth, score, 0.5)
    assert found["confusion"]["matrix"] == sklearn.confusion_matrix(truth, score >= 0.5).tolist()
    assert found["f1"] == pytest.approx(sklearn.f1_score(truth, score >= 0.5, zero_division=0))


def test_delongs_error_is_that_of_drawing_again():
    dice = np.random.default_rng(2)
    truth = (dice.random(600) < 0.4).astype(float)
    first, second = truth + dice.normal(0, 1.0, 600), truth + dice.normal(0, 1.3, 600)
    differences = []
    for _ in range(400):
        again = dice.integers(0, 600, 600)
        differences.append(
            metrics.auc(truth[again], first[again]) - metrics.auc(truth[again], second[again])
        )

    ours = metrics.auc_standard_error(truth, first, second)

    assert ours == pytest.approx(np.std(differences), rel=0.15)


def test_lift_by_decile_and_reliability_by_hand():
    truth = np.array([0.0] * 8 + [1.0] * 2)
    score = np.arange(10) / 10

    top = curves.lift(truth, score, bins=5)[0]
    last = curves.reliability(truth, score, bins=5)[-1]

    assert top == {"decile": 1, "customers": 2, "share": 1.0, "lift": 5.0, "caught": 1.0}
    assert (last["score"], last["share"], last["customers"]) == (pytest.approx(0.85), 1.0, 2)
    assert last["low"] < 1.0


def test_curves_end_where_they_must_and_are_thinned():
    dice = np.random.default_rng(0)
    truth, score = (dice.random(5_000) < 0.3).astype(float), dice.random(5_000)

    roc, pr = curves.roc(truth, score), curves.precision_recall(truth, score)

    assert (roc[0], roc[-1]) == ([0.0, 0.0], [1.0, 1.0])
    assert pr[-1] == [1.0, pytest.approx(truth.mean(), abs=1e-5)]
    assert len(roc) <= 61
    assert len(pr) <= 60
    assert curves.roc(np.zeros(3), score[:3]) == []


def test_decile_1_is_the_most_likely_tenth_and_equal_scores_stay_together():
    assert deciles(np.arange(20) / 20).tolist() == [d for d in range(10, 0, -1) for _ in range(2)]
    assert len(set(deciles(np.ones(7)).tolist())) == 1
    assert deciles(np.empty(0)).tolist() == []
