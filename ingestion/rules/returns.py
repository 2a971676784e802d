from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import polars as pl

from core.contracts.cleaning_rule import (
    CHANGED,
    LEFT_OUT,
    OWN,
    CleaningRule,
    Outcome,
    RuleContext,
    effect,
    found_wrong,
)
from core.contracts.columns import Column

REASON = "a return or cancellation"


@dataclass(frozen=True)
class Returns(CleaningRule):
    """``by``: a negative quantity, an order_id that begins with ``prefix`` (as an invoice number
    with C), or a column of the file, known to the glossary or not, that holds one of ``values``
    (none: that holds anything). ``then``: kept and counted as returned, left out, or rejected.
    """

    by: Literal["negative quantity", "prefix", "column"] = "negative quantity"
    prefix: str = "C"
    column: str = ""
    values: tuple[str, ...] = ()
    then: Literal["returned", "left out", "rejected"] = "returned"

    key: ClassVar[str] = "returns"
    title: ClassVar[str] = "Returns and cancellations"
    says: ClassVar[str] = "Lines that were given back or called off count as no purchase."
    stage: ClassVar[Any] = "values"
    place: ClassVar[int] = 10
    kinds: ClassVar[tuple[str, ...]] = ("order_lines",)

    def reads(self) -> tuple[str, ...]:
        return {"negative quantity": ("quantity",), "prefix": ("order_id",)}.get(self.by, ())

    def of_the_file(self) -> tuple[str, ...]:
        return (self.column,) if self.by == "column" else ()

    def unfit(self, columns: Mapping[str, Column], further: bool) -> str:
        if self.by == "column" and not self.column:
            return "by a column, and column names none"
        if self.by == "prefix" and not self.prefix:
            return "by a prefix, and prefix is empty"
        return super().unfit(columns, further)

    def apply(self, rows: pl.DataFrame, learnt: Any, context: RuleContext) -> Outcome:
        name = self._column()
        if name not in rows.columns:
            return Outcome(rows)
        back = rows.filter(self._is_return(name))
        if back.is_empty():
            return Outcome(rows)
        if self.then == "returned":
            before = rows["returned"] if "returned" in rows.columns else pl.lit(None, pl.Boolean)
            after = rows.with_columns(
                pl.when(self._is_return(name)).then(pl.lit(value=True)).otherwise(before)
                .alias("returned")
            )  # fmt: skip
            one = effect(CHANGED, name, back, None, context, words="returned")
            return Outcome(after, (one,))
        rest = rows.join(back.select("row"), on="row", how="anti", maintain_order="left")
        if self.then == "rejected":
            remedy = "bring it in by a rule that counts it as returned"
            return Outcome(rest, problems=found_wrong(back, name, REASON, remedy))
        remedy = "nothing to do: the rule for returns leaves it out"
        problems = found_wrong(back, name, f"{REASON}, left out", remedy)
        one = effect(LEFT_OUT, name, back, None, context, words="left out")
        return Outcome(rest, (one,), problems)

    def _column(self) -> str:
        reads = self.reads()
        return reads[0] if reads else f"{OWN}{self.column}"

    def _is_return(self, name: str) -> pl.Expr:
        cell = pl.col(name)
        if self.by == "negative quantity":
            return (cell < 0).fill_null(value=False)
        text = cell.cast(pl.String).str.strip_chars()
        if self.by == "prefix":
            return text.str.starts_with(self.prefix).fill_null(value=False)
        if not self.values:
            return (text != "").fill_null(value=False)
        wanted = [value.strip().lower() for value in self.values]
        return text.str.to_lowercase().is_in(wanted).fill_null(value=False)
