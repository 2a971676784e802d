"""What is usual, told so that a few odd days do not change it."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

# The standard deviation of a normal law is 1.4826 times its median absolute deviation.
NORMAL = 1.4826
DEVIATIONS = 3.0
# However alike the values are, so large a share of the median up or down is nothing odd.
LEAST_SHARE = 0.5
LEAST_VALUES = 3


@dataclass(frozen=True)
class Usual:
    """The median, and the range in which a value is nothing odd."""

    middle: float
    low: float
    high: float

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high


def usual(values: Sequence[float]) -> Usual | None:
    """Median ± the larger of three robust deviations and half the median; None for too few.

    Hampel, "The Influence Curve and Its Role in Robust Estimation", JASA 69 (1974): one odd value
    among seven moves neither the median nor the deviation by much.
    """
    if len(values) < LEAST_VALUES:
        return None
    middle = median(values)
    deviation = NORMAL * median(abs(value - middle) for value in values)
    width = max(DEVIATIONS * deviation, LEAST_SHARE * middle)
    return Usual(middle, max(middle - width, 0.0), middle + width)
