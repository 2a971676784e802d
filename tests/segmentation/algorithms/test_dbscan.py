"""DBSCAN on tables small enough to see who lies alone."""

import numpy as np
import pandas as pd
import pytest

from segmentation.algorithms.dbscan import DBSCAN, knee


def test_who_lies_alone_is_noise_with_the_last_label():
    # Scaled by minmax: 0 … .03, .97 … 1, and 5 in the middle of nowhere.
    table = pd.DataFrame({"a": [0.0, 0.1, 0.2, 0.3, 5.0, 9.7, 9.8, 9.9, 10.0]})

    found = DBSCAN(scaling="minmax", eps=0.015, min_samples=2).cluster(table)

    assert found.labels.tolist() == [1, 1, 1, 1, 2, 0, 0, 0, 0]
    assert (found.noise, found.chosen.k, found.details["noise_customers"]) == (2, 2, 1)
    assert found.model is None


def test_a_customer_at_the_rim_belongs_to_the_nearest_dense_one():
    # Dense are 1 and 8 alone (three within 1); 3 is out of reach of both.
    table = pd.DataFrame({"a": [0.0, 1.0, 2.0, 3.1, 7.0, 8.0, 9.0, 10.0]})

    found = DBSCAN(scaling="minmax", eps=0.1001, min_samples=3).cluster(table)

    assert found.labels.tolist() == [1, 1, 1, 2, 0, 0, 0, 0]


def test_where_nobody_is_dense_all_are_noise_and_no_measure_is_defined():
    found = DBSCAN(eps=0.01, min_samples=3).cluster(pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0]}))

    assert found.labels.tolist() == [0, 0, 0, 0]
    assert (found.noise, found.chosen.k) == (0, 0)
    assert np.isnan(found.chosen.stability)


def test_a_crowd_at_one_point_is_dense_by_its_number():
    table = pd.DataFrame({"a": [1.0] * 5 + [2.0, 3.0]})

    found = DBSCAN(eps=0.01, min_samples=5).cluster(table)

    assert found.labels.tolist() == [0] * 5 + [1, 1]
    assert (found.noise, found.chosen.k) == (1, 1)


def test_eps_is_read_off_the_knee_of_the_distances():
    # To the second of themselves: .1 eight times, then 4.3 for the one far away.
    rows = np.array([[0.0], [0.1], [0.2], [0.3], [5.0], [9.7], [9.8], [9.9], [10.0]])
    assert knee(rows, 2) == pytest.approx(0.1)


def test_a_customer_outside_the_sample_is_found_by_who_is_dense():
    dice = np.random.default_rng(3)
    sides = dice.integers(0, 2, 2_000)
    table = pd.DataFrame({"a": sides * 10 + dice.normal(0, 0.5, 2_000)})

    found = DBSCAN(eps=0.1, sample=300).cluster(table)

    inside = (found.labels != found.noise).to_numpy()
    assert inside.mean() > 0.9
    assert (found.labels[inside] == 1 - sides[inside]).all()
