"""Lists that leave the house: streamed, safe for spreadsheets, with the columns a role may see."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

import features.frames
from core.downloads import FORMULA
from customers.frames import contacts_frame
from segmentation.frames import members
from segmentation.models import Segment

CHUNK_ROWS = 20_000
FEATURES = (
    "rfm_group", "cluster", "recency_days", "purchase_frequency", "purchase_monetary_value",
    "region", "age_band", "reachable_email", "reachable_sms", "reachable_phone", "reachable_post",
)  # fmt: skip
# An address goes out only where its owner may be reached there.
NEEDS = {"email": ("reachable_email",), "phone": ("reachable_phone", "reachable_sms")}
REACH = tuple(name for name in FEATURES if name.startswith("reachable_"))
BEGINS_A_FORMULA = "^[" + "".join(FORMULA).replace("-", r"\-") + "]"


@dataclass(frozen=True)
class Terms:
    """How somebody wants an export; ``only_reachable`` leaves out whom no channel may reach."""

    columns: tuple[str, ...]
    only_reachable: bool = False


def member_csv(
    segment: Segment, *, personal: bool, terms: Terms | None = None, rows_at_once: int = CHUNK_ROWS
) -> Iterator[bytes]:
    """The members as CSV by key, a chunk at a time; the customer_id first.

    Only their keys are kept: the figures of a chunk are looked up in the mapped snapshot when it is
    its turn, all in the one that was current at the beginning.
    """
    inside = members(segment.definition)
    if terms and terms.only_reachable:
        inside = _reachable(inside)
    known = [name for name in FEATURES if name in inside.collect_schema().names()]
    pks = inside.select("customer_pk").collect()["customer_pk"].sort()
    for start in range(0, max(pks.len(), 1), rows_at_once):
        asked = pks.slice(start, rows_at_once)
        within = pl.col("customer_pk").is_between(asked.min(), asked.max())
        rows = inside.filter(within).select("customer_pk", *known).sort("customer_pk").collect()
        yield _lines(rows, personal=personal, header=start == 0, terms=terms)


def movers_csv(
    moved: pl.DataFrame, before: Segment | None, after: Segment | None, *, personal: bool
) -> Iterator[bytes]:
    """Who made a move, with its two groups, what they spent in the year before, and features."""
    snapshot = features.frames.snapshot()
    known = [name for name in FEATURES if name in snapshot.collect_schema().names()]
    told = snapshot.select("customer_pk", *known).collect()
    names = [segment.name if segment else None for segment in (before, after)]
    frame = moved.select(
        "customer_pk",
        pl.lit(names[0], pl.String).alias("group_before"),
        pl.lit(names[1], pl.String).alias("group_after"),
        pl.col("spent").round(2).alias("spent_365d"),
    )
    joined = frame.join(told, on="customer_pk", how="left", maintain_order="left")
    return csv_of(joined, personal=personal)


def csv_of(frame: pl.DataFrame, *, personal: bool) -> Iterator[bytes]:
    """Rows of customer_pk and columns as CSV, a chunk at a time, with whom they are about."""
    for start in range(0, max(frame.height, 1), CHUNK_ROWS):
        yield _lines(frame.slice(start, CHUNK_ROWS), personal=personal, header=start == 0)


def _lines(
    rows: pl.DataFrame, *, personal: bool, header: bool, terms: Terms | None = None
) -> bytes:
    told = with_people(rows, personal=personal)
    if terms:
        told = _usable(told).select(name for name in terms.columns if name in told.columns)
    told = formula_safe(told)
    return told.write_csv(include_header=header).encode()


def _reachable(frame: pl.LazyFrame) -> pl.LazyFrame:
    known = [name for name in REACH if name in frame.collect_schema().names()]
    return frame.filter(pl.any_horizontal(known)) if known else frame.clear()


def _usable(told: pl.DataFrame) -> pl.DataFrame:
    """Addresses only where one may use them."""
    for name, needs in NEEDS.items():
        if name not in told.columns:
            continue
        known = [need for need in needs if need in told.columns]
        may = pl.any_horizontal(known).fill_null(value=False) if known else pl.lit(value=False)
        told = told.with_columns(pl.when(may).then(pl.col(name)).alias(name))
    return told


def formula_safe(frame: pl.DataFrame) -> pl.DataFrame:
    """Text that begins like a formula gets an apostrophe before it, and stays text."""
    texts = [n for n, dtype in frame.schema.items() if dtype in (pl.String, pl.Categorical)]
    return frame.with_columns(
        pl.when(pl.col(name).cast(pl.String).str.contains(BEGINS_A_FORMULA))
        .then(pl.concat_str(pl.lit("'"), pl.col(name).cast(pl.String)))
        .otherwise(pl.col(name).cast(pl.String))
        .alias(name)
        for name in texts
    )


def with_people(chunk: pl.DataFrame, *, personal: bool) -> pl.DataFrame:
    """The shop's customer_id first, with name and addresses where one may see them."""
    known = contacts_frame(chunk["customer_pk"], personal=personal)
    joined = chunk.join(known, on="customer_pk", how="left", maintain_order="left")
    return joined.select(*known.columns[1:], pl.exclude(known.columns))
