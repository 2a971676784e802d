"""The smallest detectable effect, by hand and beside scipy and statsmodels."""

import math

import pytest
from scipy.stats import t as student
from statsmodels.stats.power import TTestIndPower

from analytics.experiments import (
    minimum_detectable_effect,
    minimum_detectable_share,
    power_of,
)
from analytics.experiments.power import student_quantile


def test_two_groups_of_a_thousand_see_an_eighth_of_a_standard_deviation():
    """(1.9612 + 0.8418) · √(2/1000) · 40 = 5.0140 by hand."""
    found = minimum_detectable_effect(1000, 1000, mean=100.0, sd=40.0)
    assert found.absolute == pytest.approx(5.014, abs=0.001)
    assert found.relative == pytest.approx(0.05014, abs=0.00001)


@pytest.mark.parametrize(
    ("treated", "control"), [(30, 10), (800, 200), (725, 301), (50_000, 2_000)]
)
def test_the_effect_agrees_with_statsmodels_for_unequal_arms(treated, control):
    peer = TTestIndPower().solve_power(
        nobs1=treated, ratio=control / treated, alpha=0.05, power=0.8
    )
    found = minimum_detectable_effect(treated, control, mean=0.0, sd=1.0)
    assert found.absolute == pytest.approx(peer, rel=0.005)
    assert found.relative is None


@pytest.mark.parametrize("effect", [0.0, 0.05, 0.2, -0.2, 0.5])
def test_the_power_agrees_with_statsmodels(effect):
    peer = TTestIndPower().power(effect, nobs1=800, ratio=0.25, alpha=0.05)
    assert power_of(effect, 800, 200, 1.0) == pytest.approx(peer, abs=0.001)


def test_a_detectable_effect_has_the_power_that_it_names():
    found = minimum_detectable_effect(725, 301, mean=200.0, sd=180.0)
    assert power_of(found.absolute, 725, 301, 180.0) == pytest.approx(0.8, abs=0.001)


def test_a_share_of_a_fifth_has_a_standard_deviation_of_two_fifths():
    found = minimum_detectable_share(8000, 2000, 0.2)
    assert found == minimum_detectable_effect(8000, 2000, 0.2, 0.4)
    assert found.absolute == pytest.approx(0.028017, abs=1e-5)


def test_a_group_of_one_detects_nothing():
    assert math.isinf(minimum_detectable_effect(500, 1, 10.0, 5.0).absolute)
    assert power_of(100.0, 500, 1, 5.0) == 0.0


@pytest.mark.parametrize("share", [0.6, 0.8, 0.9, 0.975, 0.995])
@pytest.mark.parametrize("freedom", [10, 25.5, 98, 4000])
def test_students_quantile_needs_no_scipy(share, freedom):
    assert student_quantile(share, freedom) == pytest.approx(student.ppf(share, freedom), abs=1e-3)
