from dataclasses import asdict
from datetime import datetime
from typing import Any

import polars as pl
from django.db import transaction

import features.frames
import features.services
from analytics import rfm
from core.contracts.builder import Feature
from core.errors import Refused
from runs.models import Run
from runs.work import Step
from segmentation.models import Grouping, GroupTable, SegmentKind
from segmentation.rankings import group_cells, rfm_values, stored_thresholds
from segmentation.services.group_tables import current_group_table
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
    anew when asked (the run's argument ``rerank``, or the group table's) or when the shop has grown
    or shrunk by a fifth. Cut-offs that the group table sets by hand hold before all others.
    """
    frame = features.frames.for_learners().collect()
    unit = run.arguments.get("frequency_unit", "orders")
    values = rfm_values(frame, unit)
    known = int((values[0] == values[0]).sum())
    if known == 0:
        raise NobodyToRank("Nobody has a recency yet: bring in orders or customer features first.")
    table = current_group_table()
    before = _ranking_to_keep(run, unit, known, table)
    cuts = stored_thresholds(before) if before else rfm.thresholds(*values)
    if table.thresholds:
        cuts = rfm.Thresholds(**{name: tuple(four) for name, four in table.thresholds.items()})
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
        "own_cut_offs": bool(table.thresholds),
    }
    grouping = _promote(
        run=run, as_of=as_of, cuts=cuts, table=table, metrics=metrics, frame=frame, scored=scored,
        unit=unit,
    )  # fmt: skip
    step.wrote(frame.height + 1, of=frame.height + 1)
    return grouping


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


def _ranking_to_keep(run: Run, unit: str, known: int, table: GroupTable) -> Grouping | None:
    """The ranking whose thresholds hold on; a second attempt decides as the first did."""
    others = Grouping.objects.filter(kind=SegmentKind.RFM).exclude(run=run)
    before = others.order_by("-id").select_related("group_table").first()
    if before is None or run.arguments.get("rerank") or before.options["frequency_unit"] != unit:
        return None
    # Cut-offs by hand are no ranking, and end with the version that sets them.
    if table.thresholds or (before.group_table and before.group_table.thresholds):
        return None
    if table.rerank and before.group_table_id != table.pk:
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
