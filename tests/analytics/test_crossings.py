"""Where one changed figure carries a customer over a border, on paper."""

import numpy as np
import pytest

from analytics.centroids import CentroidModel
from analytics.crossings import crossings

NAMES = ("recency_days", "purchase_frequency", "purchase_monetary_value")


def model(centroids, scaling="standard", spread=(1.0, 1.0, 1.0)) -> CentroidModel:
    zero = np.zeros(3)
    return CentroidModel(NAMES, scaling, zero, zero, np.array(spread), np.array(centroids, float))


def told(found) -> list[tuple[str, float, int]]:
    return [(way.feature, pytest.approx(way.value, abs=1e-4), way.label) for way in found]


def test_the_border_of_two_centroids_lies_in_the_middle():
    found = crossings(model([[0, 0, 0], [10, 0, 0]]), np.array([4.0, 1.0, 1.0]))
    # Neither orders nor money tell these two apart.
    assert told(found) == [("recency_days", 5.0, 1)]
    assert found[0].effort == pytest.approx(1.0)


def test_the_least_effort_stands_first_and_units_are_scaled():
    # Squared distances: 4² + 2² to the first and 6² + 8² to the second; 100 apart.
    found = crossings(model([[0, 0, 0], [10, 10, 0]], spread=(1, 2, 1)), np.array([4.0, 4.0, 0.0]))
    assert told(found) == [("recency_days", 8.0, 1), ("purchase_frequency", 12.0, 1)]
    assert [way.effort for way in found] == [pytest.approx(4.0), pytest.approx(4.0)]


def test_no_figure_goes_below_zero():
    assert crossings(model([[5, 0, 0], [-5, 0, 0]]), np.array([1.0, 0.0, 0.0])) == []


def test_a_third_cluster_between_is_the_one_that_is_reached():
    found = crossings(model([[0, 0, 0], [10, 0, 0], [4, 0, 0]]), np.array([1.0, 0.0, 0.0]))
    assert told(found) == [("recency_days", 2.0, 2)]


def test_with_logarithms_the_value_is_of_the_figure_itself():
    centres = [[0, 0, 0], [np.log(101), 0, 0]]
    found = crossings(model(centres, scaling="log"), np.array([0.0, 0.0, 0.0]))
    assert told(found) == [("recency_days", np.sqrt(101) - 1, 1)]
    beyond = np.array([[found[0].value, 0.0, 0.0]])
    assert model(centres, scaling="log").assign(beyond).tolist() == [1]
