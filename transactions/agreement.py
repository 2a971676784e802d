"""Whether the mirror says what the record says: sums that both engines compute exactly.

Each column is weighed by its line's key, so that two changes do not cancel out.
"""

import hashlib
from dataclasses import dataclass

import polars as pl
from django.db import connection

from core.bulk import read_query
from core.selectors import organisation
from transactions import mirror
from transactions.mirror import ALL_PRODUCTS, PRODUCT_SCHEMA
from transactions.models import MirrorFile

# Years before 1970 count from here, so that no remainder is negative.
LONG_AGO = 70_000_000_000
TEXT = "coalesce(('x' || substr(md5(nullif(o.{0}, '')), 1, 7))::bit(28)::bigint, 0)"
LOCAL = "(o.occurred_at AT TIME ZONE %(zone)s)"

# What is compared: its weight's prime, and the value in each engine. A missing one has its own.
COLUMNS: dict[str, tuple[int, str, pl.Expr]] = {
    "amount": (1009, "l.amount_minor", pl.col("amount_minor")),
    "discount": (1031, "l.discount_minor", pl.col("discount_minor")),
    "customers": (1009, "o.customer_id", pl.col("customer_pk")),
    "orders": (983, "l.order_id", pl.col("order_pk")),
    "products": (1013, "coalesce(l.product_id, 0)", pl.col("product_pk").fill_null(0)),
    "quantity": (
        1019,
        "coalesce(round(l.quantity * 1000), -1)",
        (pl.col("quantity") * 1000).round().cast(pl.Int64).fill_null(-1),
    ),
    "returned": (991, "l.returned::int", pl.col("returned").cast(pl.Int64)),
    "times": (
        997,
        f"(floor(extract(epoch FROM {LOCAL})) + {LONG_AGO}) %% 1000003"
        f" + extract(microseconds FROM {LOCAL})::bigint %% 1000000",
        (pl.col("local_at").dt.epoch("us").floordiv(1_000_000) + LONG_AGO) % 1_000_003
        + pl.col("local_at").dt.microsecond().cast(pl.Int64),
    ),
    "days": (977, f"{LOCAL}::date - DATE '1970-01-01'", pl.col("local_day").to_physical()),
    "hours": (971, f"extract(hour FROM {LOCAL})", pl.col("local_hour")),
    "channel": (967, TEXT.format("channel"), pl.col("channel")),
    "store": (953, TEXT.format("store"), pl.col("store")),
}
TEXTS = ("channel", "store")
NAMES = ("lines", "keys", *COLUMNS)
RECORD_SUMS = (
    "SELECT count(*), coalesce(sum(l.id), 0), "  # noqa: S608  # our own constants
    + ", ".join(f"coalesce(sum(({sql}) * (l.id %% {p})), 0)" for p, sql, _ in COLUMNS.values())
    + " FROM transactions_orderline l JOIN transactions_order o ON o.id = l.order_id"
    " WHERE l.load_id BETWEEN %(first)s AND %(last)s"
)


@dataclass(frozen=True)
class MirrorDifference:
    """What differs: ``record`` and ``mirror`` are counts, or sums weighed by the lines' keys.

    ``problem`` says that the file itself is missing or cannot be read; products are load 0.
    """

    load_id: int
    what: str
    record: int
    mirror: int
    problem: str = ""


def mirror_differences() -> list[MirrorDifference]:
    """Where the mirror says something else than the record; none when it is true."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT load_id FROM transactions_orderline")
        in_record = {load_id for (load_id,) in cursor.fetchall()}
    named = MirrorFile.objects.filter(kind="lines").exclude(path=None)
    files = {entry.loads: entry.path for entry in named}
    lacking = [
        load for load in in_record if not any(first <= load <= last for first, last in files)
    ]
    lines = [
        difference
        for loads in sorted([*files, *((load, load) for load in lacking)])
        for difference in _line_differences(loads, files.get(loads))
    ]
    return lines + _product_differences()


def _line_differences(loads: tuple[int, int], path: str | None) -> list[MirrorDifference]:
    load_id, last = loads
    values = {"zone": organisation().time_zone, "first": load_id, "last": last}
    with connection.cursor() as cursor:
        cursor.execute(RECORD_SUMS, values)
        record = [int(value) for value in cursor.fetchone()]
    try:
        mirrored = _line_sums(path) if path else [0] * len(NAMES)
    except (OSError, pl.exceptions.PolarsError):
        return [_unusable(load_id, "lines file", record[0], path)]
    return [
        MirrorDifference(load_id, name, ours, theirs)
        for name, ours, theirs in zip(NAMES, record, mirrored, strict=True)
        if ours != theirs
    ]


def _line_sums(path: str) -> list[int]:
    rows, key = pl.scan_parquet(path), pl.col("line_pk")
    rows = rows.with_columns(_hashed(rows, name) for name in TEXTS)
    sums = rows.select(
        pl.len().cast(pl.Int64).alias("lines"),
        key.sum().alias("keys"),
        *(
            (value.cast(pl.Int64) * (key % prime)).sum().alias(name)
            for name, (prime, _, value) in COLUMNS.items()
        ),
    )
    return [int(value) for value in sums.collect().row(0)]


def _hashed(rows: pl.LazyFrame, name: str) -> pl.Expr:
    """A text as the whole number that Postgres makes of its MD5; there are few distinct ones."""
    known = rows.select(pl.col(name).drop_nulls().unique()).collect()[name].to_list()
    numbers = {value: _number(value) for value in known if value}
    return pl.col(name).replace_strict(numbers, default=0, return_dtype=pl.Int64)


def _number(text: str) -> int:
    return int(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:7], 16)


def _product_differences() -> list[MirrorDifference]:
    """Products are few enough to be compared one by one."""
    record = read_query(ALL_PRODUCTS, PRODUCT_SCHEMA)
    file = MirrorFile.objects.filter(kind="products").exclude(path=None).first()
    path = file.path if file else None
    try:
        mirrored = pl.read_parquet(path) if path else pl.DataFrame(schema=PRODUCT_SCHEMA)
    except (OSError, pl.exceptions.PolarsError):
        return [_unusable(0, "products file", record.height, path)]
    both = record.join(mirrored, on="product_pk", how="inner", suffix="_mirrored")
    if not record.height == mirrored.height == both.height:
        return [MirrorDifference(0, "products", record.height, mirrored.height)]
    names = [name for name in PRODUCT_SCHEMA if name != "product_pk"]
    same = both.select(pl.col(n).eq_missing(pl.col(f"{n}_mirrored")).sum() for n in names).row(0)
    return [
        MirrorDifference(0, f"products with this {name}", both.height, count)
        for name, count in zip(names, same, strict=True)
        if count != both.height
    ]


def _unusable(load_id: int, what: str, rows: int, path: str | None) -> MirrorDifference:
    problem = mirror.problem_of(path or "") or mirror.UNREADABLE
    return MirrorDifference(load_id, what, rows, 0, problem)
