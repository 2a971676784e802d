import numpy as np
import pytest

from analytics.blend import blend_weights, blended, calibrated, logit, platt, sigmoid, total_factor
from analytics.imbalance import balanced, corrected
from analytics.packing import packed, unpacked


def test_the_method_that_is_right_gets_all_the_weight():
    truth = np.array([0.0, 1.0, 2.0, 3.0])
    scores = np.column_stack([truth[::-1], truth])

    assert blend_weights(truth, scores, on_logits=False).tolist() == [0.0, 1.0]


def test_two_that_err_to_both_sides_share():
    truth = np.linspace(0, 5, 50)
    scores = np.column_stack([truth + 1, truth - 1])

    weights = blend_weights(truth, scores, on_logits=False)

    assert weights.tolist() == [0.5, 0.5]
    assert blended(scores, weights, on_logits=False) == pytest.approx(truth)


def test_a_blend_on_logits_of_one_is_itself():
    score = np.array([[0.2], [0.9]])

    assert blended(score, np.array([1.0]), on_logits=True) == pytest.approx([0.2, 0.9])


def test_platt_finds_slope_and_shift():
    dice = np.random.default_rng(1)
    told = dice.uniform(0.02, 0.98, 40_000)
    truth = (dice.random(40_000) < sigmoid(0.6 * logit(told) - 0.5)).astype(float)

    slope, shift = platt(truth, told)

    assert (slope, shift) == pytest.approx((0.6, -0.5), abs=0.03)
    assert calibrated(told, slope, shift).mean() == pytest.approx(truth.mean(), abs=1e-3)


def test_a_few_customers_of_one_class_change_little():
    slope, shift = platt(np.ones(3), np.array([0.5, 0.6, 0.7]))

    assert slope == pytest.approx(1.0, abs=0.1)
    assert 0 < shift < 0.2


def test_totals_are_met_half_way_and_no_further_than_a_quarter():
    score = np.array([1.0, 1.0])

    assert total_factor(np.array([1.21, 1.21]), score) == pytest.approx(1.1)
    assert total_factor(np.array([9.0, 9.0]), score) == 1.25
    assert total_factor(np.zeros(2), score) == 1.0


@pytest.mark.parametrize(("how", "rows"), [("oversample", 12), ("undersample", 8), ("weights", 10)])
def test_both_classes_weigh_the_same(how, rows):
    truth = np.array([1.0] * 4 + [0.0] * 6)

    found = balanced(truth, how, seed=0)

    ones = truth[found.rows] > 0.5
    assert len(found.rows) == rows
    assert found.weights[ones].sum() == pytest.approx(found.weights[~ones].sum())
    assert found.odds == 1.5


def test_the_way_back_from_raised_odds():
    assert corrected(np.array([0.5]), 4.0) == pytest.approx([0.2])


def test_words_and_arrays_come_back_and_other_bytes_do_not():
    data = packed({"a": np.arange(3)}, {"b": [1, "x"]})

    arrays, words = unpacked(data)

    assert arrays["a"].tolist() == [0, 1, 2]
    assert words == {"b": [1, "x"]}
    for broken in (b"", data[:-4], b"no model at all"):
        with pytest.raises(ValueError, match="no stored model"):
            unpacked(broken)
