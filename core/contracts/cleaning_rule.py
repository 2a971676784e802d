"""The contract of a cleaning rule: what it reads, what it learns from a file, what it does to rows.

A rule of the stage ``cells`` sees what the file says, mostly text, under the glossary's names; one
of the stage ``values`` sees typed columns, money in minor units. It is given one batch of rows
after the other, so whatever it must know of the whole file it learns before.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import polars as pl

from core.contracts.columns import Column, Dtype
from core.contracts.import_kind import LoadContext, no_problems, problems

# What became of a cell or a row.
CHANGED, FLAGGED, REPEATED, LEFT_OUT = "changed", "flagged", "repeated", "left out"
EXAMPLES = 5
# Columns that rules read beside the glossary's: the file's own, and a hash of its whole row.
OWN = "rule:"
WHOLE_ROW = f"{OWN}whole row"
# A text of an example is cut there.
LONGEST_SHOWN = 80
# What stands for a value that not everybody may see.
HIDDEN = "•••"


@dataclass(frozen=True)
class RuleContext:
    """What a rule may know of the load: its clock and money, and the columns of its kind."""

    load: LoadContext
    columns: Mapping[str, Column]

    def units(self, name: str) -> int:
        """By how much the typed values of a column are larger than what the file says."""
        column = self.columns.get(name)
        return self.load.minor_per_major if column and column.dtype == "money" else 1

    def is_whole(self, name: str) -> bool:
        column = self.columns.get(name)
        return column is not None and column.dtype in ("money", "integer")

    def hides(self, name: str) -> bool:
        column = self.columns.get(name)
        return column is not None and column.personal


@dataclass(frozen=True)
class Effect:
    """What a rule did to one column of a batch; ``rows`` are the row numbers."""

    what: str
    column: str
    rows: pl.Series
    # Up to EXAMPLES of {row, column, before, after}.
    examples: list[dict[str, Any]]


@dataclass(frozen=True)
class Outcome:
    """``rows`` go on. Rows with a problem do not; nor do ``repeated`` ones, which the file says
    twice (row numbers). What a rule leaves out is a problem too, and told apart by its effect.
    """

    rows: pl.DataFrame
    effects: tuple[Effect, ...] = ()
    problems: pl.DataFrame | None = None
    repeated: pl.Series | None = None


class CleaningRule(ABC):
    """One rule: a frozen dataclass whose fields are its options.

    ``takes`` are the types of the column that it is asked for by its option ``column``.
    """

    key: ClassVar[str]
    title: ClassVar[str]
    # What it does, in a sentence.
    says: ClassVar[str]
    stage: ClassVar[Literal["cells", "values"]]
    # Rules of one stage work in this order, whatever the order in which they are asked for.
    place: ClassVar[int] = 50
    takes: ClassVar[tuple[Dtype, ...]] = ()
    # The kinds of file that it knows; none: all of them.
    kinds: ClassVar[tuple[str, ...]] = ()
    learns: ClassVar[bool] = False
    # It says how dates are written, so the option date_format does not.
    reads_dates: ClassVar[bool] = False

    def reads(self) -> tuple[str, ...]:
        """The glossary's columns that it works on."""
        column = getattr(self, "column", "")
        return (column,) if column else ()

    def of_the_file(self) -> tuple[str, ...]:
        """Columns of the file that the glossary does not know; it finds them as OWN + name."""
        return ()

    def compares_whole_rows(self) -> bool:
        """It needs a hash of the file's whole row, in the column WHOLE_ROW."""
        return False

    def unfit(self, columns: Mapping[str, Column], further: bool) -> str:
        """Why it cannot be asked for this, in words; ``further``: undeclared columns are kept."""
        for name in self.reads():
            column = columns.get(name)
            if column is None and not further:
                return f"there is no column {name}"
            if column is not None and self.takes and column.dtype not in self.takes:
                return f"{name} is a {column.dtype}, and it takes {' or '.join(self.takes)}"
        return ""

    def keeps(self, rows: pl.DataFrame) -> pl.DataFrame:
        """What learning needs of a batch; all batches of it are held in memory at once."""
        return rows.select(name for name in self.reads() if name in rows.columns)

    def learn(self, kept: pl.DataFrame, context: RuleContext) -> Any:
        """What ``apply`` must know of the whole file."""
        return None

    @abstractmethod
    def apply(self, rows: pl.DataFrame, learnt: Any, context: RuleContext) -> Outcome:
        """A batch of rows, each with its number in the column row."""

    def learnt_words(self, learnt: Any, context: RuleContext) -> str:
        """What it learnt from this file, for the report; empty where that is nothing to say."""
        return ""


def effect(
    what: str,
    column: str,
    before: pl.DataFrame,
    after: pl.DataFrame | None,
    context: RuleContext,
    *,
    words: str = "",
    our_words: bool = False,
) -> Effect:
    """These rows with the column as it was and as it is; ``words`` stand where nothing changed.

    Both frames hold the same rows in the same order. ``our_words``: what stands in the column is
    not the file's, and hides nobody.
    """
    first = before.head(EXAMPLES)
    was = first[column].to_list() if our_words else _shown(first, column, context)
    now = [words] * first.height if after is None else _shown(after.head(EXAMPLES), column, context)
    examples = [
        {"row": row, "column": column.removeprefix(OWN), "before": one, "after": other}
        for row, one, other in zip(first["row"].to_list(), was, now, strict=True)
    ]
    return Effect(what, column.removeprefix(OWN), before["row"].cast(pl.Int64), examples)


def changed(
    before: pl.DataFrame, after: pl.DataFrame, column: str, context: RuleContext
) -> tuple[Effect, ...]:
    """The cells of a column that are not what they were; no effect where all are."""
    was, now = before[column], after[column]
    if was.dtype != now.dtype:
        was, now = was.cast(pl.String), now.cast(pl.String)
    differ = was.ne_missing(now)
    if not differ.any():
        return ()
    return (effect(CHANGED, column, before.filter(differ), after.filter(differ), context),)


def found_wrong(
    rows: pl.DataFrame, column: str, reason: str | pl.Expr, remedy: str
) -> pl.DataFrame:
    """A problem for each of these rows, the reason by row where it is an expression."""
    if rows.is_empty():
        return no_problems()
    said = problems(rows, column, "", remedy)
    words = pl.lit(reason) if isinstance(reason, str) else reason
    return said.with_columns(
        rows.with_columns(words.alias("reason"))["reason"],
        pl.lit(column.removeprefix(OWN)).alias("column"),
        pl.col("value").str.slice(0, 200),
    )


def _shown(rows: pl.DataFrame, column: str, context: RuleContext) -> list[str]:
    if column not in rows.columns:
        return [""] * rows.height
    if context.hides(column):
        return [HIDDEN if value is not None else "" for value in rows[column].to_list()]
    units = context.units(column) if rows.schema[column].is_integer() else 1
    values = rows[column] / units if units != 1 else rows[column]
    return [_text(value) for value in values.to_list()]


def _text(value: Any) -> str:
    if value is None:
        return ""
    words = f"{value:.10g}" if isinstance(value, float) else str(value)
    return words[:LONGEST_SHOWN].replace("\x00", "")
