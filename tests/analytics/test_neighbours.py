"""A missing number from those who are most alike, on tables that can be checked by hand."""

import numpy as np

from analytics.neighbours import donors_of, nearest_mean

NAN = np.nan
AGES = np.array([[20.0], [30.0], [40.0], [NAN], [50.0]])
SPENT = np.array([1.0, 3.0, 5.0, 7.0, NAN])


def test_the_two_nearest_tell_and_whoever_is_not_known_does_not():
    donors = donors_of(AGES, SPENT)
    assert len(donors.targets) == 4
    found = nearest_mean(np.array([[22.0], [41.0]]), donors, k=2)
    assert found.tolist() == [2.0, 4.0]


def test_of_equally_near_ones_the_first_counts():
    donors = donors_of(np.array([[10.0], [30.0], [30.0]]), np.array([1.0, 2.0, 9.0]))
    assert nearest_mean(np.array([[20.0]]), donors, k=1).tolist() == [1.0]
    assert nearest_mean(np.array([[30.0]]), donors, k=1).tolist() == [2.0]


def test_fewer_donors_than_asked_for_are_all_asked():
    donors = donors_of(AGES, SPENT)
    assert nearest_mean(np.array([[35.0]]), donors, k=9).tolist() == [3.0]


def test_who_shares_nothing_with_anybody_stays_unknown():
    found = nearest_mean(np.array([[NAN]]), donors_of(AGES, SPENT), k=2)
    assert np.isnan(found).all()


def test_a_feature_that_is_the_same_for_all_divides_by_nothing():
    donors = donors_of(np.array([[5.0], [5.0]]), np.array([1.0, 3.0]))
    assert nearest_mean(np.array([[5.0]]), donors, k=2).tolist() == [2.0]
