"""What a cluster run is asked to do, and the algorithm that does it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from analytics.centroids import SCALINGS, Scaling
from core.contracts.algorithm import Algorithm
from core.contracts.options import BadOption, configured, option_names
from core.errors import Refused
from core.registry import plugins
from features.selectors import catalogue
from segmentation.algorithms.kmeans import KMeans

STANDARD_FEATURES = ("recency_days", "purchase_frequency", "purchase_monetary_value")
NUMBERS = ("int16", "int32", "float32", "float64")


class BadClusterOptions(Refused):
    code = "bad_cluster_options"


@dataclass(frozen=True)
class ClusterOptions:
    """What a cluster run looks at and how. ``k`` None: chosen by stability.

    ``settings`` are further options of the algorithm, by the names of its fields.
    """

    features: tuple[str, ...] = STANDARD_FEATURES
    scaling: Scaling = "log"
    k: int | None = None
    seed: int = 0
    force: bool = False
    algorithm: str = KMeans.key
    settings: Mapping[str, Any] = field(default_factory=dict)


@cache
def algorithms() -> dict[str, type[Algorithm]]:
    return plugins(packages=["segmentation.algorithms"], contract=Algorithm)


def checked_algorithm(options: ClusterOptions) -> Algorithm:
    """The algorithm with its options; refuses what is known to be wrong, naming what is known."""
    _check_features(options)
    if options.scaling not in SCALINGS:
        raise BadClusterOptions(
            f"{options.scaling!r} is no scaling. Use one of {', '.join(SCALINGS)}.",
            fields={"scaling": options.scaling},
        )
    if options.k is not None and not 1 <= options.k <= 50:
        raise BadClusterOptions("k lies between 1 and 50.", fields={"k": str(options.k)})
    chosen = algorithms().get(options.algorithm)
    if chosen is None:
        raise BadClusterOptions(
            f"{options.algorithm!r} is no algorithm. Use one of {', '.join(algorithms())}.",
            fields={"algorithm": options.algorithm},
        )
    _check_said_once(options)
    shared = {"scaling": options.scaling, "seed": options.seed}
    known = {name: value for name, value in shared.items() if name in option_names(chosen)}
    asked = {} if options.k is None else {"k": options.k}
    try:
        return configured(chosen, {**known, **asked, **options.settings}, called=options.algorithm)
    except BadOption as error:
        raise BadClusterOptions(str(error), fields={error.name: str(error)}) from error


def _check_features(options: ClusterOptions) -> None:
    known = catalogue()
    made_up = sorted(e.name for e in known if e.synthetic and e.name in options.features)
    if made_up:
        raise BadClusterOptions(
            f"{', '.join(made_up)} rests on rows that were made up for the demo: nothing is learnt"
            " from them. Take other features.",
            fields={"features": ", ".join(made_up)},
        )
    numeric = {entry.name for entry in known if entry.dtype in NUMBERS}
    unknown = [name for name in options.features if name not in numeric]
    if unknown or not options.features:
        raise BadClusterOptions(
            f"{', '.join(unknown) or 'No feature'} is not a feature that holds numbers.",
            fields={"features": ", ".join(unknown)},
        )
    twice = sorted({name for name in options.features if options.features.count(name) > 1})
    if twice:
        raise BadClusterOptions(
            f"{', '.join(twice)} is named more than once. Name each feature once.",
            fields={"features": ", ".join(twice)},
        )


def _check_said_once(options: ClusterOptions) -> None:
    """What stands beside the settings is not said in them again: two answers to one question."""
    for name in ("scaling", "k", "seed"):
        if name in options.settings:
            raise BadClusterOptions(
                f"Say {name} beside the settings, not in them.", fields={"settings": name}
            )
