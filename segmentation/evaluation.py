"""``evaluate segments``: what speaks for each number of clusters, and how plain the clusters are.

Plain are clusters that a small decision tree, taught on some customers, finds again on others.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

import features.frames
from analytics.agreement import Agreement, agreement, held_out
from core.errors import NotFound, Refused
from core.formats import counted
from segmentation.frames import numbers_of
from segmentation.models import Grouping
from segmentation.services.cluster_options import STANDARD_FEATURES
from segmentation.services.clusters import FAMILY, promoted_clusters, standard_clustering

DEPTH = 4
SHARE = 0.3
SEED = 0
ENOUGH = 20

PROTOCOL = (
    "Clusters of the standard run: K-Means on log1p of recency, frequency and monetary value."
    " Stability is the mean adjusted Rand index of fits on customers drawn again; silhouette,"
    " Davies–Bouldin and WCSS are measured in scaled units. Agreement: a decision tree of depth"
    f" {DEPTH} on the same features learns the published clusters on {1 - SHARE:.0%} of the"
    f" customers of each cluster and predicts the other {SHARE:.0%} (seed {SEED}); precision,"
    " recall and F1 are macro averages. base_rate says the largest cluster for everybody."
)


class NotATable(Refused):
    code = "not_a_table"


def evaluate(
    *,
    as_of: datetime,
    table: pd.DataFrame | None = None,
    labels: Sequence[int] | None = None,
) -> dict[str, Any]:
    """The published clusters of this installation; or a shop given as a table of features.

    With ``labels``, one a row, the table is not clustered: the labels are what is reproduced.
    """
    if table is None:
        return _evaluate_published(as_of)
    if labels is None:
        return evaluate_table(table, as_of=as_of)
    if len(labels) != len(table):
        raise NotATable(f"There are {len(labels)} labels for {len(table)} customers.")
    if pd.isna(np.asarray(labels, dtype=object)).any():
        raise NotATable("A customer without a label cannot be compared. Leave them out.")
    report, note = reproduced(_numbers(table, tuple(table.columns)), labels)
    return _answer(as_of, _agreement_rows(report, {}), note)


def evaluate_table(table: pd.DataFrame, *, as_of: datetime) -> dict[str, Any]:
    """Cluster a shop as the standard run does, and report; one row a customer.

    The table has recency_days, purchase_frequency and purchase_monetary_value; who has no recency
    has bought nothing and is left out.
    """
    numbers = _numbers(table, STANDARD_FEATURES)
    numbers = numbers[numbers[STANDARD_FEATURES[0]].notna()]
    # Sums hang on the order of rows in their last digits; an order of values does not.
    numbers = numbers.sort_values(list(STANDARD_FEATURES))
    if numbers.empty:
        return _answer(as_of, [], "Nobody has bought yet: there is nothing to cluster.")
    found, weak = standard_clustering(numbers)
    metrics = {
        "chosen": found.chosen.numbers(),
        "evidence": [entry.numbers() for entry in found.evidence],
    }
    report, note = reproduced(numbers, found.labels.to_numpy())
    about = _about("kmeans", len(numbers), metrics, weak)
    return _answer(as_of, _rows(report, about, metrics), note)


def reproduced(table: pd.DataFrame, labels: Any) -> tuple[dict[str, Agreement] | None, str]:
    """How a small tree and the base rate find the labels of held-out customers again.

    None, with the reason in words, where there are too few customers or clusters to say.
    """
    if len(table) < ENOUGH:
        return None, (
            f"Only {counted(len(table), 'customer')}: too few to hold some out. From {ENOUGH} on"
            " it is said how well the clusters are reproduced."
        )
    if len(np.unique(labels)) < 2:
        return None, "All customers are in one cluster: there is nothing to tell apart."
    # An order that hangs on the values alone, so that the same shop is split alike.
    values = table.to_numpy(dtype=float)
    order = np.lexsort([*values.T, labels])
    values, labels = values[order], np.asarray(labels)[order]
    out = held_out(labels, share=SHARE, seed=SEED)
    said = _tree(values[~out], labels[~out], values[out])
    kinds, counts = np.unique(labels[~out], return_counts=True)
    largest = np.full(int(out.sum()), kinds[counts.argmax()])
    truth = labels[out]
    return {
        "decision_tree": agreement(truth.tolist(), said.tolist()),
        "base_rate": agreement(truth.tolist(), largest.tolist()),
    }, ""


def _tree(known: Any, labels: Any, asked: Any) -> Any:
    from sklearn.tree import DecisionTreeClassifier

    medians = pd.DataFrame(known).median().fillna(0).to_numpy()
    tree = DecisionTreeClassifier(max_depth=DEPTH, random_state=SEED)
    tree.fit(np.where(np.isnan(known), medians, known), labels)
    return tree.predict(np.where(np.isnan(asked), medians, asked))


def _evaluate_published(as_of: datetime) -> dict[str, Any]:
    grouping = promoted_clusters()
    if grouping is None:
        raise NotFound("There are no clusters yet. Run a refresh first.")
    table, labels = _published(grouping)
    report, note = reproduced(table, labels)
    about = _about(grouping.algorithm, len(table), grouping.metrics, grouping.is_weak)
    about["run"] = grouping.run_id
    about["names"] = {str(group["label"]): group["name"] for group in grouping.groups}
    return _answer(as_of, _rows(report, about, grouping.metrics), note)


def _published(grouping: Grouping) -> tuple[pd.DataFrame, Any]:
    """Features and published labels of everybody who has one, from the current snapshot."""
    frame = features.frames.for_learners().collect()
    label_of = {group["name"]: group["label"] for group in grouping.groups}
    labels = pd.Series([label_of.get(name) for name in frame[FAMILY].to_list()], dtype="Float64")
    known = labels.notna().to_numpy()
    table = pd.DataFrame(numbers_of(tuple(grouping.features), frame))
    return table[known], labels[known].to_numpy(dtype=int)


def _about(algorithm: str, customers: int, metrics: dict[str, Any], weak: bool) -> dict[str, Any]:
    return {"algorithm": algorithm, **metrics["chosen"], "clustered": customers, "weak": weak}


def _rows(
    report: dict[str, Agreement] | None, about: dict[str, Any], metrics: dict[str, Any]
) -> list[dict[str, Any]]:
    by_k = [
        {"method": about["algorithm"], **entry, "chosen": entry["k"] == about["k"]}
        for entry in metrics["evidence"]
    ]
    return [*_agreement_rows(report, about), *by_k]


def _agreement_rows(
    report: dict[str, Agreement] | None, about: dict[str, Any]
) -> list[dict[str, Any]]:
    if report is None:
        return [{"method": "promoted", **about}] if about else []
    tree = {"reproduced_by": "decision_tree", **report["decision_tree"].as_row()}
    return [
        {"method": "promoted", **about, **tree},
        {"method": "base_rate", **report["base_rate"].as_row()},
    ]


def _numbers(table: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    missing = [name for name in names if name not in table.columns]
    if missing:
        raise NotATable(
            f"The table lacks {', '.join(missing)}.", fields=dict.fromkeys(missing, "missing")
        )
    try:
        numbers = table[list(names)].astype("Float64").astype(float)
    except (TypeError, ValueError) as error:
        raise NotATable(f"{', '.join(names)} must all be numbers.") from error
    if np.isinf(numbers.to_numpy()).any():
        raise NotATable("An infinite number cannot be clustered. Leave it empty instead.")
    return numbers


def _answer(as_of: datetime, rows: list[dict[str, Any]], note: str) -> dict[str, Any]:
    """``note`` says in words what could not be answered; it is empty where all was."""
    return {
        "name": "segments",
        "as_of": as_of.isoformat(),
        "protocol": PROTOCOL,
        "rows": rows,
        "note": note,
    }
