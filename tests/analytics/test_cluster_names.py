"""A cluster's name and sentence are claims: they are read back and held against the numbers."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.cluster_names import WORDS, describe, plain, words_of

FIGURE = r"[−$]*[\d,]+(?:\.\d+)?"


def shop(rows: int = 300, seed: int = 3, groups: int = 5) -> tuple[pd.DataFrame, np.ndarray]:
    dice = np.random.default_rng(seed)
    labels = dice.integers(0, groups, rows)
    return pd.DataFrame(
        {
            "recency_days": dice.integers(0, 20, rows) + 15 * labels,
            "purchase_frequency": dice.integers(1, 9, rows) + (4 - labels) * 6,
            "average_order_value": dice.gamma(2, 15, rows),
            "purchase_monetary_value": dice.gamma(2, 300, rows) + (4 - labels) * 250,
        }
    ), labels


def dollars(value: float) -> str:
    return f"{'−' if value < 0 else ''}${abs(value):,.0f}"


FORMATS = {"purchase_monetary_value": dollars, "average_order_value": dollars}


def figures(sentence: str, features: list[str]) -> dict[str, tuple[float, float]]:
    """{feature: (in the cluster, overall)} of every feature that the sentence speaks of."""
    found = {}
    for feature in features:
        words = words_of(feature)
        said = re.escape(words.phrase).replace(r"\{\}", rf"(?P<ours>{FIGURE})(?: \w+)?")
        match = re.search(rf"{said} \((?P<all>{FIGURE}) overall\)", sentence)
        if match:
            found[feature] = (number(match["ours"]), number(match["all"]))
    return found


def number(text: str) -> float:
    return float(text.replace("$", "").replace(",", "").replace("−", "-"))


def rounding(value: float, money: bool) -> float:
    """How far a written figure may lie from the true one."""
    return 0.5 if money or abs(value) >= 100 else 0.05


@pytest.mark.parametrize("seed", range(8))
def test_every_figure_of_a_sentence_is_the_clusters_own(seed):
    table, labels = shop(seed=seed)

    for words in describe(table, labels, FORMATS):
        mine = table[labels == words.label]
        said = figures(words.sentence, list(table.columns))
        assert words.sentence.startswith(f"{len(mine)} customers, who in the median ")
        assert len(said) == 3
        for feature, (ours, overall) in said.items():
            for written, true in (
                (ours, mine[feature].median()),
                (overall, table[feature].median()),
            ):
                assert written == pytest.approx(true, abs=rounding(true, feature in FORMATS))


@pytest.mark.parametrize("seed", range(8))
def test_a_name_says_highest_and_lowest_only_of_who_is(seed):
    table, labels = shop(seed=seed)
    medians = table.groupby(labels).median()

    for words in describe(table, labels, FORMATS):
        said = words.name.casefold()
        for feature in table.columns:
            if WORDS[feature].highest in said:
                assert medians.at[words.label, feature] == medians[feature].max()
            # "Less recent" holds the word "recent".
            if re.search(rf"(?<!less ){re.escape(WORDS[feature].lowest)}", said):
                assert medians.at[words.label, feature] == medians[feature].min()


def test_three_clusters_of_a_shop_in_words():
    table = pd.DataFrame(
        {
            "recency_days": [1, 1, 10, 10, 50, 50],
            "purchase_frequency": [90, 92, 30, 32, 6, 8],
            "purchase_monetary_value": [2700.0, 2720.0, 800.0, 810.0, 140.0, 146.0],
        }
    )

    told = describe(table, np.array([0, 0, 1, 1, 2, 2]), FORMATS)

    assert [words.name for words in told] == [
        "Recent, frequent customers",
        "Less recent, occasional customers",
        "Long silent, rare customers",
    ]
    assert told[0].sentence == (
        "2 customers, who in the median last bought 1 day ago (10 overall),"
        " placed 91 orders (31 overall) and spent $2,710 ($805 overall)."
    )


def test_a_feature_without_words_speaks_by_its_name():
    table = pd.DataFrame({"Age": [25, 34, 23, 45, 36], "household_size": [1, 1, 1, 4, 5]})

    low, high = describe(table, np.array([0, 0, 0, 1, 1]), {})

    assert low.name == "Customers with low household size and low Age"
    assert high.sentence == (
        "2 customers, who in the median had household size 4.5 (1 overall)"
        " and had Age 40.5 (34 overall)."
    )


def test_one_customer_has_no_median():
    table = pd.DataFrame({"purchase_frequency": [1, 1, 9]})

    assert describe(table, np.array([0, 0, 1]), {})[1].sentence == (
        "1 customer, who placed 9 orders (1 overall)."
    )


def test_one_cluster_is_everybody():
    table, labels = shop(groups=1)

    assert [words.name for words in describe(table, labels, FORMATS)] == ["All customers"]


@settings(max_examples=30, deadline=None)
@given(
    rows=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 8)), min_size=1)
)
def test_no_two_clusters_share_a_name(rows):
    table = pd.DataFrame(rows, columns=["recency_days", "purchase_frequency", "label"])

    told = describe(table.drop(columns="label").astype(float), table["label"].to_numpy(), {})

    assert len({words.name for words in told}) == len(told) == table["label"].nunique()
    assert sum(words.size for words in told) == len(rows)


@pytest.mark.parametrize(
    ("value", "written"),
    [(3.0, "3"), (1234.5, "1,234"), (3.25, "3.2"), (0.125, "0.12"), (float("nan"), "unknown")],
)
def test_numbers_are_written_as_people_write_them(value, written):
    assert plain(value) == written
