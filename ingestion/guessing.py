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
# So many are looked at before all are.
FEW = 1_000
COMMA_REMEDY = 'say in the mapping that the comma is the decimal sign: "decimal": ","'


class UncertainNumbers(Refused):
    code = "uncertain_numbers"
    remedy = "Say in the mapping which sign is the decimal sign, and bring the file in again."


@dataclass(frozen=True)
class Signs:
    """``comma``: columns that write 0,99; ``uncertain``: two readings in words, or empty."""

    comma: tuple[str, ...] = ()
    uncertain: str = ""


class NumberSigns:
    """Gathers from batch after batch what the texts of the declared numbers show; nothing where
    the mapping has said it.
    """

    def __init__(
        self, columns: Iterable[Column], options: dict[str, Any], delimiter: str | None
    ) -> None:
        said = options.get("decimal")
        self._names = [] if said else [c.name for c in columns if c.dtype in NUMBERS]
        # Where the semicolon parts cells, the comma may part decimals.
        self._doubtful = delimiter == ";"
        # Columns where every number may have a comma, and where one must have it.
        self._may, self._must = dict.fromkeys(self._names, True), dict.fromkeys(self._names, False)
        self._texts: dict[str, list[pl.Series]] = {}

    def see(self, rows: pl.DataFrame) -> None:
        for name in self._names:
            if rows.schema.get(name) == pl.String:
                self._see(rows[name])

    def _see(self, cells: pl.Series) -> None:
        # Whole numbers show nothing, and most are: they are taken out first.
        odd = cells.filter(cells.cast(pl.Int64, strict=False).is_null())
        text = odd.str.strip_chars().replace("", None).drop_nulls()
        name = cells.name
        if self._may[name]:
            few = bool(text.head(FEW).str.contains(WITH_COMMA).all())
            self._may[name] = few and bool(text.str.contains(WITH_COMMA).all())
        if self._may[name]:
            self._must[name] |= bool(text.str.contains(COMMA_SHOWS).any())
        if self._doubtful:
            whole = cells.str.strip_chars().replace("", None).drop_nulls()
            self._texts.setdefault(name, []).append(whole.unique(maintain_order=True))

    def shown(self) -> Signs:
        comma = tuple(name for name in self._names if self._may[name] and self._must[name])
        texts = [pl.concat(found) for found in self._texts.values()]
        if not self._doubtful or comma or any(_shows_a_dot(text) for text in texts):
            return Signs(comma)
        unclear = [text for text in texts if _reads_two_ways(text)]
        return Signs(comma, _two_readings(unclear[0]) if unclear else "")


def signs(
    rows: pl.DataFrame, columns: Iterable[Column], options: dict[str, Any], delimiter: str | None
) -> Signs:
    """What the texts of these rows show."""
    seen = NumberSigns(columns, options, delimiter)
    seen.see(rows)
    return seen.shown()


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
