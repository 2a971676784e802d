"""The last weeks of a ledger that begins today: who was in which RFM group at each week end."""

from datetime import datetime

import polars as pl
from django.db import connection, transaction
from django.db.models import Min

import features.frames
from analytics import rfm
from core.bulk import copy_in
from core.localtime import local_wall, week_ends
from core.selectors import organisation_zone
from runs.models import Run
from runs.work import Step
from segmentation.models import Grouping, Membership, Segment, SegmentKind
from segmentation.rankings import group_cells, promoted_rfm, rfm_values, stored_thresholds

WEEKS = 8
READ = ("purchases",)
STAYS = "segment_id bigint, customer_id bigint, entered_at timestamptz, left_at timestamptz"
# A customer who is gone from the record since the mirror was read is not entered.
ENTER = """
    INSERT INTO segmentation_membership (segment_id, customer_id, entered_at, left_at, run_id)
    SELECT s.segment_id, s.customer_id, s.entered_at, s.left_at, %s FROM past_stays s
    JOIN customers_customer c ON c.id = s.customer_id
    ORDER BY s.entered_at, s.segment_id, s.customer_id
"""


@transaction.atomic
def backfill_history(*, step: Step, as_of: datetime, run: Run) -> int:
    """Write the RFM groups of the last eight week ends into the ledger, as if refreshed then.

    Features are as of each week end, thresholds those of the ranking that holds now: a move is the
    customer's own. Only week ends before the ledger's first row are written, and no row that is
    there is touched; so it happens once, and a second attempt after a kill does it whole or not at
    all. Returns the number of rows.
    """
    grouping = promoted_rfm()
    begins = Membership.objects.filter(segment__kind=SegmentKind.RFM).aggregate(
        at=Min("entered_at")
    )["at"]
    if grouping is None or (begins and begins > as_of):
        return 0
    ends = week_ends(as_of, organisation_zone(), WEEKS)
    moments = [end for end in ends if begins is None or end < begins]
    if not moments:
        return 0
    stays = _stays(_groups_by_week(grouping, moments, step), moments, until=begins)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE past_stays ({STAYS}) ON COMMIT DROP")
        copy_in(table="past_stays", frame=stays)
        step.point("history", rows=1, of=2)
        cursor.execute(ENTER, [run.pk])
        cursor.execute("DROP TABLE past_stays")
    return stays.height


def _groups_by_week(grouping: Grouping, moments: list[datetime], step: Step) -> pl.DataFrame:
    """week (a place in ``moments``), customer_pk and segment_id of everybody known by then."""
    since, zone = features.frames.known_since(), organisation_zone()
    found = []
    for week, moment in enumerate(moments):
        by = pl.col("since").is_null() | (pl.col("since") < local_wall(moment, zone))
        groups = _groups_at(grouping, moment)
        if groups is not None:
            known = groups.join(since.filter(by), on="customer_pk", how="semi")
            found.append(known.with_columns(pl.lit(week).alias("week")))
        step.part().wrote(week)
    schema = {"customer_pk": pl.Int64, "group": pl.String, "week": pl.Int32}
    everybody = pl.concat(found) if found else pl.DataFrame(schema=schema)
    kept = Segment.objects.filter(kind=SegmentKind.RFM, archived_at=None)
    names = pl.DataFrame(
        list(kept.values_list("name", "pk")),
        schema={"group": pl.String, "segment_id": pl.Int64},
        orient="row",
    )
    return everybody.join(names, on="group").drop("group")


def _groups_at(grouping: Grouping, moment: datetime) -> pl.DataFrame | None:
    """customer_pk and group of everybody; None where nobody had bought yet."""
    assert grouping.group_table is not None
    frame = features.frames.some_features_as_of(READ, moment)
    values = rfm_values(frame, grouping.options["frequency_unit"])
    if not (values[0] == values[0]).any():
        return None
    scored = rfm.score(*values, stored_thresholds(grouping), group_cells(grouping.group_table))
    group = pl.Series("group", scored.group.tolist(), dtype=pl.String)
    return frame.select("customer_pk", group)


def _stays(weeks: pl.DataFrame, moments: list[datetime], *, until: datetime | None) -> pl.DataFrame:
    """Weeks in a row as one stay; one that reaches the last week ends with the ledger's first row.

    Without such a row it stays open, for the refresh to go on from.
    """
    in_order = weeks.sort("customer_pk", "week")
    here, before = pl.struct("customer_pk", "segment_id"), pl.col("week").shift() + 1
    goes_on = (here == here.shift()) & (pl.col("week") == before)
    numbered = in_order.with_columns((~goes_on.fill_null(value=False)).cum_sum().alias("stay"))
    entered = [moment.isoformat() for moment in moments]
    left = [*entered[1:], until.isoformat() if until else None]
    at = {"entered_at": entered, "left_at": left}
    times = pl.DataFrame({"week": pl.Series(range(len(moments)), dtype=weeks.schema["week"]), **at})
    stays = numbered.group_by("stay").agg(
        pl.col("segment_id", "customer_pk").first(),
        pl.col("week").min().alias("first"),
        pl.col("week").max().alias("last"),
    )
    named = stays.join(times.select(pl.col("week").alias("first"), "entered_at"), on="first").join(
        times.select(pl.col("week").alias("last"), "left_at"), on="last"
    )
    return named.select(
        "segment_id", pl.col("customer_pk").alias("customer_id"), "entered_at", "left_at"
    )
