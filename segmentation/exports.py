"""Lists that leave the house: streamed, safe for spreadsheets, with the columns a role may see."""

from collections.abc import Iterator

import polars as pl

import features.frames
from customers.selectors import people
from segmentation.models import Segment
from segmentation.selectors import member_frame

CHUNK_ROWS = 20_000
PERSONAL = ("name", "email", "phone")
FEATURES = (
    "rfm_group", "cluster", "recency_days", "purchase_frequency", "purchase_monetary_value",
    "region", "age_band", "reachable_email", "reachable_sms", "reachable_phone", "reachable_post",
)  # fmt: skip
# What a spreadsheet would take for a formula.
FORMULA = r"^[=+\-@\t\r]"


def member_csv(segment: Segment, *, personal: bool) -> Iterator[bytes]:
    """The members as CSV, a chunk at a time; the customer_id first."""
    inside = member_frame(segment)
    known = [name for name in FEATURES if name in inside.collect_schema().names()]
    return csv_of(inside.select("customer_pk", *known).collect(), personal=personal)


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
    header = True
    for start in range(0, max(frame.height, 1), CHUNK_ROWS):
        chunk = with_people(frame.slice(start, CHUNK_ROWS), personal=personal)
        yield formula_safe(chunk).write_csv(include_header=header).encode()
        header = False


def formula_safe(frame: pl.DataFrame) -> pl.DataFrame:
    """Text that begins like a formula gets an apostrophe before it, and stays text."""
    texts = [n for n, dtype in frame.schema.items() if dtype in (pl.String, pl.Categorical)]
    return frame.with_columns(
        pl.when(pl.col(name).cast(pl.String).str.contains(FORMULA))
        .then(pl.concat_str(pl.lit("'"), pl.col(name).cast(pl.String)))
        .otherwise(pl.col(name).cast(pl.String))
        .alias(name)
        for name in texts
    )


def with_people(chunk: pl.DataFrame, *, personal: bool) -> pl.DataFrame:
    """The shop's customer_id first, with name and addresses where one may see them."""
    known = people(chunk["customer_pk"].to_list(), personal=personal)
    columns = ("customer_id", *PERSONAL) if personal else ("customer_id",)
    pks = chunk["customer_pk"].to_list()
    found = [[getattr(known[pk], c) if pk in known else None for pk in pks] for c in columns]
    who = [pl.Series(c, values, dtype=pl.String) for c, values in zip(columns, found, strict=True)]
    return pl.DataFrame(who).hstack(chunk.drop("customer_pk"))
