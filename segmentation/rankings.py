"""What an RFM run has kept: its cut-offs and its table, as numbers to score with."""

from typing import Any

import polars as pl

from analytics import rfm
from segmentation.frames import numbers_of
from segmentation.models import Grouping, GroupTable, SegmentKind


def promoted_rfm() -> Grouping | None:
    ranked = Grouping.objects.filter(kind=SegmentKind.RFM, promoted=True)
    return ranked.select_related("group_table").first()


def stored_thresholds(grouping: Grouping) -> rfm.Thresholds:
    return rfm.Thresholds(**{name: tuple(cuts) for name, cuts in grouping.thresholds.items()})


def group_cells(table: GroupTable) -> dict[int, dict[int, str]]:
    return {int(r): {int(fm): name for fm, name in row.items()} for r, row in table.cells.items()}


def rfm_values(frame: pl.DataFrame, unit: str) -> tuple[Any, Any, Any]:
    """Recency, frequency and money as float arrays; frequency counts orders, or lines."""
    frequency = "line_count" if unit == "lines" else "purchase_frequency"
    names = ("recency_days", frequency, "purchase_monetary_value")
    values = numbers_of(names, frame)
    return tuple(values[name] for name in names)  # type: ignore[return-value]  # three names
