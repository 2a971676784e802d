from dataclasses import dataclass
from typing import Any, ClassVar

import polars as pl

from core.contracts.cleaning_rule import CleaningRule, Outcome, RuleContext, changed

MARKS = ("n/a", "#n/a", "na", "nan", "none", "null", "nil", "unknown", "-", "--", "?", "(empty)")


@dataclass(frozen=True)
class Absent(CleaningRule):
    """``columns``: which ones; none: every column of text. ``marks`` are compared without capitals
    and without the spaces around them.
    """

    columns: tuple[str, ...] = ()
    marks: tuple[str, ...] = MARKS

    key: ClassVar[str] = "absent"
    title: ClassVar[str] = "Texts that stand for nothing"
    says: ClassVar[str] = "A cell that says n/a, null or the like is read as empty."
    stage: ClassVar[Any] = "cells"
    place: ClassVar[int] = 10

    def reads(self) -> tuple[str, ...]:
        return self.columns

    def apply(self, rows: pl.DataFrame, learnt: Any, context: RuleContext) -> Outcome:
        wanted = self.columns or tuple(context.columns)
        names = [n for n in wanted if n in rows.columns and rows.schema[n] == pl.String]
        marks = [mark.strip().lower() for mark in self.marks]
        after = rows.with_columns(
            pl.when(~pl.col(name).str.strip_chars().str.to_lowercase().is_in(marks))
            .then(pl.col(name))
            .alias(name)
            for name in names
        )
        effects = [one for name in names for one in changed(rows, after, name, context)]
        return Outcome(after, tuple(effects))
