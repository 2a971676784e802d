"""Statistics of a campaign against its control group: moments in, frozen results out."""

from analytics.experiments.checks import Split, holm, sample_ratio
from analytics.experiments.estimates import (
    Estimate,
    cuped,
    difference,
    relative_lift,
    share_difference,
)
from analytics.experiments.guard import HarmGuard, harm_guard
from analytics.experiments.power import (
    ALPHA,
    POWER,
    Detectable,
    minimum_detectable_effect,
    minimum_detectable_share,
    power_of,
)
from analytics.experiments.samples import PairedSample, Sample

__all__ = [
    "ALPHA",
    "POWER",
    "Detectable",
    "Estimate",
    "HarmGuard",
    "PairedSample",
    "Sample",
    "Split",
    "cuped",
    "difference",
    "harm_guard",
    "holm",
    "minimum_detectable_effect",
    "minimum_detectable_share",
    "power_of",
    "relative_lift",
    "sample_ratio",
    "share_difference",
]
