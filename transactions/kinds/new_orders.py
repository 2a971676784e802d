"""Lines of orders that the record does not know meet nothing there: they are sorted out here, in
bounded pieces, and written straight into the tables.

The pieces of a file are its batches. Orders that stand in several batches are set aside and form
pieces of their own, so that all lines of an order are always seen together.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from core.contracts.import_kind import no_problems, problems
from core.spool import Spool
from core.upsert import CONFLICT, CONFLICT_REMEDY
from transactions.kinds.line_keys import with_line_keys
from transactions.kinds.order_sql import LINE_VALUES, STRANGER, STRANGER_REMEDY

# A set-aside piece holds about so many lines.
PIECE_ROWS = 250_000
SMALL_KEYS = 2**20
LINE_COLUMNS = ("order_id", "line_key", *LINE_VALUES, "load_id")
ORDER_COLUMNS = ("id", "order_id", "customer_id", "occurred_at", "store", "channel")


@dataclass(frozen=True)
class Met:
    """What the batches of a file speak of: orders by batch, people, products, the newest time."""

    orders: pl.DataFrame
    people: pl.DataFrame
    products: pl.DataFrame
    newest: datetime

    def flagged(self, known: pl.Series) -> pl.DataFrame:
        """Orders that no batch can enter by itself: ``known`` to the record, or in two batches."""
        twice = self.orders.filter(pl.col("order_id").is_duplicated())
        met = self.orders.filter(pl.col("order_id").is_in(known.implode()))
        both = pl.concat([twice, met]).unique(["batch", "order_id"])
        return both.with_columns(pl.col("order_id").is_in(known.implode()).alias("known"))


def met_in(batches: Spool) -> Met:
    orders, people, products, newest = [], [], [], []
    for at, rows in enumerate(batches):
        counted = rows.group_by("order_id").agg(pl.len().alias("rows"))
        orders.append(counted.with_columns(pl.lit(at).alias("batch")))
        people.append(rows.group_by("customer_id").agg(pl.col("region").min()))
        sold = rows.filter(pl.col("sku").is_not_null()).group_by("sku")
        products.append(sold.agg(pl.col("product_name", "category").min()))
        newest.append(rows["occurred_at"].max())
    return Met(
        orders=pl.concat(orders),
        people=pl.concat(people).group_by("customer_id").agg(pl.col("region").min()),
        products=pl.concat(products).group_by("sku").agg(pl.col("product_name", "category").min()),
        newest=max(newest),
    )


@dataclass
class NewOrders:
    """Sorts the lines of new orders out. Orders and further rows are set aside meanwhile."""

    people: pl.DataFrame
    products: pl.DataFrame
    flagged: pl.DataFrame
    load_id: int
    next_pk: int
    orders: Spool = field(default_factory=Spool)
    # Rows of orders that the record knows.
    rest: Spool = field(default_factory=Spool)
    bought: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.Int64))
    duplicate: int = 0
    duplicate_sum: int = 0
    problems: list[pl.DataFrame] = field(default_factory=lambda: [no_problems()])

    def lines(self, batches: Spool) -> Iterator[pl.DataFrame]:
        """LINE_COLUMNS of every line that enters; asks the database nothing."""
        for piece in self._pieces(batches):
            yield self._once(self._with_keys(self._own(piece)))

    def customers(self, most: int) -> list[int] | None:
        """Who bought; None for more than ``most``."""
        found = self.bought.unique().sort()
        return None if len(found) > most else found.to_list()

    def _pieces(self, batches: Spool) -> Iterator[pl.DataFrame]:
        twice = self.flagged.filter(~pl.col("known"))
        apart = [Spool() for _ in range(1 + twice["rows"].sum() // PIECE_ROWS)]
        told_apart = self.flagged.partition_by("batch", as_dict=True)
        for at, rows in enumerate(batches):
            if (at,) in told_apart:
                rows = self._without_flagged(rows, told_apart[(at,)], apart)
            yield rows
        for spool in apart:
            with spool:
                if spool.rows:
                    yield pl.concat(list(spool))

    def _without_flagged(
        self, rows: pl.DataFrame, flagged: pl.DataFrame, apart: list[Spool]
    ) -> pl.DataFrame:
        """Known orders go to the rest, those of several batches apart; what remains is whole."""
        told = rows.join(flagged.select("order_id", "known"), on="order_id", how="left")
        known = told.filter(pl.col("known"))
        if known.height:
            self.rest.put(known.drop("known"))
        twice = told.filter(~pl.col("known")).drop("known")
        part = (twice["order_id"].hash() % len(apart)).alias("part")
        for (at,), some in twice.with_columns(part).partition_by("part", as_dict=True).items():
            apart[at].put(some.drop("part"))
        return told.filter(pl.col("known").is_null()).drop("known")

    def _own(self, piece: pl.DataFrame) -> pl.DataFrame:
        """The lines with the numbers of their orders. Those whose order began with another customer
        become problems.
        """
        orders = (
            piece.group_by("order_id", maintain_order=True)
            .agg(pl.col("customer_id").first().alias("owner"))
            .with_row_index("id", offset=self.next_pk)
            .with_columns(pl.col("id").cast(pl.Int64))
        )
        self.next_pk += orders.height
        told = piece.join(orders, on="order_id", how="left", maintain_order="left")
        own = pl.col("customer_id") == pl.col("owner")
        self._refuse(told.filter(~own), "customer_id", STRANGER, STRANGER_REMEDY)
        return told.filter(own)

    def _with_keys(self, own: pl.DataFrame) -> pl.DataFrame:
        """The lines with their surrogate keys; sets the orders aside."""
        orders = (
            own.group_by("id", maintain_order=True)
            .agg(
                pl.col("order_id", "owner").first(),
                pl.col("occurred_at", "store", "channel").min(),
            )
            .join(self.people, left_on="owner", right_on="customer_id", how="left",
                  maintain_order="left")
        )  # fmt: skip
        self.bought = pl.concat([self.bought, orders["customer_pk"]]).unique()
        self.orders.put(
            orders.select("id", "order_id", pl.col("customer_pk").alias("customer_id"),
                          "occurred_at", "store", "channel")
        )  # fmt: skip
        keyed = with_line_keys(own)
        return keyed.join(self.products, on="sku", how="left", maintain_order="left")

    def _once(self, lines: pl.DataFrame) -> pl.DataFrame:
        """The first line of each key; later ones are duplicates, or conflicts."""
        named = lines.select(
            "row", pl.col("id").alias("order_id"), "line_key", "product_id", "quantity",
            "unit_price", "amount_minor", "discount_minor", "returned", "line_number",
            pl.lit(self.load_id).alias("load_id"),
        )  # fmt: skip
        if named["line_number"].null_count() == named.height:
            return named.select(LINE_COLUMNS)
        key = ["order_id", "line_key"]
        first = _first_of(named)
        kept, later = named.filter(first), named.filter(~first)
        if later.height:
            met = later.join(kept, on=key, how="left", suffix="__first", maintain_order="left")
            same = pl.all_horizontal(_as_kept(v).eq_missing(_as_kept(v, "__first"))
                                     for v in LINE_VALUES)  # fmt: skip
            self.duplicate += met.filter(same).height
            self.duplicate_sum += int(met.filter(same)["amount_minor"].sum())
            self._refuse(met.filter(~same), "line_number", CONFLICT, CONFLICT_REMEDY)
        return kept.select(LINE_COLUMNS)

    def _refuse(self, rows: pl.DataFrame, column: str, reason: str, remedy: str) -> None:
        self.problems.append(problems(rows, column, reason, remedy))


def _first_of(lines: pl.DataFrame) -> pl.Series:
    """The first line of each order and key. Small keys go with their order's number into one."""
    small = lines["line_key"].is_between(0, SMALL_KEYS - 1).all()
    one = (pl.col("order_id") - pl.col("order_id").min()) * SMALL_KEYS + pl.col("line_key")
    both = one if small else pl.struct("order_id", "line_key")
    return lines.select(both.is_first_distinct()).to_series()


def _as_kept(name: str, suffix: str = "") -> pl.Expr:
    """A value as the table keeps it: quantities have three decimals."""
    value = pl.col(f"{name}{suffix}")
    return (value * 1_000).round() if name == "quantity" else value
