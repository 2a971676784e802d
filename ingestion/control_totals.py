"""The sums that must agree: what the file says, and what the record holds of it."""

import operator
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import polars as pl

from core.contracts.import_kind import Entered, ImportKind, LoadContext, minor_units
from ingestion.cleaning import typed_rows
from ingestion.models import Load

# A row of the file and an amount of it in minor units.
SUMS = {"row": pl.Int64, "amount": pl.Int64}


@dataclass(frozen=True)
class FileMoney:
    """``said``: what can be read in each row of the file; ``ruled``: what cleaning rules took off
    rows that go on; ``repeated``: rows that they left out as said twice.
    """

    said: pl.DataFrame
    ruled: pl.DataFrame
    repeated: pl.Series


def money_said(
    frames: Iterable[pl.DataFrame], kind: ImportKind, context: LoadContext
) -> pl.DataFrame:
    """The money of all rows whose money can be read: what the file says."""
    found = [_sums(rows, kind, context).cast(SUMS) for rows in frames]
    return pl.concat([pl.DataFrame(schema=SUMS), *found])


def money_in(typed: pl.DataFrame, kind: ImportKind, context: LoadContext) -> pl.DataFrame:
    """The money of typed rows, where they have any."""
    return _typed_money(typed, kind, context).drop_nulls().cast(SUMS)


def money_ruled(
    before: pl.DataFrame, after: pl.DataFrame, kind: ImportKind, context: LoadContext
) -> pl.DataFrame:
    """What cleaning rules took off typed rows, or, as a minus, added to them."""
    if before is after:
        return pl.DataFrame(schema=SUMS)
    was, now = _typed_money(before, kind, context), _typed_money(after, kind, context)
    both = now.join(was, on="row", how="left", suffix="_was").fill_null(0)
    taken = both.select("row", (pl.col("amount_was") - pl.col("amount")).alias("amount"))
    return taken.filter(pl.col("amount") != 0).cast(SUMS)


def _typed_money(rows: pl.DataFrame, kind: ImportKind, context: LoadContext) -> pl.DataFrame:
    said = [pl.col(name) for name in (kind.sum_column,) if name in rows.columns]
    factors = [name for name in kind.sum_factors if name in rows.columns]
    if factors and len(factors) == len(kind.sum_factors):
        product = pl.reduce(operator.mul, [pl.col(name) for name in factors])
        said.append(minor_units(product, context.minor_per_major))
    return rows.select("row", pl.coalesce(*said, pl.lit(None, pl.Int64)).alias("amount"))


def _sums(rows: pl.DataFrame, kind: ImportKind, context: LoadContext) -> pl.DataFrame:
    """The sum's column is read by itself: a row with a fault elsewhere has its money too.

    Where the sum's column is empty, the kind's factors stand in for it.
    """
    money = rows.select("row", pl.lit(None, pl.Int64).alias("amount"))
    if kind.sum_column in rows.columns:
        said = _one_typed(rows, kind.sum_column, kind, context)
        money = said.select("row", pl.col(kind.sum_column).alias("amount"))
    factors = [name for name in kind.sum_factors if name in rows.columns]
    if money["amount"].null_count() and factors and len(factors) == len(kind.sum_factors):
        for name in factors:
            money = money.join(_one_typed(rows, name, kind, context), on="row", how="left")
        product = pl.reduce(operator.mul, [pl.col(name) for name in factors])
        product = minor_units(product, context.minor_per_major)
        money = money.with_columns(pl.coalesce("amount", product).alias("amount"))
    return money.select("row", "amount").drop_nulls()


def _one_typed(
    rows: pl.DataFrame, name: str, kind: ImportKind, context: LoadContext
) -> pl.DataFrame:
    """The rows where one declared column can be read or is empty."""
    declared = [column for column in kind.columns if column.name == name]
    return typed_rows(rows.select("row", name), declared, context).rows


def control_totals(
    load: Load, kind: ImportKind, entered: Entered, money: FileMoney | None,
    problems: pl.DataFrame, context: LoadContext,
) -> dict[str, Any]:  # fmt: skip
    """The file against the record, line by line of the report; a difference of 0 is the point.

    What cleaning rules took off amounts that entered stands as by_rules, where they did; what the
    mapping's expected_rows and expected_sum say of the file as expected.
    """
    options = context.options
    accepted = load.loaded + load.changed + load.identical
    totals: dict[str, Any] = {
        "rows": {
            "file": load.read,
            "record": accepted,
            "rejected": load.rejected,
            "duplicate": load.duplicate,
            "difference": load.read - accepted - load.rejected - load.duplicate,
            **_expected(options.get("expected_rows"), load.read),
        }
    }
    if money is None or entered.record_sum is None:
        return totals
    refused = problems.select("row").unique()
    out = pl.concat([refused, money.repeated.to_frame("row")])
    file = _total(money.said)
    rejected = _total(money.said.join(refused, on="row", how="semi"))
    duplicate = _total(money.said.join(money.repeated.to_frame("row"), on="row", how="semi"))
    duplicate += entered.duplicate_sum
    ruled = _total(money.ruled.join(out, on="row", how="anti"))
    totals[f"{kind.sum_column}_minor"] = {
        "file": file,
        "record": entered.record_sum,
        "rejected": rejected,
        "duplicate": duplicate,
        "difference": file - entered.record_sum - rejected - duplicate - ruled,
        **({"by_rules": ruled} if ruled else {}),
        **_expected(_minor(options.get("expected_sum"), context), file),
    }
    return totals


def why_held(sums: dict[str, dict[str, Any]]) -> str:
    """Which control total differs, in words; empty where all agree."""
    for name, total in sums.items():
        what = "rows" if name == "rows" else f"the sum of {name.removesuffix('_minor')}"
        if total["difference"]:
            return f"The control total of {what} differs between the file and the record."
        if total.get("expected_difference"):
            return f"The control total of {what} differs from what the sender says."
    return ""


def _expected(said: int | None, file: int) -> dict[str, int]:
    return {} if said is None else {"expected": said, "expected_difference": file - said}


def _minor(said: float | None, context: LoadContext) -> int | None:
    return None if said is None else round(Decimal(str(said)) * context.minor_per_major)


def _total(sums: pl.DataFrame) -> int:
    return int(sums["amount"].sum())
