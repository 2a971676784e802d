from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import polars as pl

from core.contracts.cleaning_rule import (
    FLAGGED,
    CleaningRule,
    Outcome,
    RuleContext,
    changed,
    effect,
    found_wrong,
)
from core.contracts.columns import Column, Dtype
from core.contracts.options import option


@dataclass(frozen=True)
class Outliers(CleaningRule):
    """``method``: Tukey's fences (``reach`` × the interquartile range beyond the quartiles), the
    percentiles ``low`` and ``high`` (capped: winsorising), or the limits ``least`` and ``most``.
    Quantiles are numpy's linear ones over the values of this file.
    """

    column: str
    method: Literal["quartiles", "percentiles", "limits"] = "quartiles"
    then: Literal["flagged", "capped", "rejected"] = "flagged"
    reach: float = option(1.5, least=0)
    low: float = option(0.01, least=0, most=1)
    high: float = option(0.99, least=0, most=1)
    least: float | None = None
    most: float | None = None

    key: ClassVar[str] = "outliers"
    title: ClassVar[str] = "Values far from the others"
    says: ClassVar[str] = "What lies beyond the limits is flagged; capped or rejected by choice."
    stage: ClassVar[Any] = "values"
    place: ClassVar[int] = 20
    takes: ClassVar[tuple[Dtype, ...]] = ("money", "decimal", "integer")
    learns: ClassVar[bool] = True

    def unfit(self, columns: Mapping[str, Column], further: bool) -> str:
        if self.method == "limits" and self.least is None and self.most is None:
            return "it needs least, most or both"
        if self.method == "percentiles" and self.low >= self.high:
            return "low must lie under high"
        return super().unfit(columns, further)

    def learn(self, kept: pl.DataFrame, context: RuleContext) -> list[float | None]:
        """The least and the most that is usual, as typed values; None: no limit."""
        if self.method == "limits":
            units = context.units(self.column)
            return [None if end is None else end * units for end in (self.least, self.most)]
        if self.column not in kept.columns or not kept.schema[self.column].is_numeric():
            return [None, None]
        values = kept[self.column].drop_nulls().cast(pl.Float64).to_numpy()
        if not values.size:
            return [None, None]
        if self.method == "percentiles":
            return [float(end) for end in np.quantile(values, [self.low, self.high])]
        lower, upper = np.quantile(values, [0.25, 0.75])
        fence = self.reach * (upper - lower)
        return [float(lower - fence), float(upper + fence)]

    def apply(self, rows: pl.DataFrame, learnt: Any, context: RuleContext) -> Outcome:
        name, (least, most) = self.column, learnt
        if name not in rows.columns or not rows.schema[name].is_numeric():
            return Outcome(rows)
        below = pl.lit(value=False) if least is None else pl.col(name) < least
        above = pl.lit(value=False) if most is None else pl.col(name) > most
        far = (below | above).fill_null(value=False)
        beyond = rows.filter(far)
        if beyond.is_empty():
            return Outcome(rows)
        if self.then == "rejected":
            reason = f"beyond what is usual: {self._words(learnt, context)}"
            shown = beyond.select("row", (pl.col(name) / context.units(name)).alias(name))
            problems = found_wrong(shown, name, reason, "give the true value")
            return Outcome(rows.filter(~far), problems=problems)
        if self.then == "capped":
            ends = self._within(learnt, whole=context.is_whole(name))
            after = rows.with_columns(pl.col(name).clip(*ends).cast(rows.schema[name]))
            return Outcome(after, changed(rows, after, name, context))
        words = self._words(learnt, context)
        return Outcome(rows, (effect(FLAGGED, name, beyond, None, context, words=words),))

    def _within(self, learnt: Any, *, whole: bool) -> list[float | int | None]:
        """Whole values stay within the limits: the least is rounded up, the most down."""
        least, most = learnt
        if not whole:
            return [least, most]
        return [
            None if least is None else int(np.ceil(least)),
            None if most is None else int(np.floor(most)),
        ]

    def _words(self, learnt: Any, context: RuleContext) -> str:
        units = context.units(self.column)
        least, most = (None if end is None else f"{end / units:,.10g}" for end in learnt)
        if least is None:
            return f"at most {most}"
        return f"at least {least}" if most is None else f"{least} to {most}"

    def learnt_words(self, learnt: Any, context: RuleContext) -> str:
        return "" if learnt == [None, None] else f"usual is {self._words(learnt, context)}"
