"""The contract of an import kind: what a file of it says, and how its rows enter the tables.

Ingestion reads the file, types the columns and keeps the rejects; the kind owns the rest. The
staging table is a temporary table with one row per accepted row of the file.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Protocol

import polars as pl

from core.contracts.columns import Column
from core.spool import Spool

# Columns of a problem: where it is, what stood there, why it cannot enter, what to do.
PROBLEM_SCHEMA = {
    "row": pl.Int64,
    "column": pl.String,
    "value": pl.String,
    "reason": pl.String,
    "remedy": pl.String,
}
STAGING = "staged_rows"
# Why money of another currency cannot enter, with the shop's own after it.
COUNTS_IN = "the organisation counts in"
LARGEST_MONEY = 10**12


@dataclass(frozen=True)
class LoadContext:
    """What a kind may know about the load that it serves."""

    load_id: int
    source: str
    # IANA names: where the file's times were written, and where the shop's days begin.
    source_zone: str
    shop_zone: str
    currency: str
    minor_per_major: int
    now: datetime
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Entered:
    """What became of the staged rows. ``conflicts`` are problems found in the tables' light."""

    loaded: int
    changed: int
    identical: int
    duplicate: int
    conflicts: pl.DataFrame
    # Control total of the record: the sum over what the accepted rows became, in minor units.
    record_sum: int | None = None
    duplicate_sum: int = 0
    # customer_pk of everyone whose rows changed; None: too many to name.
    customers: list[int] | None = field(default_factory=list)
    notes: dict[str, Any] = field(default_factory=dict)

    def and_then(self, later: "Entered") -> "Entered":
        """What became of these rows and of further ones of the same file."""
        sums = [one for one in (self.record_sum, later.record_sum) if one is not None]
        everybody = self.customers is None or later.customers is None
        counted = {
            name: value + later.notes.get(name, 0)
            for name, value in self.notes.items()
            if name.startswith("unknown_")
        }
        return Entered(
            loaded=self.loaded + later.loaded,
            changed=self.changed + later.changed,
            identical=self.identical + later.identical,
            duplicate=self.duplicate + later.duplicate,
            conflicts=pl.concat([self.conflicts, later.conflicts]),
            record_sum=sum(sums) if sums else None,
            duplicate_sum=self.duplicate_sum + later.duplicate_sum,
            customers=None
            if everybody
            else sorted({*(self.customers or []), *(later.customers or [])}),
            notes={**self.notes, **later.notes, **counted},
        )


class Cursor(Protocol):
    """What a kind needs of a database cursor."""

    rowcount: int

    def execute(self, query: str, params: Any = ...) -> Any: ...

    def fetchone(self) -> Any: ...

    def fetchall(self) -> list[Any]: ...


@dataclass(frozen=True)
class ImportKind(ABC):
    """One kind of file. ``columns`` are the glossary's; ``needed_one_of`` adds alternatives."""

    key: ClassVar[str]
    title: ClassVar[str]
    columns: ClassVar[tuple[Column, ...]]
    # Each entry is a choice of column groups; at least one group must be there whole.
    needed_one_of: ClassVar[tuple[tuple[tuple[str, ...], ...], ...]] = ()
    # The table that a row of the file becomes a row of.
    table: ClassVar[str]
    # Further tables that its rows bring something into: what they refer to and nobody knew.
    further_tables: ClassVar[tuple[str, ...]] = ()
    # The money column of the control totals.
    sum_column: ClassVar[str | None] = None
    # Columns whose product is the money of a row that has none in the money column.
    sum_factors: ClassVar[tuple[str, ...]] = ()
    # The cleaning rules of a file whose mapping names none, each {"rule": key, its options}.
    usual_rules: ClassVar[tuple[dict[str, Any], ...]] = ()
    # What a row is about: requests that both say something of it never share a load. Without a
    # name each request is a load of its own.
    known_by: ClassVar[tuple[str, ...]] = ()
    # Further columns are kept, not ignored.
    keeps_further_columns: ClassVar[bool] = False

    def computed_here(self, names: list[str]) -> list[str]:
        """Those further columns that the product works out itself: never a file's to say."""
        return []

    def known_numbers(self, names: list[str]) -> list[str]:
        """Those further columns that were numbers in earlier files, and stay so."""
        return []

    @abstractmethod
    def refine(self, rows: pl.DataFrame, context: LoadContext) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Typed rows (row and the declared columns) → rows to stage, and problems.

        A row with a problem must not be among the rows to stage.
        """

    @abstractmethod
    def staging_columns(self) -> dict[str, str]:
        """Column → SQL type of the staging table, ``row bigint`` aside."""

    def enter_straight(
        self, cursor: Cursor, staged: Spool, context: LoadContext
    ) -> tuple[Entered, Spool] | None:
        """Write the rows that meet nothing in the tables without staging them, before ``enter``.

        What became of them, and the rows that remain; None: all rows go by the staging table.
        """
        return None

    @abstractmethod
    def enter(self, cursor: Cursor, context: LoadContext) -> Entered:
        """Move the staged rows into the tables, in the transaction of the load."""

    def before_undo(self, cursor: Cursor, load_id: int) -> None:
        """Note what must be known of the load's rows before those that it changed are put back."""
        return

    @abstractmethod
    def undo(self, cursor: Cursor, load_id: int) -> dict[str, int]:
        """Take out the rows that carry the load's id; {table: rows}.

        Those that it had changed carry that of the load before again.
        """

    @abstractmethod
    def undo_blocked_by(self, cursor: Cursor, load_id: int) -> str | None:
        """Why the rows of this load must stay: what refers to them. None when nothing does."""


def no_problems() -> pl.DataFrame:
    return pl.DataFrame(schema=PROBLEM_SCHEMA)


def problems(rows: pl.DataFrame, column: str, reason: str, remedy: str) -> pl.DataFrame:
    """One problem for each of these rows, in one column of theirs."""
    value = pl.col(column).cast(pl.String) if column in rows.columns else pl.lit("")
    return rows.select(
        pl.col("row").cast(pl.Int64),
        pl.lit(column).alias("column"),
        value.fill_null("").alias("value"),
        pl.lit(reason).alias("reason"),
        pl.lit(remedy).alias("remedy"),
    )


EMPTY_DTYPES: dict[str, Any] = {
    "text": pl.String,
    "integer": pl.Int64,
    "decimal": pl.Float64,
    "money": pl.Int64,
    "boolean": pl.Boolean,
    "timestamp": pl.Datetime("us", "UTC"),
    "date": pl.Date,
    "object": pl.String,
}


def with_all_columns(rows: pl.DataFrame, columns: tuple[Column, ...]) -> pl.DataFrame:
    """Columns that the file lacks are there and empty, in their types (money: minor units)."""
    return rows.with_columns(
        pl.lit(None, EMPTY_DTYPES[column.dtype]).alias(column.name)
        for column in columns
        if column.name not in rows.columns
    )


def minor_units(major: pl.Expr, minor_per_major: int) -> pl.Expr:
    """Money as whole minor units, half away from zero; what binary fractions add is cut first.

    Amounts from LARGEST_MONEY on are not believed: null.
    """
    believed = pl.when(major.abs() < LARGEST_MONEY).then(major)
    exact = (believed * minor_per_major).round(6)
    return exact.round(0, mode="half_away_from_zero").cast(pl.Int64, strict=False)
