"""Questions about work lists: who is on one, who is done, and whom another list has already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
from django.db.models import Q, QuerySet

import features.frames
import features.selectors
from core.bulk import read_query
from core.errors import NotFound
from segmentation.frames import REVENUE, members
from segmentation.ledger import movers
from segmentation.models import WorkEntry, WorkList
from segmentation.movement import period
from segmentation.moves_address import AskedMove
from segmentation.rule_words import sentence
from segmentation.selectors import segment_with_slug

TO_DO, DONE, ELSEWHERE = "todo", "done", "elsewhere"
STATES = (TO_DO, DONE, ELSEWHERE)
OPEN, CLOSED = "open", "closed"
# A list that is older and open has the customer; so has any where they were called since.
ENTRIES = """
    SELECT e.work_list_id, e.id, e.customer_id, e.position, e.done_at IS NOT NULL, h.work_list_id
    FROM segmentation_workentry e JOIN segmentation_worklist w ON w.id = e.work_list_id
    LEFT JOIN LATERAL (
        SELECT o.work_list_id FROM segmentation_workentry o
        JOIN segmentation_worklist l ON l.id = o.work_list_id
        WHERE e.done_at IS NULL AND o.customer_id = e.customer_id AND o.work_list_id <> w.id
          AND (l.id < w.id AND l.closed_at IS NULL OR o.done_at >= w.created_at)
        ORDER BY o.done_at IS NULL, o.work_list_id LIMIT 1
    ) h ON true
    WHERE e.work_list_id = ANY(%(lists)s::bigint[]) AND e.id = coalesce(%(only)s, e.id)
    ORDER BY e.work_list_id, e.position, e.id
"""
SCHEMA = {
    "work_list": pl.Int64(), "entry": pl.Int64(), "customer_pk": pl.Int64(),
    "position": pl.Int64(), "done": pl.Boolean(), "held_by": pl.Int64(),
}  # fmt: skip


@dataclass(frozen=True)
class ListFigures:
    """How far a list is; ``elsewhere`` are on another list, and not called from this one."""

    customers: int = 0
    done: int = 0
    elsewhere: int = 0
    spent: float = 0.0

    @property
    def to_do(self) -> int:
        return self.customers - self.done - self.elsewhere


def work_lists(part: str = "") -> QuerySet[WorkList]:
    """Those of one part (open, closed), what is due first first; without a day they come last."""
    which = {OPEN: Q(closed_at=None), CLOSED: Q(closed_at__isnull=False)}.get(part, Q())
    known = WorkList.objects.filter(which).select_related("owner", "created_by")
    return known.order_by("due_on", "-id") if part != CLOSED else known.order_by("-closed_at")


def work_list_with_id(pk: int) -> WorkList:
    found = WorkList.objects.select_related("owner", "created_by").filter(pk=pk).first()
    if found is None:
        raise NotFound(f"There is no work list {pk}.")
    return found


def tallies(*, owner_id: int, today: date) -> dict[str, int]:
    """How many lists are open, closed, somebody's own, due by today, and without an owner."""
    rows = WorkList.objects.values_list("closed_at", "owner_id", "due_on")
    opened = [(owner, due) for closed, owner, due in rows if closed is None]
    return {
        OPEN: len(opened),
        CLOSED: len(rows) - len(opened),
        "mine": sum(owner == owner_id for owner, _ in opened),
        "due": sum(due is not None and due <= today for _, due in opened),
        "overdue": sum(due is not None and due < today for _, due in opened),
        "unowned": sum(owner is None for owner, _ in opened),
    }


def entries(lists: Sequence[WorkList], *, only: int | None = None) -> pl.DataFrame:
    """Who is on these lists, in their order; ``state`` is one of STATES, ``held_by`` the list that
    has an ELSEWHERE one. ``only``: one entry. Columns of SCHEMA and state."""
    asked = "{" + ",".join(str(one.pk) for one in lists) + "}"
    rows = read_query(ENTRIES, SCHEMA, {"lists": asked, "only": only})
    state = (
        pl.when(pl.col("done"))
        .then(pl.lit(DONE))
        .when(pl.col("held_by").is_not_null())
        .then(pl.lit(ELSEWHERE))
        .otherwise(pl.lit(TO_DO))
    )
    return rows.with_columns(state.alias("state"))


