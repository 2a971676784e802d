from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import polars as pl

from core.contracts.cleaning_rule import CleaningRule, Outcome, RuleContext, changed, found_wrong
from core.contracts.columns import Dtype
from core.contracts.import_kind import COUNTS_IN

# A dollar sign says no country: it is the organisation's where that counts in dollars or pesos.
SIGNS = {"€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₺": "TRY", "₽": "RUB", "₴": "UAH",
         "₪": "ILS", "₩": "KRW", "₫": "VND", "฿": "THB", "zł": "PLN", "zl": "PLN", "kč": "CZK",
         "ft": "HUF", "r$": "BRL", "fr": "CHF", "us$": "USD"}  # fmt: skip
OPEN_SIGNS = {"$": ("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "CLP", "COP", "ARS"),
              "kr": ("SEK", "NOK", "DKK", "ISK")}  # fmt: skip
GAPS = r"[\s\u00a0\u202f'’_]"
DASHES = r"[\u2212\u2012\u2013\u2014]"
POINT_COMMA = r"^(\d{1,3}(\.\d{3})+|\d+)(,\d*)?$|^,\d+$"
COMMA_POINT = r"^(\d{1,3}(,\d{3})+|\d{1,2}(,\d{2})+,\d{3}|\d+)(\.\d*)?$|^\.\d+$"
# What only one of the two readings explains.
SHOWS_COMMA = r",\d{1,2}$|,\d{4,}$|\.\d{3}[.,]|^0,|^,"
SHOWS_POINT = r"\.\d{1,2}$|\.\d{4,}$|,\d{3}[.,]|^0\.|^\.|,\d{2},"
UNCLEAR = "can be read in two ways: as a fraction or as thousands"


@dataclass(frozen=True)
class Amounts(CleaningRule):
    """``decimal``: the sign before the cents. As the mapping says it; where that says nothing, as
    the column shows it, and a number that could be either is asked for, never guessed.
    """

    column: str
    decimal: Literal["as the mapping says", ".", ","] = "as the mapping says"

    key: ClassVar[str] = "amounts"
    title: ClassVar[str] = "Money and numbers as people write them"
    says: ClassVar[str] = (
        "1.234,56 €, $1,234.56, (12.00) and 12- are read; a foreign currency is rejected."
    )
    stage: ClassVar[Any] = "cells"
    place: ClassVar[int] = 30
    takes: ClassVar[tuple[Dtype, ...]] = ("money", "decimal", "integer")
    learns: ClassVar[bool] = True

    def learn(self, kept: pl.DataFrame, context: RuleContext) -> str:
        """The decimal sign of the column; empty where nothing, or both, is shown."""
        said = self.decimal if len(self.decimal) == 1 else context.load.options.get("decimal", "")
        if said or self.column not in kept.columns or kept.schema[self.column] != pl.String:
            return str(said)
        digits = kept.select(_parts(pl.col(self.column))["digits"].alias("digits"))["digits"]
        comma = digits.str.contains(SHOWS_COMMA).any()
        point = digits.str.contains(SHOWS_POINT).any()
        return "" if comma == point else "," if comma else "."

    def apply(self, rows: pl.DataFrame, learnt: Any, context: RuleContext) -> Outcome:
        name = self.column
        if name not in rows.columns or rows.schema[name] != pl.String:
            return Outcome(rows)
        parts = _parts(pl.col(name))
        read = rows.with_columns(**{f"part {key}": part for key, part in parts.items()})
        read = read.with_columns(_number(learnt).alias("number"))
        said = pl.col("part said").is_not_null()
        stranger = said & ~_is_ours(context.load.currency)
        foreign = stranger & _is_a_currency()
        unclear = said & ~stranger & pl.col("number").is_null() & _reads_two_ways()
        unread = said & ~foreign & ~unclear & (stranger | pl.col("number").is_null())
        good = read.filter(~(foreign | unclear | unread))
        after = good.with_columns(pl.col("number").alias(name)).select(rows.columns)
        written = good.select("row", pl.col("part said").cast(pl.Float64, strict=False).alias(name))
        differ = written[name].ne_missing(after[name])
        before = good.select("row", name).filter(differ)
        problems = self._problems(read, foreign, unclear, unread, learnt, context)
        return Outcome(after, changed(before, after.filter(differ), name, context), problems)

    def _problems(
        self, read: pl.DataFrame, foreign: pl.Expr, unclear: pl.Expr, unread: pl.Expr,
        learnt: Any, context: RuleContext,
    ) -> pl.DataFrame:  # fmt: skip
        ours = context.load.currency
        marked = pl.format("written in {}: {} {}", "part mark", pl.lit(COUNTS_IN), pl.lit(ours))
        column = context.columns.get(self.column)
        what = "not an amount" if column is None or column.dtype == "money" else "not a number"
        like = "write it like 12,40" if learnt == "," else "write it like 12.40"
        return pl.concat(
            [
                found_wrong(
                    read.filter(foreign), self.column, marked, f"convert the amounts to {ours}"
                ),
                found_wrong(
                    read.filter(unclear), self.column, UNCLEAR, "say in the rule the decimal sign"
                ),
                found_wrong(read.filter(unread), self.column, what, like),
            ]
        )

    def learnt_words(self, learnt: Any, context: RuleContext) -> str:
        signs = {",": "the comma is the decimal sign", ".": "the dot is the decimal sign"}
        return signs.get(learnt, "")


def foreign_marks(cells: Sequence[str], currency: str) -> list[str]:
    """The currency of each cell that bears another one's mark, by its code where the mark is one's
    alone."""
    said = pl.Series("cell", cells, dtype=pl.String).to_frame()
    parts = said.select(_parts(pl.col("cell"))["mark"].alias("part mark"))
    foreign = parts.filter(_is_a_currency() & ~_is_ours(currency))["part mark"]
    return [SIGNS.get(mark, mark.upper()) for mark in foreign]


def _parts(cell: pl.Expr) -> dict[str, pl.Expr]:
    """What is said, its digits and separators, the currency's mark, and whether it is a minus."""
    said = cell.str.strip_chars()
    plain = said.str.replace_all(DASHES, "-")
    bracketed = plain.str.contains(r"^\(.*\)$")
    mark = plain.str.extract(r"([^\d\s.,'’_()+\-\u00a0\u202f]+)\.?").str.to_lowercase()
    bare = plain.str.replace(r"([^\d\s.,'’_()+\-\u00a0\u202f]+)\.?", "").str.replace_all(GAPS, "")
    digits = bare.str.replace(r"^\((.*)\)$", "$1").str.replace(r"^[+-]|[+-]$", "")
    return {
        "said": pl.when(said != "").then(said),
        "digits": digits,
        "mark": mark,
        "minus": bracketed | bare.str.contains(r"^-|-$"),
    }


def _number(decimal: str) -> pl.Expr:
    digits = pl.col("part digits")
    with_comma = digits.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    with_point = digits.str.replace_all(",", "", literal=True)
    comma, point = digits.str.contains(POINT_COMMA), digits.str.contains(COMMA_POINT)
    text: pl.Expr
    if decimal:
        text = pl.when(comma if decimal == "," else point).then(
            with_comma if decimal == "," else with_point
        )
    else:
        text = (
            pl.when(comma & ~point).then(with_comma)
            .when(point & ~comma).then(with_point)
            .when(comma & point & ~digits.str.contains(r"[.,]")).then(digits)
            .when(comma & digits.str.contains(SHOWS_COMMA)).then(with_comma)
            .when(point & digits.str.contains(SHOWS_POINT)).then(with_point)
        )  # fmt: skip
    number = text.cast(pl.Float64, strict=False)
    return pl.when(pl.col("part minus")).then(-number).otherwise(number)


def _reads_two_ways() -> pl.Expr:
    digits = pl.col("part digits")
    return digits.str.contains(POINT_COMMA) & digits.str.contains(COMMA_POINT)


def _is_a_currency() -> pl.Expr:
    mark = pl.col("part mark")
    return mark.is_in([*SIGNS, *OPEN_SIGNS]) | mark.str.contains(r"^[a-z]{3}$")


def _is_ours(currency: str) -> pl.Expr:
    """No mark, the organisation's, or one that several countries share and it is one of them."""
    mark = pl.col("part mark")
    ours = [sign for sign, code in SIGNS.items() if code == currency]
    ours += [sign for sign, codes in OPEN_SIGNS.items() if currency in codes]
    return mark.is_null() | mark.is_in([*ours, currency.lower()])
