"""Names and one sentence per cluster, from the features in which it differs most from everybody."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Format = Callable[[float], str]

# feature → (lowest of all clusters, between, highest, what it is called in a sentence)
WORDS: Mapping[str, tuple[str, str, str, str]] = {
    "recency_days": ("recent", "lately quiet", "long silent", "days since the last order"),
    "purchase_frequency": ("rare buyers", "occasional buyers", "frequent buyers", "orders"),
    "purchase_monetary_value": ("small spend", "medium spend", "high spend", "spent"),
    "average_order_value": ("small baskets", "medium baskets", "large baskets", "spent per order"),
    "tenure_days": ("new", "known for a while", "long-standing", "days since the first order"),
    "distinct_products": ("narrow choice", "some choice", "wide choice", "different products"),
    "gap_days_median": ("quick rhythm", "steady rhythm", "slow rhythm", "days between orders"),
}


@dataclass(frozen=True)
class ClusterWords:
    """What a cluster is called and how it differs, in figures that can be checked."""

    label: int
    name: str
    sentence: str
    size: int
    # feature → (median in the cluster, median of all)
    medians: dict[str, tuple[float, float]]


def describe(
    table: pd.DataFrame, labels: npt.NDArray[np.int64], formats: Mapping[str, Format]
) -> tuple[ClusterWords, ...]:
    """Names are unique; a sentence gives the medians of up to three features beside everybody's.

    ``table`` is rows × features, ``labels`` one per row; ``formats`` writes a feature's number
    (money, shares); others are written plainly.
    """
    overall = table.median()
    ranks = table.rank(pct=True)
    spread = ranks.std().replace(0, 1).fillna(1)
    place = _places(table, labels)
    found = []
    for label in sorted(set(labels.tolist())):
        rows = labels == label
        difference = ((ranks[rows].mean() - ranks.mean()) / spread).fillna(0)
        order = [
            str(name) for name in difference.abs().sort_values(ascending=False, kind="stable").index
        ]
        medians = table[rows].median()
        found.append((label, int(rows.sum()), order, medians))
    names = _unique([_candidates(order, place.loc[label]) for label, _, order, _ in found])
    return tuple(
        ClusterWords(
            label=label,
            name=name,
            sentence=_sentence(size, order[:3], medians, overall, formats),
            size=size,
            medians={f: (float(medians[f]), float(overall[f])) for f in order},
        )
        for name, (label, size, order, medians) in zip(names, found, strict=True)
    )


def plain(value: float) -> str:
    """A number as people write it: whole where it is whole or large, else one or two decimals."""
    if np.isnan(value):
        return "unknown"
    if value == round(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:,.1f}" if abs(value) >= 1 else f"{value:.2f}"


def called(feature: str) -> str:
    """What a feature is called in a sentence."""
    return WORDS[feature][3] if feature in WORDS else feature.replace("_", " ")


def _places(table: pd.DataFrame, labels: npt.NDArray[np.int64]) -> pd.DataFrame:
    """Per cluster and feature: 0 where its mean is the lowest of all, 2 the highest, else 1."""
    means = table.groupby(labels).mean()
    return (1 + (means == means.max()).astype(int) - (means == means.min()).astype(int)).astype(int)


def _candidates(order: Sequence[str], places: pd.Series) -> list[str]:
    """Names from short to long: the two features that differ most, then three, and so on."""
    words = [_word(feature, int(places[feature])) for feature in order]
    return [_capital(", ".join(words[:n])) for n in range(min(2, len(words)), len(words) + 1)]


def _word(feature: str, place: int) -> str:
    if feature in WORDS:
        return WORDS[feature][place]
    return f"{('low', 'medium', 'high')[place]} {feature.replace('_', ' ')}"


def _unique(candidates: Sequence[Sequence[str]]) -> list[str]:
    """The shortest name that no earlier cluster has; a number where words do not suffice."""
    taken: list[str] = []
    for names in candidates:
        free = [name for name in names if name not in taken]
        if free:
            taken.append(free[0])
            continue
        number = 2
        while f"{names[0]} {number}" in taken:
            number += 1
        taken.append(f"{names[0]} {number}")
    return taken


def _sentence(
    size: int,
    features: Sequence[str],
    medians: pd.Series,
    overall: pd.Series,
    formats: Mapping[str, Format],
) -> str:
    parts = []
    for feature in features:
        written = formats.get(feature, plain)
        ours, theirs = written(float(medians[feature])), written(float(overall[feature]))
        parts.append(f"{called(feature)} {ours}, against {theirs} overall")
    who = "1 customer" if size == 1 else f"{size:,} customers"
    return f"{who}. In the median: {'; '.join(parts)}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
