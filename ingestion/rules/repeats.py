from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import polars as pl

from core.contracts.cleaning_rule import (
    FLAGGED,
    REPEATED,
    WHOLE_ROW,
    CleaningRule,
    Outcome,
    RuleContext,
    effect,
    found_wrong,
)


@dataclass(frozen=True)
class Repeats(CleaningRule):
    """``by``: columns that make two rows the same one; none: the whole row of the file, columns
    that are not brought in included. Rows are compared by 64-bit hashes: in ten million different
    rows two meet by chance once in 400,000 files.
    """

    by: tuple[str, ...] = ()
    keep: Literal["first", "last"] = "first"
    then: Literal["left out", "flagged", "rejected"] = "left out"

    key: ClassVar[str] = "repeats"
    title: ClassVar[str] = "Rows that come twice"
    says: ClassVar[str] = "Of rows that say the same, or have the same key, one is taken."
    stage: ClassVar[Any] = "cells"
    place: ClassVar[int] = 90
    learns: ClassVar[bool] = True

    def compares_whole_rows(self) -> bool:
        return not self.by

    def reads(self) -> tuple[str, ...]:
        return self.by

    def keeps(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The row's number and a hash of what is compared; rows without the key are no repeats."""
        if not self.by:
            return rows.select("row", pl.col(WHOLE_ROW).alias("same"))
        names = [name for name in self.by if name in rows.columns]
        if len(names) < len(self.by):
            return pl.DataFrame(schema={"row": pl.Int64, "same": pl.UInt64})
        cells = [pl.col(name).cast(pl.String).str.strip_chars() for name in names]
        whole = pl.all_horizontal((cell.is_not_null() & (cell != "")) for cell in cells)
        return rows.filter(whole).select("row", pl.struct(cells).hash().alias("same"))

    def learn(self, kept: pl.DataFrame, context: RuleContext) -> pl.DataFrame:
        """The rows that say again what another says (row), and that other one (taken)."""
        ordered = kept.sort("row", descending=self.keep == "last")
        again = ordered.with_columns(pl.col("row").first().over("same").alias("taken"))
        return again.filter(pl.col("row") != pl.col("taken")).select("row", "taken")

    def apply(self, rows: pl.DataFrame, learnt: Any, context: RuleContext) -> Outcome:
        again = rows.join(learnt, on="row", how="inner").sort("row")
        if again.is_empty():
            return Outcome(rows)
        column = self.by[0] if self.by else WHOLE_ROW
        words = pl.format("the same as row {}", "taken")
        told = again.select("row", words.alias(column))
        if self.then == "flagged":
            return Outcome(rows, (effect(FLAGGED, column, told, None, context, our_words=True),))
        rest = rows.join(again.select("row"), on="row", how="anti")
        if self.then == "rejected":
            shown = again if self.by else again.with_columns(pl.lit("").alias(WHOLE_ROW))
            return Outcome(
                rest,
                problems=found_wrong(shown, column, words, "take it out, or give it its own key"),
            )
        one = effect(REPEATED, column, told, None, context, words="not taken again", our_words=True)
        return Outcome(rest, (one,), repeated=again["row"])
