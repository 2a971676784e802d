import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics import rfm
from tests.shops import ten_customers

NONE = float("nan")


def columns(*rows):
    """Three float arrays of (recency, frequency, money) rows; None is no value."""
    table = np.array([[NONE if v is None else v for v in row] for row in rows], dtype=float)
    return tuple(table.reshape(-1, 3).T)


def ranked(values, cuts=None):
    scored = rfm.score(*values, cuts or rfm.thresholds(*values), rfm.DEFAULT_GROUPS)
    return list(
        zip(
            scored.recency_score.tolist(),
            scored.frequency_score.tolist(),
            scored.monetary_score.tolist(),
            scored.group.tolist(),
            strict=True,
        )
    )


def ten_customers_values(as_of):
    names = ("recency_days", "purchase_frequency", "purchase_monetary_value")
    told = [ten_customers.features(c, as_of=as_of) for c in ten_customers.CUSTOMER_IDS]
    return columns(*([row[name] for name in names] for row in told))


def expected(table):
    """Hand-made scores as this module writes them: 0 where there is none."""
    return [tuple(v or 0 for v in table[c]) for c in ten_customers.CUSTOMER_IDS]


def test_three_rows_of_a_file_score_3_1_and_5():
    values = columns((25, 4, 320), (60, 2, 90), (10, 8, 580))

    assert ranked(values) == [
        (3, 3, 3, "Needs attention"),
        (1, 1, 1, "Dormant"),
        (5, 5, 5, "Champions"),
    ]


def test_the_hand_made_shop_has_its_thresholds():
    cuts = rfm.thresholds(*ten_customers_values(ten_customers.AS_OF))

    assert {d: pytest.approx(getattr(cuts, d)) for d in rfm.DIMENSIONS} == ten_customers.THRESHOLDS


def test_the_hand_made_shop_has_its_scores_and_groups():
    assert ranked(ten_customers_values(ten_customers.AS_OF)) == expected(ten_customers.RFM)


def test_a_day_later_by_the_old_thresholds_only_the_buyer_moves():
    cuts = rfm.thresholds(*ten_customers_values(ten_customers.AS_OF))

    later = ranked(ten_customers_values(ten_customers.NEXT_DAY), cuts)

    assert later == expected(ten_customers.RFM_NEXT_DAY)


def test_a_day_later_reranked_everyone_is_measured_anew():
    later = ranked(ten_customers_values(ten_customers.NEXT_DAY))

    assert later == expected(ten_customers.RFM_NEXT_DAY_RERANKED)


def test_equal_cuts_each_count():
    cuts = rfm.Thresholds((5, 5, 5, 9), (1, 1, 1, 1), (0, 0, 7, 7))
    values = columns((5, 1, 0), (6, 2, 7), (10, 1, 8))

    assert [row[:3] for row in ranked(values, cuts)] == [(5, 1, 1), (2, 5, 3), (1, 1, 5)]


def test_fm_is_rounded_half_up():
    cuts = rfm.Thresholds((1, 2, 3, 4), (1, 2, 3, 4), (1, 2, 3, 4))
    # R1 with F2 M1: FM 1.5 becomes 2, Dormant; F3 M2: 2.5 becomes 3, At risk.
    values = columns((9, 2, 1), (9, 3, 2), (9, 5, 4))

    assert [row[3] for row in ranked(values, cuts)] == ["Dormant", "At risk", "Previously loyal"]


@pytest.mark.parametrize(
    ("recency", "groups"),
    [
        (5, ["New", "Active", "Active", "Champions", "Champions"]),
        (4, ["Promising", "Active", "Active", "Loyal", "Loyal"]),
        (3, ["Promising", "Needs attention", "Needs attention", "Loyal", "Loyal"]),
        (2, ["Almost lost", "Almost lost", "At risk", "At risk", "Previously loyal"]),
        (1, ["Dormant", "Dormant", "At risk", "At risk", "Previously loyal"]),
    ],
)
def test_the_group_table_is_the_glossarys(recency, groups):
    assert [rfm.DEFAULT_GROUPS[recency][fm] for fm in range(1, 6)] == groups


def test_a_customer_without_a_recency_is_a_prospect_and_moves_no_cut():
    with_prospect = columns((1, 1, 1), (2, 2, 2), (None, 99, 99))
    without = columns((1, 1, 1), (2, 2, 2))

    assert rfm.thresholds(*with_prospect) == rfm.thresholds(*without)
    assert ranked(with_prospect)[2] == (0, 0, 0, "Prospects")


def test_nobody_with_a_recency_gives_no_thresholds():
    with pytest.raises(ValueError, match="no customer has a recency"):
        rfm.thresholds(*columns((None, 1, 1)))


def test_a_group_table_with_a_hole_is_refused():
    holed = {**rfm.DEFAULT_GROUPS, 2: {1: "Almost lost"}}

    with pytest.raises(rfm.IncompleteGroupTable, match="recency score 2 and FM score 2"):
        rfm.complete(holed)


def test_one_customer_alone_is_scored_in_the_middle_of_nothing():
    assert ranked(columns((7, 1, 10))) == [(5, 1, 1, "New")]


def test_sureness_counts_who_is_at_a_cut_and_who_would_be_renamed():
    cuts = rfm.Thresholds((10, 20, 30, 40), (1, 2, 3, 4), (10, 20, 30, 40))
    # The first recency cut moved down to 9 lets 9.5 and 10 fall to R4; 25 is far from every cut.
    values = columns((9.5, 5, 50), (25, 5, 50), (10, 5, 50), (None, None, None))

    sure = rfm.sureness(*values, cuts, rfm.DEFAULT_GROUPS)

    assert sure.at_a_threshold == 1
    assert sure.share_renamed == pytest.approx(2 / 3)
    assert sure.size_range["Champions"] == (0, 2)
    assert sure.size_range["Loyal"] == (1, 3)


def by_definition(value, cuts):
    return 1 + sum(1 for cut in cuts if cut < value)


@given(
    st.lists(
        st.tuples(st.integers(0, 12), st.integers(1, 6), st.integers(0, 500)),
        min_size=1,
        max_size=40,
    )
)
def test_scores_follow_the_definition_for_any_customers(rows):
    values = columns(*rows)
    cuts = rfm.thresholds(*values)

    for (r, f, m), (recency, frequency, monetary, group) in zip(rows, ranked(values), strict=True):
        assert recency == 6 - by_definition(r, cuts.recency_days)
        assert frequency == by_definition(f, cuts.purchase_frequency)
        assert monetary == by_definition(m, cuts.purchase_monetary_value)
        assert group == rfm.DEFAULT_GROUPS[recency][(frequency + monetary + 1) // 2]
