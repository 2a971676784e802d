"""Which decimal sign a file's numbers show, where the mapping does not say."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl

from core.contracts.columns import Column
from core.errors import Refused

NUMBERS = ("money", "decimal")
# Thousands never begin with 0: 0.500 is a half, 1.500 may be fifteen hundred.
TWO_WAYS = r"^[+-]?[1-9]\d{0,2}\.\d{3}$"
SHORT = r"^[+-]?\d{1,3}$"
WITH_COMMA = r"^[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?$"
COMMA_SHOWS = r",(\d{1,2}|\d{4,})$|\.\d{3}(\.\d{3}|,)"
DOT_SHOWS = r"^[+-]?\d*\.\d+$"
COMMA_REMEDY = 'say in the mapping that the comma is the decimal sign: "decimal": ","'


class UncertainNumbers(Refused):
    code = "uncertain_numbers"
    remedy = "Say in the mapping which sign is the decimal sign, and bring the file in again."


@dataclass(frozen=True)
class Signs:
    """``comma``: columns that write 0,99; ``uncertain``: two readings in words, or empty."""

    comma: tuple[str, ...] = ()
    uncertain: str = ""


def signs(
    rows: pl.DataFrame, columns: Iterable[Column], options: dict[str, Any], delimiter: str | None
) -> Signs:
    """What the texts of the declared numbers show; nothing where the mapping has said it."""
    if options.get("decimal"):
        return Signs()
    names = [c.name for c in columns if c.dtype in NUMBERS and c.name in rows.columns]
    texts = [
        rows[name].str.strip_chars().replace("", None).drop_nulls()
        for name in names
        if rows.schema[name] == pl.String
    ]
    comma = tuple(
        text.name
        for text in texts
        if text.str.contains(WITH_COMMA).all() and text.str.contains(COMMA_SHOWS).any()
    )
    if delimiter != ";" or comma or any(_shows_a_dot(text) for text in texts):
        return Signs(comma)
    unclear = [text for text in texts if _reads_two_ways(text)]
    return Signs(comma, _two_readings(unclear[0]) if unclear else "")


def with_comma_remedy(problems: pl.DataFrame, comma: tuple[str, ...]) -> pl.DataFrame:
    """Rejects of numbers with a comma say which option reads them."""
    theirs = pl.col("column").is_in(comma) & pl.col("value").str.contains(r"[.,]")
    remedy = pl.when(theirs).then(pl.lit(COMMA_REMEDY)).otherwise(pl.col("remedy"))
    return problems.with_columns(remedy.alias("remedy")) if comma else problems


def _shows_a_dot(text: pl.Series) -> bool:
    return bool((text.str.contains(DOT_SHOWS) & ~text.str.contains(TWO_WAYS)).any())


def _reads_two_ways(text: pl.Series) -> bool:
    two_ways = text.str.contains(TWO_WAYS)
    return bool(two_ways.any() and (two_ways | text.str.contains(SHORT)).all())


def _two_readings(text: pl.Series) -> str:
    value = str(text.filter(text.str.contains(TWO_WAYS))[0])
    decimal, thousands = f"{float(value):g}", f"{value.replace('.', '')}"
    return (
        f"The numbers of {text.name} can be read in two ways: {value} is {decimal} where the dot is"
        f" the decimal sign, and {thousands} where it parts thousands. Say which in the mapping:"
        ' {"options": {"decimal": "."}} or {"options": {"decimal": ","}}.'
    )
