import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from safetensors.numpy import load, save

from analytics.centroids import SCALINGS, CentroidModel, fitted_scaler, signed_log

NAN = float("nan")


def model(*centroids, scaling="standard", shift=(0, 0), spread=(1, 1), fill=(0, 0)):
    numbers = (np.array(v, dtype=float) for v in (fill, shift, spread, centroids))
    return CentroidModel(("a", "b"), scaling, *numbers)


def test_a_row_belongs_to_the_nearest_centroid_in_scaled_units():
    # In b a step of 100 is one unit, so the second centroid is 1 away and the first 2.
    two = model((0, 0), (0, 3), shift=(0, 100), spread=(1, 100))

    assert two.assign(np.array([[0.0, 300.0]])).tolist() == [1]
    assert two.distances(np.array([[0.0, 300.0]])).tolist() == [[2.0, 1.0]]


def test_a_row_in_the_middle_gets_the_lower_label_and_is_on_the_border():
    two = model((0, 0), (0, 4))

    assert two.assign(np.array([[0.0, 2.0]])).tolist() == [0]
    assert two.border(np.array([[0.0, 2.0], [0.0, 1.0], [0.0, 0.0]])).tolist() == [1, 1 / 3, 0]


def test_one_centroid_has_no_border():
    assert model((5, 5)).border(np.array([[0.0, 0.0]])).tolist() == [0]


def test_a_missing_value_takes_the_median_of_the_fitting():
    values = np.array([[1.0, 10.0], [2.0, NAN], [9.0, 30.0]])

    scaler = fitted_scaler(values, ("a", "b"), "minmax")

    assert scaler.fill.tolist() == [2.0, 20.0]
    assert scaler.scaled(values)[1].tolist() == [1 / 8, 0.5]


def test_a_column_without_a_value_and_a_constant_one_say_nothing():
    values = np.array([[NAN, 7.0], [NAN, 7.0]])

    for scaling in SCALINGS:
        scaled = fitted_scaler(values, ("a", "b"), scaling).scaled(values)
        assert scaled.tolist() == [[0, 0], [0, 0]]


def test_a_constant_column_has_no_spread_to_the_last_bit():
    # The mean of three times 0.1 is not 0.1, so their standard deviation is 1.4e-17.
    scaler = fitted_scaler(np.array([[0.1, 1.0]] * 3), ("a", "b"), "standard")

    assert scaler.spread.tolist() == [1, 1]


@pytest.mark.filterwarnings("error")
def test_an_empty_column_is_no_warning():
    assert fitted_scaler(np.array([[NAN], [NAN]]), ("a",), "log").fill.tolist() == [0]


def test_an_unknown_scaling_is_refused():
    with pytest.raises(ValueError, match="'robust' is none of standard, minmax, log"):
        fitted_scaler(np.zeros((2, 2)), ("a", "b"), "robust")


def test_the_log_keeps_the_sign_of_a_net_amount():
    assert signed_log(np.array([-1.0, 0.0, 1.0])).tolist() == [-np.log(2), 0.0, np.log(2)]


numbers = arrays(float, (12, 2), elements=st.floats(-1e4, 1e4, width=32))


@given(values=numbers)
def test_standard_scaling_has_mean_0_and_spread_1_or_0(values):
    scaled = fitted_scaler(values, ("a", "b"), "standard").scaled(values)

    assert scaled.mean(axis=0) == pytest.approx([0, 0], abs=1e-6)
    for column, spread in zip(values.T, scaled.std(axis=0), strict=True):
        assert spread == pytest.approx(float(column.std() > 0), abs=1e-6)


@given(values=numbers)
def test_minmax_scaling_lies_between_0_and_1(values):
    scaled = fitted_scaler(values, ("a", "b"), "minmax").scaled(values)

    assert scaled.min() >= 0
    assert scaled.max() <= 1 + 1e-12


@given(values=numbers, scaling=st.sampled_from(SCALINGS))
def test_what_was_saved_as_arrays_assigns_the_same(values, scaling):
    scaler = fitted_scaler(values, ("a", "b"), scaling)
    fitted = CentroidModel(**{**vars(scaler), "centroids": scaler.scaled(values[:3])})

    loaded = CentroidModel(("a", "b"), scaling, **load(save(fitted.arrays())))

    assert loaded.assign(values).tolist() == fitted.assign(values).tolist()


def test_serving_loads_no_scikit_learn():
    code = (
        "import sys, analytics.centroids, analytics.cluster_names, analytics.rfm,"
        " segmentation.algorithms.kmeans;"
        "print([m for m in ('sklearn', 'scipy', 'torch') if m in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert told.stdout.strip() == "[]"
