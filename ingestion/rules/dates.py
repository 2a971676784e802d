from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import polars as pl

from core.contracts.cleaning_rule import CleaningRule, Outcome, RuleContext, changed, found_wrong
from core.contracts.columns import Column, Dtype

SAMPLE = datetime(2026, 1, 31, 18, 30, tzinfo=UTC)
# Numbers that count from a day: a spreadsheet's days, a computer's seconds.
COUNTED = {"excel": ("1899-12-30", 86_400_000_000), "unix": ("1970-01-01", 1_000_000),
           "unix_ms": ("1970-01-01", 1_000)}  # fmt: skip
# %Y reads 26 as the year 26; whoever writes two digits says %y.
FIRST_YEAR = 1000
WRITTEN = "%Y-%m-%dT%H:%M:%S%.6f"


@dataclass(frozen=True)
class Dates(CleaningRule):
    """``forms`` are those in which the column is written, like %d.%m.%Y or %d/%m/%Y %H:%M (also
    excel, unix and unix_ms); ``zone`` says where its clock stood, otherwise the mapping's time zone
    holds. A cell that two of the forms read as two days is asked for, never guessed.
    """

    column: str
    forms: tuple[str, ...]
    zone: str = ""

    key: ClassVar[str] = "dates"
    title: ClassVar[str] = "Dates in many forms"
    says: ClassVar[str] = "Times and days are read in the forms that the file writes them in."
    stage: ClassVar[Any] = "cells"
    place: ClassVar[int] = 20
    takes: ClassVar[tuple[Dtype, ...]] = ("timestamp", "date")
    reads_dates: ClassVar[bool] = True

    def unfit(self, columns: Mapping[str, Column], further: bool) -> str:
        if not self.forms:
            return "it needs at least one form, like %d.%m.%Y"
        for form in self.forms:
            if form not in COUNTED and not _reads_itself(form):
                return f"{form!r} is no form of a date; write one like %d.%m.%Y"
        if self.zone and not _is_zone(self.zone):
            return f"there is no time zone {self.zone!r}; write one like Europe/Berlin"
        return super().unfit(columns, further)

    def apply(self, rows: pl.DataFrame, learnt: Any, context: RuleContext) -> Outcome:
        name = self.column
        if name not in rows.columns or rows.schema[name].is_temporal():
            return Outcome(rows)
        text = pl.col(name).cast(pl.String).str.strip_chars()
        read = rows.with_columns(
            pl.when(text != "").then(text).alias("said"),
            *(_read(text, form).alias(f"form {i}") for i, form in enumerate(self.forms)),
        ).with_columns(
            pl.min_horizontal(r"^form \d+$").alias("first"),
            pl.max_horizontal(r"^form \d+$").alias("last"),
        )
        two_ways = pl.col("first") != pl.col("last")
        unread = pl.col("said").is_not_null() & pl.col("first").is_null()
        good = read.filter((~two_ways).fill_null(value=True) & ~unread)
        before = good.select("row", pl.col("said").alias(name))
        after = good.with_columns(self._written(context).alias(name)).select(rows.columns)
        return Outcome(
            after.cast({name: pl.String}),
            changed(before, after.select("row", name), name, context),
            self._problems(read.filter(two_ways), read.filter(unread)),
        )

    def _written(self, context: RuleContext) -> pl.Expr:
        column = context.columns.get(self.column)
        if column is not None and column.dtype == "date":
            return pl.col("first").dt.strftime("%Y-%m-%d")
        offsets = [f"form {i}" for i, form in enumerate(self.forms) if "%z" in form]
        with_offset = pl.any_horizontal(
            pl.lit(value=False), *(pl.col(n).is_not_null() for n in offsets)
        )
        in_utc = pl.col("first").dt.strftime(f"{WRITTEN}Z")
        return pl.when(with_offset).then(in_utc).otherwise(self._by_the_clock())

    def _by_the_clock(self) -> pl.Expr:
        """A time that says no offset, with that of the rule's zone where it names one."""
        if not self.zone:
            return pl.col("first").dt.strftime(WRITTEN)

        def placed(wall: pl.Expr) -> pl.Expr:
            local = wall.dt.replace_time_zone(self.zone, ambiguous="earliest", non_existent="null")
            return local.dt.strftime(f"{WRITTEN}%:z")

        return pl.coalesce(placed(pl.col("first")), placed(pl.col("first") + pl.duration(hours=1)))

    def _problems(self, two_ways: pl.DataFrame, unread: pl.DataFrame) -> pl.DataFrame:
        shown = " or ".join(form if form in COUNTED else _like(form) for form in self.forms)
        one, other = (pl.col(end).dt.strftime("%-d %B %Y") for end in ("first", "last"))
        reason = pl.format("can be read in two ways: {} or {}", one, other)
        remedy = "say in the rule which one form the column is written in"
        ask = two_ways.select("row", pl.col("said").alias(self.column), "first", "last")
        return pl.concat(
            [
                found_wrong(ask, self.column, reason, remedy),
                found_wrong(
                    unread.select("row", pl.col("said").alias(self.column)),
                    self.column,
                    "not written in a form that the rule names",
                    f"write it like {shown}",
                ),
            ]
        )


def _read(text: pl.Expr, form: str) -> pl.Expr:
    if form in COUNTED:
        start, unit = COUNTED[form]
        micros = (text.cast(pl.Float64, strict=False) * unit).round(0).cast(pl.Int64, strict=False)
        return pl.lit(datetime.fromisoformat(start)).cast(pl.Datetime("us")) + pl.duration(
            microseconds=micros
        )
    read = text.str.to_datetime(form, time_unit="us", strict=False, exact=True)
    if "%z" in form:
        read = read.dt.replace_time_zone(None)
    return pl.when(read.dt.year() >= FIRST_YEAR).then(read)


def _reads_itself(form: str) -> bool:
    try:
        text = pl.Series([_like(form)])
        return bool(text.to_frame("t").select(_read(pl.col("t"), form)).item() is not None)
    except pl.exceptions.PolarsError:
        return False


def _like(form: str) -> str:
    """The sample's day as this form writes it."""
    return SAMPLE.strftime(form.replace("%.f", ".000"))


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