def list_figures(lists: Sequence[WorkList]) -> dict[int, ListFigures]:
    """{primary key of a list: how far it is}; spent is what they spent in all."""
    frame = with_spent(entries(lists))
    counted = frame.group_by("work_list").agg(
        pl.len().alias("customers"),
        (pl.col("state") == DONE).sum().alias("done"),
        (pl.col("state") == ELSEWHERE).sum().alias("elsewhere"),
        pl.col("spent").sum(),
    )
    found = {row.pop("work_list"): ListFigures(**row) for row in counted.to_dicts()}
    return {one.pk: found.get(one.pk, ListFigures()) for one in lists}


def with_spent(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows of customer_pk with ``spent``: what they spent in all, by the newest snapshot."""
    snapshot = features.frames.snapshot()
    if REVENUE not in snapshot.collect_schema().names():
        return frame.with_columns(pl.lit(0.0).alias("spent"))
    spent = snapshot.select("customer_pk", pl.col(REVENUE).cast(pl.Float64).alias("spent"))
    joined = frame.join(spent.collect(), on="customer_pk", how="left", maintain_order="left")
    return joined.with_columns(pl.col("spent").fill_null(0.0))


def entry_of(work_list: WorkList, number: int) -> WorkEntry:
    found = WorkEntry.objects.select_related("customer", "done_by").filter(
        work_list=work_list, pk=number
    )
    entry = found.first()
    if entry is None:
        raise NotFound("This customer is not on the list any more.")
    return entry


def on_open_lists(customer_pks: Sequence[int]) -> int:
    """How many of these customers are on a list that is open."""
    theirs = WorkEntry.objects.filter(customer_id__in=customer_pks, work_list__closed_at=None)
    return theirs.values("customer_id").distinct().count()


@dataclass(frozen=True)
class Source:
    """Whom a list is made of, in the order in which they are called, and where they come from.

    ``definition``: the rule that says it, where there is one.
    """

    customer_pks: Sequence[int]
    origin: str
    definition: Mapping[str, Any] | None = None


def source_of_segment(slug: str) -> Source:
    segment = segment_with_slug(slug[:80])
    rule = {"segment": segment.slug}
    return Source(people_of_rule(segment.definition), f"segment {segment.name}", rule)


def source_of_rule(rule: Any) -> Source:
    found = people_of_rule(rule)
    entries = features.selectors.catalogue()
    told = sentence(
        rule, {e.name: e.definition for e in entries}, {e.name: e.unit for e in entries}
    )
    return Source(found, f"the rule {''.join(words for words, _ in told)}", rule)


def source_of_move(move: AskedMove) -> Source:
    """Who made it."""
    moved = movers(move.since, move.until, move.before, move.after)
    names = [group.name if group else "nobody" for group in (move.before, move.after)]
    origin = f"{' to '.join(names)} {period(move.since, move.until)}"
    return Source(in_calling_order(moved["customer_pk"]), origin)


def people_of_rule(definition: Any) -> list[int]:
    """customer_pk of everyone whom a rule fits, in the order in which one calls them."""
    return in_calling_order(members(definition).select("customer_pk").collect()["customer_pk"])


def in_calling_order(customer_pks: pl.Series) -> list[int]:
    """By risk times spend, then spend: who is likely to leave and worth keeping comes first.

    Without a score of the risk the spend alone decides.
    """
    snapshot = features.frames.snapshot()
    risk = pl.lit(1.0)
    if "churn_probability" in snapshot.collect_schema().names():
        risk = pl.col("churn_probability").cast(pl.Float64).fill_null(0.0)
    told = snapshot.select("customer_pk", risk.alias("risk")).collect()
    asked = pl.DataFrame({"customer_pk": customer_pks.cast(pl.Int64)}).unique(maintain_order=True)
    known = with_spent(asked).join(told, on="customer_pk", how="left", maintain_order="left")
    worth = (pl.col("spent") * pl.col("risk").fill_null(0.0)).alias("worth")
    ordered = known.with_columns(worth).sort(
        ["worth", "spent", "customer_pk"], descending=[True, True, False]
    )
    return ordered["customer_pk"].to_list()
