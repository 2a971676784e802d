"""Who goes where by hash: properties, and the figures of one salt worked out by hashlib alone."""

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.assignment import CONTROL, arms, shares

IDS = st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=50, unique=True)
MANY = [f"customer {n}" for n in range(20_000)]


def test_a_share_is_the_hash_of_salt_and_customer():
    digest = hashlib.blake2b(b"spring\0A", digest_size=8).digest()
    assert shares("spring", ["A"])[0] == pytest.approx(int.from_bytes(digest) / 2**64, abs=1e-15)


@settings(deadline=None)
@given(IDS, st.randoms())
def test_neither_order_nor_company_moves_anybody(ids, dice):
    whole = dict(zip(ids, arms("s", ids, control_share=0.3, variants=3).tolist(), strict=True))
    shuffled = dice.sample(ids, k=dice.randint(1, len(ids)))
    again = arms("s", shuffled, control_share=0.3, variants=3).tolist()
    assert {one: whole[one] for one in shuffled} == dict(zip(shuffled, again, strict=True))


@settings(deadline=None)
@given(IDS, st.floats(0, 1), st.floats(0, 1))
def test_a_larger_share_only_adds(ids, one, other):
    small, large = sorted((one, other))
    drawn = shares("holdout", ids)
    assert not ((drawn < small) & ~(drawn < large)).any()


@pytest.mark.parametrize("salt", ["a", "b", "c", "d", "e"])
def test_groups_are_as_large_as_chance_allows(salt):
    found = arms(salt, MANY, control_share=0.2, variants=4)
    sizes = np.bincount(found - CONTROL, minlength=5)
    expected = np.array([0.2, 0.2, 0.2, 0.2, 0.2]) * len(MANY)
    # Five standard deviations of a binomial: beyond it once in two million.
    assert np.abs(sizes - expected).max() < 5 * (len(MANY) * 0.2 * 0.8) ** 0.5


def test_salts_and_variants_are_drawn_independently():
    first, second = shares("a", MANY), shares("b", MANY)
    assert abs(np.corrcoef(first, second)[0, 1]) < 5 / len(MANY) ** 0.5
    place = arms("a", MANY, control_share=0.0, variants=2)
    assert abs(np.corrcoef(first, place)[0, 1]) < 5 / len(MANY) ** 0.5


def test_another_control_share_leaves_everybodys_variant():
    wide = arms("a", MANY, control_share=0.5, variants=3)
    narrow = arms("a", MANY, control_share=0.1, variants=3)
    treated = wide != CONTROL
    assert (wide[treated] == narrow[treated]).all()


def test_nobody_is_an_empty_answer():
    assert arms("a", [], control_share=0.2, variants=2).tolist() == []
