"""Questions about orders and about how true the mirror is."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl
from django.db import connection
from django.db.models import Max, Min

from core.selectors import organisation
from transactions.models import MirrorFile, Order, Source

# Sums that both engines compute exactly: each is a whole number below 2**63 for any real shop.
RECORD_SUMS = """
    SELECT count(*), coalesce(sum(l.amount_minor), 0), coalesce(sum(l.discount_minor), 0),
           coalesce(sum(l.id), 0), coalesce(sum(o.customer_id * (l.id %% 1009)), 0),
           coalesce(sum(coalesce(l.product_id, 0) * (l.id %% 1013)), 0),
           coalesce(sum(round(coalesce(l.quantity, 0) * 1000)), 0),
           coalesce(sum(extract(epoch FROM date_trunc('second', o.occurred_at AT TIME ZONE %s))
                    %% 1000003 * (l.id %% 997)), 0)
    FROM transactions_orderline l JOIN transactions_order o ON o.id = l.order_id
    WHERE l.load_id = %s
"""
SUM_NAMES = ("lines", "amount", "discount", "keys", "customers", "products", "quantity", "times")


@dataclass(frozen=True)
class MirrorDifference:
    load_id: int
    what: str
    record: int
    mirror: int


def last_order_at() -> datetime | None:
    return Order.objects.aggregate(at=Max("occurred_at"))["at"]


def first_order_at() -> datetime | None:
    return Order.objects.aggregate(at=Min("occurred_at"))["at"]


def shifted_sources() -> list[Source]:
    """Sources whose dates were moved on by whole weeks, so that old data look like today's."""
    return list(Source.objects.filter(shift_days__gt=0).order_by("name"))


def mirror_differences() -> list[MirrorDifference]:
    """Where the mirror says something else than the record; none when it is true."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT load_id FROM transactions_orderline")
        in_record = {load_id for (load_id,) in cursor.fetchall()}
    files = dict(
        MirrorFile.objects.filter(kind="lines").exclude(path=None).values_list("load_id", "path")
    )
    return [
        difference
        for load_id in sorted(in_record | set(files))
        for difference in _differences(load_id, files.get(load_id))
    ]


def _differences(load_id: int, path: str | None) -> list[MirrorDifference]:
    with connection.cursor() as cursor:
        cursor.execute(RECORD_SUMS, [organisation().time_zone, load_id])
        record = [int(value) for value in cursor.fetchone()]
    mirror = _mirror_sums(path) if path else [0] * len(SUM_NAMES)
    return [
        MirrorDifference(load_id, name, ours, theirs)
        for name, ours, theirs in zip(SUM_NAMES, record, mirror, strict=True)
        if ours != theirs
    ]


def _mirror_sums(path: str) -> list[int]:
    line, second = pl.col("line_pk"), pl.col("local_at").dt.epoch("s")
    sums = pl.scan_parquet(path).select(
        pl.len().cast(pl.Int64).alias("lines"),
        pl.col("amount_minor").sum().alias("amount"),
        pl.col("discount_minor").sum().alias("discount"),
        line.sum().alias("keys"),
        (pl.col("customer_pk") * (line % 1009)).sum().alias("customers"),
        (pl.col("product_pk").fill_null(0) * (line % 1013)).sum().alias("products"),
        (pl.col("quantity").fill_null(0) * 1000).round().cast(pl.Int64).sum().alias("quantity"),
        (second % 1000003 * (line % 997)).sum().alias("times"),
    )
    return [int(value) for value in sums.collect().row(0)]
