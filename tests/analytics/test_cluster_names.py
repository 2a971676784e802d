"""A cluster's sentence is a claim: it is read back and held against the numbers."""

import re

import numpy as np
import pandas as pd
import pytest

from analytics.cluster_names import called, describe, plain

PART = re.compile(r"(?P<what>[^;:]+?) (?P<ours>[−\d$,.]+), against (?P<all>[−\d$,.]+) overall")


def shop(rows: int = 300, seed: int = 3) -> tuple[pd.DataFrame, np.ndarray]:
    dice = np.random.default_rng(seed)
    labels = dice.integers(0, 5, rows)
    return pd.DataFrame(
        {
            "recency_days": dice.integers(0, 20, rows) + 15 * labels,
            "purchase_frequency": dice.integers(1, 9, rows) + (4 - labels) * 6,
            "purchase_monetary_value": dice.gamma(2, 300, rows) + (4 - labels) * 250,
        }
    ), labels


def dollars(value: float) -> str:
    return f"${value:,.0f}"


@pytest.mark.parametrize("seed", range(5))
def test_every_figure_of_a_sentence_is_the_clusters_own(seed):
    table, labels = shop(seed=seed)
    formats = {"purchase_monetary_value": dollars}
    for words in describe(table, labels, formats):
        mine = table[labels == words.label]
        size, rest = words.sentence.split(" customers. In the median: ")
        assert int(size.replace(",", "")) == len(mine)
        parts = {m["what"].strip(): (m["ours"], m["all"]) for m in PART.finditer(rest)}
        assert len(parts) == 3
        for feature in table.columns:
            written = formats.get(feature, plain)
            expected = (written(mine[feature].median()), written(table[feature].median()))
            assert parts[called(feature)] == expected


@pytest.mark.parametrize("seed", range(5))
def test_no_two_clusters_share_a_name(seed):
    table, labels = shop(seed=seed)
    names = [words.name for words in describe(table, labels, {})]
    assert len(set(names)) == 5


def test_clusters_that_do_not_differ_still_have_names_of_their_own():
    table = pd.DataFrame({"a": [1.0] * 6})
    names = [words.name for words in describe(table, np.array([0, 0, 1, 1, 2, 2]), {})]
    assert len(set(names)) == 3
