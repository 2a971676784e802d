"""What every row shares: the clock, the peak of memory, and the shape of a result."""

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from features.shop import Shop
from pipelines.shop_files import demo_shop

CUSTOMERS = 500_000


@dataclass(frozen=True)
class Result:
    """``ratio`` is ours ÷ peer: below 1 is better. None where there is no peer here."""

    name: str
    ours: float
    peer: float | None
    ratio: float | None
    unit: str
    peak_rss_mb: float
    note: str


def measured(name: str, ours: float, peer: float | None, unit: str, note: str) -> Result:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    ratio = None if peer is None else round(ours / peer, 2)
    return Result(name, round(ours, 3), peer and round(peer, 3), ratio, unit, round(peak), note)


def seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def cpu_seconds(work: Callable[[], Any]) -> float:
    """Of all threads: other programs on the machine do not count."""
    began = time.process_time()
    work()
    return time.process_time() - began


def real_shop() -> Shop:
    """Complete Journey by its own dates."""
    return demo_shop(now=datetime.now(UTC))
