import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.topk import top_k

# Few different values, so that equals are common.
matrices = st.integers(1, 12).flatmap(
    lambda width: st.lists(
        st.lists(
            st.sampled_from([0.0, 1.0, 2.5, -3.0, float("-inf")]), min_size=width, max_size=width
        ),
        min_size=1, max_size=4,
    )
)  # fmt: skip


@given(matrices, st.integers(0, 20))
def test_it_is_the_head_of_a_full_sort(matrix, k):
    scores = np.array(matrix)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    values = np.take_along_axis(scores, order, axis=1)

    found, told = top_k(scores, k)

    assert np.array_equal(told, values)
    assert np.array_equal(found, np.where(np.isneginf(values), -1, order))


@pytest.mark.parametrize(("k", "expected"), [(0, [[]]), (10_000, [[1, 0]])])
def test_no_place_and_more_places_than_products(k, expected):
    found, _ = top_k(np.array([[1.0, 3.0]]), k)
    assert found.tolist() == expected
