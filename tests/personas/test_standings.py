"""Where a customer stands among all, in words."""

import pytest

from personas.standings import _exceeded


@pytest.mark.parametrize(
    ("share", "words"), [(0.9996, "99"), (0.994, "99"), (0.5, "50"), (0.001, "under 1"), (0, "0")]
)
def test_whoever_is_first_does_not_exceed_all(share, words):
    assert _exceeded(share) == words
