from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import polars as pl

from core.contracts.cleaning_rule import CleaningRule, Outcome, RuleContext, changed
from core.contracts.columns import Column, Dtype
from ingestion.spellings import folded, one_space

# A column with more different texts than this holds no categories.
MOST_SPELLINGS = 20_000


@dataclass(frozen=True)
class Categories(CleaningRule):
    """``synonyms``: a spelling → what it is called here, capitals and accents aside.

    ``look_alikes`` merges what differs only in capitals, accents, signs and letters of other
    alphabets that look the same, to the commonest spelling (of equally common ones the first by
    the alphabet).
    """

    column: str
    case: Literal["as it is", "lower", "upper", "title"] = "as it is"
    spaces: bool = True
    look_alikes: bool = True
    synonyms: dict[str, str] = field(default_factory=dict)

    key: ClassVar[str] = "categories"
    title: ClassVar[str] = "One spelling for each category"
    says: ClassVar[str] = "Capitals, spaces, synonyms and look-alike letters make no new category."
    stage: ClassVar[Any] = "cells"
    place: ClassVar[int] = 40
    takes: ClassVar[tuple[Dtype, ...]] = ("text",)
    learns: ClassVar[bool] = True

    def unfit(self, columns: Mapping[str, Column], further: bool) -> str:
        column = columns.get(self.column)
        if column is not None and column.needed:
            return f"{self.column} is what the rows are known by"
        return super().unfit(columns, further)

    def keeps(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Each spelling of a batch with its count."""
        if self.column not in rows.columns or rows.schema[self.column] != pl.String:
            return pl.DataFrame(schema={"text": pl.String, "many": pl.UInt32})
        text = self._plain(pl.col(self.column)).alias("text")
        return rows.select(text).drop_nulls().group_by("text").agg(pl.len().alias("many"))

    def learn(self, kept: pl.DataFrame, context: RuleContext) -> dict[str, str]:
        """{spelling: the one to write}, of those that are written otherwise."""
        counted = kept.group_by("text").agg(pl.col("many").sum())
        if counted.height > MOST_SPELLINGS:
            return {}
        known = {
            key: name
            for key, name in zip(_folds(list(self.synonyms)), self.synonyms.values(), strict=True)
            if key is not None
        }
        table = counted.with_columns(folded(pl.col("text")).alias("fold")).drop_nulls("fold")
        common = table.sort(["many", "text"], descending=[True, False])
        first = dict(common.group_by("fold", maintain_order=True).first().select("fold", "text")
                     .iter_rows())  # fmt: skip
        written = {}
        for text, fold in table.select("text", "fold").iter_rows():
            now = known.get(fold) or (first[fold] if self.look_alikes else text)
            if now != text:
                written[text] = now
        return written

    def apply(self, rows: pl.DataFrame, learnt: Any, context: RuleContext) -> Outcome:
        name = self.column
        if name not in rows.columns or rows.schema[name] != pl.String:
            return Outcome(rows)
        plain = self._plain(pl.col(name))
        now = plain.replace(list(learnt), list(learnt.values())) if learnt else plain
        after = rows.with_columns(now.alias(name))
        return Outcome(after, changed(rows, after, name, context))

    def _plain(self, cell: pl.Expr) -> pl.Expr:
        text = one_space(cell) if self.spaces else cell
        cases = {
            "lower": text.str.to_lowercase(),
            "upper": text.str.to_uppercase(),
            "title": text.str.to_titlecase(),
        }
        return cases.get(self.case, text)

    def learnt_words(self, learnt: Any, context: RuleContext) -> str:
        spellings = "spelling is" if len(learnt) == 1 else "spellings are"
        return f"{len(learnt):,} {spellings} written as another" if learnt else ""


def _folds(texts: list[str]) -> list[str | None]:
    frame = pl.DataFrame({"text": texts}, schema={"text": pl.String})
    return frame.select(folded(pl.col("text")))["text"].to_list()
