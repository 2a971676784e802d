from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import polars as pl

from analytics.neighbours import donors_of, nearest_mean
from core.contracts.cleaning_rule import CleaningRule, Outcome, RuleContext, changed, found_wrong
from core.contracts.columns import Column, Dtype
from core.contracts.options import option

How = Literal["rejected", "left", "value", "mean", "median", "mode", "neighbours"]
# So many customers, picked by their row's hash, tell of the others.
MOST_DONORS = 10_000
OF_NUMBERS = ("mean", "median", "neighbours")


@dataclass(frozen=True)
class Missing(CleaningRule):
    """``how``: a row without the value is rejected or left as it is, or the value is filled: by
    ``value``, by the file's mean, median or commonest value (of equally common ones the least), or
    by the mean of the ``k`` customers who are most alike in the columns ``like`` (none: in all
    other numbers of the file, each divided by its standard deviation).
    """

    column: str
    how: How = "rejected"
    value: str = ""
    k: int = option(5, least=1, most=100)
    like: tuple[str, ...] = ()

    key: ClassVar[str] = "missing"
    title: ClassVar[str] = "Missing values"
    says: ClassVar[str] = "An empty cell is rejected, left, or filled from the rest of the file."
    stage: ClassVar[Any] = "values"
    place: ClassVar[int] = 30
    takes: ClassVar[tuple[Dtype, ...]] = ("text", "money", "decimal", "integer")
    learns: ClassVar[bool] = True

    def unfit(self, columns: Mapping[str, Column], further: bool) -> str:
        column = columns.get(self.column)
        if column is not None and column.needed:
            return f"{self.column} is needed: a row without it is rejected anyway"
        if self.how in OF_NUMBERS and column is not None and column.dtype == "text":
            return f"{self.column} holds texts, which have no {self.how}"
        if (self.how == "value") != bool(self.value):
            return "how is value, and value says which"
        return super().unfit(columns, further)

    def keeps(self, rows: pl.DataFrame) -> pl.DataFrame:
        if self.column not in rows.columns:
            return pl.DataFrame()
        if self.how != "neighbours":
            return rows.select(self.column)
        others = self._others(rows)
        return rows.select("row", self.column, *others)

    def learn(self, kept: pl.DataFrame, context: RuleContext) -> Any:
        if self.column not in kept.columns or self.how in ("rejected", "left"):
            return None
        values = kept[self.column]
        if self.how == "value":
            return self._of_its_type(values, context)
        if self.how == "mode":
            return values.drop_nulls().mode().sort().first()
        if not values.dtype.is_numeric():
            return None
        if self.how == "neighbours":
            return self._neighbours(kept)
        found = values.mean() if self.how == "mean" else values.median()
        return None if found is None else float(found)  # type: ignore[arg-type]  # of numbers

    def apply(self, rows: pl.DataFrame, learnt: Any, context: RuleContext) -> Outcome:
        name = self.column
        if name not in rows.columns or not rows[name].null_count() or self.how == "left":
            return Outcome(rows)
        empty = pl.col(name).is_null()
        if self.how == "rejected":
            told = found_wrong(rows.filter(empty), name, "empty", f"give the {name}")
            return Outcome(rows.filter(~empty), problems=told)
        if learnt is None:
            return Outcome(rows)
        lacking = rows.filter(empty)
        filling = lacking.select("row", self._filled(lacking, learnt).alias("filling"))
        joined = rows.join(filling, on="row", how="left", maintain_order="left")
        value = pl.col("filling")
        if rows.schema[name].is_integer():
            value = value.cast(pl.Float64).round(0, mode="half_away_from_zero")
        now = pl.coalesce(name, value.cast(rows.schema[name], strict=False))
        after = joined.with_columns(now.alias(name)).drop("filling")
        return Outcome(after, changed(rows, after, name, context))

    def learnt_words(self, learnt: Any, context: RuleContext) -> str:
        if learnt is None or self.how in ("rejected", "left"):
            return ""
        if self.how == "neighbours":
            return f"from {len(learnt['donors'].targets):,} customers, by {', '.join(learnt['by'])}"
        units = context.units(self.column)
        shown = f"{learnt / units:,.10g}" if isinstance(learnt, int | float) else f"“{learnt}”"
        return f"the {self.how} is {shown}"

    def _filled(self, rows: pl.DataFrame, learnt: Any) -> pl.Series:
        if self.how != "neighbours":
            return pl.Series(self.column, [learnt] * rows.height)
        there = [pl.col(n) if n in rows.columns else pl.lit(None).alias(n) for n in learnt["by"]]
        features = rows.select(there).cast(pl.Float64, strict=False).to_numpy()
        means = nearest_mean(features, learnt["donors"], k=self.k)
        return pl.Series(self.column, means).fill_nan(None)

    def _others(self, rows: pl.DataFrame) -> list[str]:
        numbers = [name for name, dtype in rows.schema.items() if dtype.is_numeric()]
        wanted = self.like or tuple(numbers)
        return [n for n in wanted if n in numbers and n not in ("row", self.column)]

    def _neighbours(self, kept: pl.DataFrame) -> dict[str, Any] | None:
        by = [name for name in kept.columns if name not in ("row", self.column)]
        known = kept.filter(pl.col(self.column).is_not_null())
        if not by or known.is_empty():
            return None
        if known.height > MOST_DONORS:
            known = known.sort(pl.col("row").hash(), "row").head(MOST_DONORS)
        features = known.select(by).cast(pl.Float64).to_numpy()
        targets = known[self.column].cast(pl.Float64).to_numpy()
        return {"by": by, "donors": donors_of(np.asarray(features), np.asarray(targets))}

    def _of_its_type(self, values: pl.Series, context: RuleContext) -> Any:
        """The option's text as a value of the column, money in minor units."""
        if values.dtype == pl.String:
            return self.value
        try:
            return float(self.value) * context.units(self.column)
        except ValueError:
            return None
