from dataclasses import asdict
from datetime import datetime
from typing import Any

import polars as pl
from django.db import transaction

import features.frames
import features.services
from analytics import rfm
from analytics.rfm import DEFAULT_GROUPS as DEFAULT
from core.contracts.builder import Feature
from core.errors import Refused
from runs.models import Run
from runs.work import Step
from segmentation.frames import numbers_of
from segmentation.models import Grouping, GroupTable, SegmentKind
from segmentation.services.segments import Group, sync_group_segments

FAMILY = "rfm"
# Cuts made for this many customers more or fewer no longer speak for the shop.
RERANK_BEYOND = 0.2

# From the most to the least valuable, and what each means to whoever reads the list.
MEANINGS = {
    "Champions": "bought lately, often and for much",
    "Loyal": "buy often and for much",
    "Active": "bought lately, in the middle otherwise",
    "Promising": "bought not long ago, seldom so far",
    "New": "bought lately, hardly ever before",
    "Needs attention": "in the middle of everything: could go either way",
    "Previously loyal": "bought often and for much, but not lately",
    "At risk": "used to buy regularly and are silent",
    "Almost lost": "bought seldom and are silent",
    "Dormant": "bought seldom, long ago",
    rfm.PROSPECTS: "known, but without an order",
}
FEATURES = (
    Feature("recency_score", "int16", "1 to 5, 5 bought most recently", "RFM run"),
    Feature("frequency_score", "int16", "1 to 5, 5 buys most often", "RFM run"),
    Feature("monetary_score", "int16", "1 to 5, 5 spends most", "RFM run"),
    Feature("rfm_score", "text", "the three scores beside each other", "RFM run"),
    Feature("rfm_group", "text", "the group that the group table gives to the scores", "RFM run"),
)


class NobodyToRank(Refused):
    code = "nobody_to_rank"


def run_rfm(*, step: Step, as_of: datetime, run: Run) -> Grouping:
    """Score everybody, publish scores and groups, and make the groups' segments.

    The stored thresholds are kept, so that a move between groups is a customer's own; they are made
    anew when asked (the run's argument ``rerank``) or when the shop has grown or shrunk by a fifth.
    """
    frame = features.frames.snapshot().collect()
    unit = run.arguments.get("frequency_unit", "orders")
    values = rfm_values(frame, unit)
    known = int((values[0] == values[0]).sum())
    if known == 0:
        raise NobodyToRank("Nobody has a recency yet: bring in orders or customer features first.")
    before = _ranking_to_keep(run, unit, known)
    cuts = stored_thresholds(before) if before else rfm.thresholds(*values)
    table = current_group_table()
    scored = rfm.score(*values, cuts, group_cells(table))
    labels = labels_frame(frame["customer_pk"], scored)
    features.services.publish(
        family=FAMILY, frame=labels, as_of=as_of, source=run, features=FEATURES
    )
    # The labels are written; the grouping with its segments follows in one transaction.
    step.wrote(frame.height, of=frame.height + 1)
    metrics = {
        **asdict(rfm.sureness(*values, cuts, group_cells(table))),
        "ranked": before.metrics["ranked"] if before else known,
        "thresholds_kept": before is not None,
    }
    grouping = _promote(
        run=run, as_of=as_of, cuts=cuts, table=table, metrics=metrics, frame=frame, scored=scored,
        unit=unit,
    )  # fmt: skip
    step.wrote(frame.height + 1, of=frame.height + 1)
    return grouping


def rfm_values(frame: pl.DataFrame, unit: str) -> tuple[Any, Any, Any]:
    """Recency, frequency and money as float arrays; frequency counts orders, or lines."""
    frequency = "line_count" if unit == "lines" else "purchase_frequency"
    names = ("recency_days", frequency, "purchase_monetary_value")
    values = numbers_of(names, frame)
    return tuple(values[name] for name in names)  # type: ignore[return-value]  # three names


def group_cells(table: GroupTable) -> dict[int, dict[int, str]]:
    return {int(r): {int(fm): name for fm, name in row.items()} for r, row in table.cells.items()}


def current_group_table() -> GroupTable:
    """The newest version; before anybody edited it, version 1 as the glossary defines it."""
    cells = {str(r): {str(fm): name for fm, name in row.items()} for r, row in DEFAULT.items()}
    newest = GroupTable.objects.order_by("-version").first()
    return newest or GroupTable.objects.create(version=1, cells=cells)


def promoted_rfm() -> Grouping | None:
    return Grouping.objects.filter(kind=SegmentKind.RFM, promoted=True).first()


def stored_thresholds(grouping: Grouping) -> rfm.Thresholds:
    return rfm.Thresholds(**{name: tuple(cuts) for name, cuts in grouping.thresholds.items()})


def labels_frame(customer_pks: pl.Series, scored: rfm.Scored) -> pl.DataFrame:
    """The published columns; scores are missing where there is no recency."""
    score = pl.concat_str("recency_score", "frequency_score", "monetary_score")
    names = ("recency_score", "frequency_score", "monetary_score")
    frame = pl.DataFrame(
        {
            "customer_pk": customer_pks,
            **{name: getattr(scored, name) for name in names},
            "rfm_group": pl.Series(scored.group.tolist(), dtype=pl.String),
        }
    )
    ranked = frame.with_columns(
        pl.when(pl.col(name) > 0).then(pl.col(name)).alias(name) for name in names
    )
    return ranked.with_columns(score.alias("rfm_score"))


def _ranking_to_keep(run: Run, unit: str, known: int) -> Grouping | None:
    """The ranking whose thresholds hold on; a second attempt decides as the first did."""
    others = Grouping.objects.filter(kind=SegmentKind.RFM).exclude(run=run)
    before = others.order_by("-id").first()
    if before is None or run.arguments.get("rerank") or before.options["frequency_unit"] != unit:
        return None
    ranked = before.metrics["ranked"]
    return None if abs(known - ranked) > RERANK_BEYOND * ranked else before


@transaction.atomic
def _promote(
    *, run: Run, as_of: datetime, cuts: rfm.Thresholds, table: GroupTable, metrics: dict[str, Any],
    frame: pl.DataFrame, scored: rfm.Scored, unit: str,
) -> Grouping:  # fmt: skip
    present = set(scored.group.tolist())
    cells = {name for row in table.cells.values() for name in row.values()}
    order = [*MEANINGS, *sorted(cells - set(MEANINGS))]
    names = [n for n in order if n in cells or (n == rfm.PROSPECTS and n in present)]
    Grouping.objects.filter(kind=SegmentKind.RFM, promoted=True).update(promoted=False)
    grouping = Grouping.objects.create(
        kind=SegmentKind.RFM,
        run=run,
        as_of=as_of,
        algorithm="rfm",
        options={"frequency_unit": unit},
        features=list(rfm.DIMENSIONS),
        thresholds=asdict(cuts),
        group_table=table,
        metrics=metrics,
        groups=[{"name": n, "size": int((scored.group == n).sum())} for n in names],
        promoted=True,
    )
    groups = [Group(name, MEANINGS.get(name, "")) for name in names]
    sync_group_segments(kind=SegmentKind.RFM, feature="rfm_group", groups=groups, as_of=as_of)
    return grouping
