import numpy as np
import pytest

from analytics.logistic import fit_logistic
from analytics.ranking import judge, paired_error


def test_figures_of_two_customers_by_hand():
    hits = np.array([[True, False, True], [False, False, False]])
    found = judge(hits, np.array([2, 7]))
    best = 1 + 1 / np.log2(3)
    assert found.ndcg.tolist() == [pytest.approx((1 + 0.5) / best), 0.0]
    assert found.recall.tolist() == [1.0, 0.0]
    assert found.average_precision.tolist() == [pytest.approx((1 + 2 / 3) / 2), 0.0]
    assert found.hits.tolist() == [2.0, 0.0]


def test_a_paired_error_is_that_of_the_differences():
    first, second = np.array([1.0, 2.0, 4.0]), np.array([1.0, 1.0, 1.0])
    assert paired_error(first, second) == pytest.approx(np.std([0, 1, 3], ddof=1) / 3**0.5)
    assert paired_error(first[:1], second[:1]) == 0.0


def test_the_logistic_regression_is_that_of_scikit_learn():
    from sklearn.linear_model import LogisticRegression

    dice = np.random.default_rng(2)
    features = dice.normal(3, 5, (500, 3))
    happened = dice.random(500) < 1 / (1 + np.exp(-(features @ [0.3, -0.2, 0.0] - 1)))
    scaled = (features - features.mean(0)) / features.std(0)
    peer = LogisticRegression(C=1.0, tol=1e-10, max_iter=1000).fit(scaled, happened)

    found = fit_logistic(features, happened, ridge=1.0)

    np.testing.assert_allclose(found.weights * features.std(0), peer.coef_[0], atol=1e-5)
    np.testing.assert_allclose(found.log_odds(features), peer.decision_function(scaled), atol=1e-4)


def test_a_column_that_says_all_or_nothing_leaves_finite_weights():
    happened = np.arange(100) % 2 == 0
    features = np.column_stack([happened * 1.0, np.ones(100)]).astype(np.float32)
    found = fit_logistic(features, happened)
    assert np.isfinite(found.weights).all()
    assert ((found.log_odds(features) > 0) == happened).all()
