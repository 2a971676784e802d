"""A shop's export as shops write it: customers, products and order lines with known dirt.

Of the lines 2 % cannot enter, a sixth of them for each of six reasons, and 1 % stand there twice.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

CHUNK_LINES = 500_000
LINES_AN_ORDER = 8
LINES_A_CUSTOMER = 24
PRODUCTS = 50_000
REJECTED, REPEATED = 0.02, 0.01
FIRST_DAY = np.datetime64("2024-11-01T08:00:00")
DAYS = 365
COLUMNS = ("customer_id", "order_id", "line_number", "sku", "occurred_at", "quantity", "amount",
           "discount", "channel", "store", "returned")  # fmt: skip
# What stands in which column of a line that cannot enter; the last is another's order.
DIRT = (("customer_id", ""), ("occurred_at", "2025-02-30T10:00:00"), ("amount", "on request"),
        ("occurred_at", "2093-01-01T10:00:00"), ("customer_id", "C-somebody-else"))  # fmt: skip


@dataclass(frozen=True)
class DirtyShop:
    """Where the files lie, and what of the lines must be rejected and told as duplicate."""

    folder: Path
    lines: int
    rejected: int
    duplicate: int

    def path(self, kind: str) -> Path:
        return self.folder / f"{kind}.csv"


def write_dirty_shop(
    folder: Path, *, lines: int, seed: int, customers: int = 0, after_order: int = 0
) -> DirtyShop:
    """Write ``<kind>.csv``. Orders are numbered on from ``after_order``."""
    folder.mkdir(parents=True)
    draw = np.random.default_rng(seed)
    customers = customers or lines // LINES_A_CUSTOMER
    _customers(customers, draw).write_csv(folder / "customers.csv")
    _products(draw).write_csv(folder / "products.csv")
    kept = round(lines / (1 + REPEATED)) // LINES_AN_ORDER * LINES_AN_ORDER
    rejected = repeated = 0
    with (folder / "order_lines.csv").open("wb") as file:
        file.write(f"{','.join(COLUMNS)}\n".encode())
        for start in range(0, kept, CHUNK_LINES):
            many = min(CHUNK_LINES, kept - start)
            clean = _lines(many, customers, after_order + start // LINES_AN_ORDER, kept, draw)
            text, bad, twice = _dirtied(clean, draw)
            text.write_csv(file, include_header=False, separator="\t", quote_style="never")
            rejected, repeated = rejected + bad, repeated + twice
    return DirtyShop(folder, kept + repeated, rejected, repeated)


def _customers(many: int, draw: np.random.Generator) -> pl.DataFrame:
    number = pl.Series(np.arange(many))
    age = pl.Series(draw.integers(18, 80, many))
    return pl.DataFrame({"number": number, "age": age}).select(
        _id("C", pl.col("number"), 8).alias("customer_id"),
        pl.format("Person {} of {}", pl.col("number") % 977, pl.col("number") % 7919).alias("name"),
        pl.format("person{}@shop.example", "number").alias("email"),
        pl.format("+49 30 {}", pl.col("number") + 1_000_000).alias("phone"),
        pl.format("{}-03-15", 2025 - pl.col("age")).alias("birth_date"),
        pl.format("Region {}", pl.col("number") % 16).alias("region"),
    )


def _products(draw: np.random.Generator) -> pl.DataFrame:
    number = pl.Series(np.arange(PRODUCTS))
    price = pl.Series(draw.integers(50, 20_000, PRODUCTS) / 100)
    return pl.DataFrame({"number": number, "price": price}).select(
        _id("P", pl.col("number"), 6).alias("sku"),
        pl.format("Product {}", "number").alias("name"),
        pl.format("Department {}", pl.col("number") % 12).alias("department"),
        pl.format("Category {}", pl.col("number") % 300).alias("category"),
        pl.format("Brand {}", pl.col("number") % 800).alias("brand"),
        "price",
    )


def _lines(
    many: int, customers: int, first_order: int, lines: int, draw: np.random.Generator
) -> pl.DataFrame:
    """Whole orders; times go on through the year as the numbers of the orders do."""
    orders = -(-many // LINES_AN_ORDER)
    order = np.arange(many) // LINES_AN_ORDER
    seconds = (first_order + np.arange(orders)) * (DAYS * 86_400 / max(1, lines // LINES_AN_ORDER))
    at = FIRST_DAY + (seconds % (DAYS * 86_400)).astype("timedelta64[s]")
    # Some buy much more often than others, some products sell much better.
    who = (customers * draw.random(orders) ** 2).astype(np.int64)
    what = (PRODUCTS * draw.random(many) ** 3).astype(np.int64)
    pieces = draw.integers(1, 5, many)
    return pl.DataFrame(
        {
            "who": who[order], "order": first_order + order, "what": what, "pieces": pieces,
            "line_number": np.arange(many) % LINES_AN_ORDER + 1,
            "at": pl.Series(at.astype("datetime64[ms]")[order]),
            "cents": pieces * (50 + what * 7 % 4_000),
            "shop": draw.integers(1, 30, orders)[order],
        }
    ).select(
        _id("C", pl.col("who"), 8).alias("customer_id"),
        _id("O", pl.col("order"), 9).alias("order_id"),
        pl.col("line_number").cast(pl.String),
        _id("P", pl.col("what"), 6).alias("sku"),
        pl.col("at").dt.strftime("%Y-%m-%dT%H:%M:%S").alias("occurred_at"),
        pl.col("pieces").cast(pl.String).alias("quantity"),
        pl.format("{}.{}", pl.col("cents") // 100, (pl.col("cents") % 100 + 100).cast(pl.String)
                  .str.slice(1)).alias("amount"),
        pl.lit("0").alias("discount"),
        pl.when(pl.col("shop") < 10).then(pl.lit("web")).otherwise(pl.lit("store"))
        .alias("channel"),
        pl.format("Store {}", "shop").alias("store"),
        pl.lit("false").alias("returned"),
    )  # fmt: skip


def _dirtied(clean: pl.DataFrame, draw: np.random.Generator) -> tuple[pl.DataFrame, int, int]:
    """The lines as text with dirt and repeats, how many are bad, and how many stand there twice."""
    chosen = draw.random(clean.height)
    # The first line of an order says whose it is: another customer is wrong on a later one.
    later = (clean["line_number"] != "1").to_numpy()
    bad = later & (chosen < REJECTED)
    kind = np.where(bad, chosen / REJECTED * (len(DIRT) + 1), -1).astype(np.int64)
    spoilt = clean.with_columns(pl.Series("kind", kind))
    for i, (name, text) in enumerate(DIRT):
        dirty = pl.when(pl.col("kind") == i).then(pl.lit(text)).otherwise(pl.col(name))
        spoilt = spoilt.with_columns(dirty.alias(name))
    # The last kind is a cell too many.
    surplus = pl.when(pl.col("kind") == len(DIRT)).then(pl.lit(",surplus")).otherwise(pl.lit(""))
    lines = spoilt.select(pl.concat_str(*COLUMNS, separator=",") + surplus)
    repeated = lines.filter(pl.Series(~bad & (draw.random(clean.height) < REPEATED)))
    return pl.concat([lines, repeated]), int(bad.sum()), repeated.height


def _id(letter: str, number: pl.Expr, width: int) -> pl.Expr:
    return pl.concat_str(pl.lit(letter), number.cast(pl.String).str.zfill(width))
