"""Names and one sentence per cluster, from the features in which it differs most from everybody."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

Format = Callable[[float], str]

EVERYBODY = "All customers"


@dataclass(frozen=True)
class Words:
    """How a feature speaks: in a name by its place among the clusters, in a sentence by figures.

    ``kind`` says where the word stands: before the noun, as the noun, or after "with".
    """

    lowest: str
    between: str
    highest: str
    kind: Literal["adjective", "noun", "with"]
    phrase: str
    one: str = ""
    many: str = ""


WORDS: Mapping[str, Words] = {
    "recency_days": Words(
        "recent", "less recent", "long silent", "adjective", "last bought {} ago", "day", "days"
    ),
    "purchase_frequency": Words(
        "rare", "occasional", "frequent", "adjective", "placed {}", "order", "orders"
    ),
    "line_count": Words(
        "few lines", "some lines", "many lines", "with", "bought {}", "line", "lines"
    ),
    "purchase_monetary_value": Words(
        "small spenders", "medium spenders", "big spenders", "noun", "spent {}"
    ),
    "average_order_value": Words(
        "small baskets", "medium baskets", "large baskets", "with", "spent {} an order"
    ),
    "tenure_days": Words(
        "new", "established", "long-standing", "adjective", "first bought {} ago", "day", "days"
    ),
    "distinct_products": Words(
        "a narrow choice", "some choice", "a wide choice", "with", "chose {}", "product", "products"
    ),
    "gap_days_median": Words(
        "a quick rhythm", "a steady rhythm", "a slow rhythm", "with", "bought every {}", "day",
        "days",
    ),
    "spend_30d": Words(
        "small spend lately", "some spend lately", "large spend lately", "with",
        "spent {} in 30 days",
    ),
    "spend_90d": Words(
        "small spend this quarter", "some spend this quarter", "large spend this quarter", "with",
        "spent {} in 90 days",
    ),
}  # fmt: skip


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
    medians = table.groupby(labels).median()
    sizes = np.unique_counts(labels).counts.tolist()
    differences = ((ranks.groupby(labels).mean() - ranks.mean()) / spread).fillna(0)
    order = {label: _by_size(differences.loc[label]) for label in medians.index}
    places = _places(medians)
    names = _unique([_candidates(order[label], places.loc[label]) for label in medians.index])
    return tuple(
        ClusterWords(
            label=int(label),
            name=name,
            sentence=_sentence(size, order[label][:3], medians.loc[label], overall, formats),
            size=size,
            medians={f: (float(medians.at[label, f]), float(overall[f])) for f in order[label]},
        )
        for label, name, size in zip(medians.index, names, sizes, strict=True)
    )


def plain(value: float) -> str:
    """A number as people write it: whole where it is whole or large, else one or two decimals."""
    if np.isnan(value):
        return "unknown"
    if value == round(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:,.1f}" if abs(value) >= 1 else f"{value:.2f}"


def words_of(feature: str) -> Words:
    """The words of a feature; one that has none of its own speaks by its name."""
    called = feature.replace("_", " ")
    return WORDS.get(feature) or Words(
        f"low {called}", f"medium {called}", f"high {called}", "with", f"had {called} {{}}"
    )


def _by_size(differences: pd.Series) -> list[str]:
    # Rounded, so that equal differences keep the features' order and not that of a last bit.
    ordered = differences.abs().round(9).sort_values(ascending=False, kind="stable")
    return [str(name) for name in ordered.index]


def _places(medians: pd.DataFrame) -> pd.DataFrame:
    """Per cluster and feature: 0 for the lowest median of all, 2 for the highest, else 1.

    By the figures that the sentence shows, so that no name contradicts its sentence.
    """
    highest, lowest = medians == medians.max(), medians == medians.min()
    return 1 + highest.astype(int) - lowest.astype(int)


def _candidates(order: Sequence[str], places: pd.Series) -> list[str]:
    """Names from short to long: the two features that differ most, then three, and so on."""
    least = min(2, len(order))
    return [_name(order[:n], places) for n in range(least, len(order) + 1)]


def _name(features: Sequence[str], places: pd.Series) -> str:
    """Frequent, recent big spenders with large baskets."""
    said: dict[str, list[str]] = {"adjective": [], "noun": [], "with": []}
    for feature in features:
        words = words_of(feature)
        place = int(places[feature])
        said[words.kind].append((words.lowest, words.between, words.highest)[place])
    noun = said["noun"][0] if said["noun"] else "customers"
    name = " ".join([*([", ".join(said["adjective"])] if said["adjective"] else []), noun])
    name += f" with {' and '.join(said['with'])}" if said["with"] else ""
    return name[:1].upper() + name[1:]


def _unique(candidates: Sequence[Sequence[str]]) -> list[str]:
    """The shortest name that no earlier cluster has; a number where words do not suffice."""
    if len(candidates) == 1:
        return [EVERYBODY]
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
        words, written = words_of(feature), formats.get(feature, plain)
        ours, theirs = written(float(medians[feature])), written(float(overall[feature]))
        unit = words.one if ours == "1" else words.many
        parts.append(f"{words.phrase.format(f'{ours} {unit}'.strip())} ({theirs} overall)")
    listed = " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
    if size == 1:
        return f"1 customer, who {listed}."
    return f"{size:,} customers, who in the median {listed}."
