"""Statistics of a campaign against its control group: moments in, frozen results out."""

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
    "PairedSample",
    "Sample",
    "minimum_detectable_effect",
    "minimum_detectable_share",
    "power_of",
]
