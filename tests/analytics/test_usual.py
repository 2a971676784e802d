"""What is usual, by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.usual import Usual, usual


def test_too_few_values_say_nothing():
    assert usual([]) is None
    assert usual([5, 5]) is None


def test_like_values_leave_half_the_median_to_both_sides():
    assert usual([100, 100, 100]) == Usual(100, 50.0, 150.0)


def test_the_range_is_three_robust_deviations_by_hand():
    # Median 100; distances 40, 20, 0, 20, 40, whose median is 20: 3 × 1.4826 × 20 = 88.956.
    found = usual([60, 80, 100, 120, 140])
    assert (found.middle, found.low, found.high) == (
        100, pytest.approx(11.044), pytest.approx(188.956),
    )  # fmt: skip


def test_one_odd_value_moves_nothing():
    assert usual([100, 100, 100, 100, 9_000_000]) == Usual(100, 50.0, 150.0)


@given(st.lists(st.integers(0, 10**9), min_size=3, max_size=8))
def test_the_median_is_always_usual_and_no_limit_is_below_zero(values):
    found = usual(values)
    assert found.holds(found.middle)
    assert found.low >= 0
    assert usual(values[::-1]) == found
