"""The contract of a feature family: lazy frames in, one row per customer out."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal

import narwhals as nw

Dtype = Literal["int16", "int32", "float32", "float64", "text", "boolean"]

NARWHALS_DTYPES: dict[str, Any] = {
    "int16": nw.Int16,
    "int32": nw.Int32,
    "float32": nw.Float32,
    "float64": nw.Float64,
    "text": nw.String,
    "boolean": nw.Boolean,
}


@dataclass(frozen=True)
class Feature:
    """A catalogue entry: what a column means and how it came about."""

    name: str
    dtype: Dtype
    definition: str
    source: str = "order lines"
    unit: str = ""
    transformation: str = "none"
    reason: str = "read as it is by people and rules"
    # The frame of Inputs beside orders that it rests on: where rows of it are made up, so is it.
    rests_on: Literal["", "events", "contacts", "answers"] = ""


@dataclass(frozen=True)
class Inputs:
    """What a builder may look at, as narwhals lazy frames.

    ``lines`` and ``customers`` have the mirror's columns (transactions.frames, customers.frames);
    ``products`` maps product_pk to sku, name, category and so on; ``events`` (transactions.frames),
    ``contacts`` and ``answers`` (customers.frames) are what was done and said outside of orders,
    with ``is_synthetic`` for rows that were made up. Times are the organisation's wall clock. The
    derived frames leave out what came at or after ``as_of``. With ``net_returns`` money is net: a
    return takes its amount off when it happens; else it counts on neither side.
    """

    lines: Any
    products: Any
    customers: Any
    events: Any
    contacts: Any
    answers: Any
    as_of: datetime
    minor_per_major: int = 100
    net_returns: bool = False

    def known_lines(self) -> Any:
        """Lines strictly before ``as_of``, returns included, those of quantity 0 not."""
        lines = self.lines.filter(nw.col("local_at") < self.as_of)
        return lines.filter(nw.col("quantity").is_null() | (nw.col("quantity") != 0))

    def known(self, frame: Any) -> Any:
        """Rows of events, contacts or answers strictly before ``as_of``."""
        return frame.filter(nw.col("local_at") < self.as_of)

    def bought_lines(self) -> Any:
        """Known lines that are purchases: neither returned nor of negative quantity."""
        return self.known_lines().filter(~is_return())

    def orders(self) -> Any:
        """One row per order with a purchase: customer, time, money, number of lines."""
        keys = ["customer_pk", "order_pk", "local_at", "local_day", "local_hour", "channel"]
        return (
            self.bought_lines()
            .group_by(keys)
            .agg(
                nw.col("amount_minor").sum().alias("amount_minor"),
                nw.len().cast(nw.Int64).alias("line_count"),
            )
        )

    def takings(self) -> Any:
        """Money by customer_pk and local_at; ``orders`` is 1 for an order and 0 for a return."""
        columns = ["customer_pk", "local_at", "amount_minor", "line_count", "orders"]
        one, none = nw.lit(1).cast(nw.Int64), nw.lit(0).cast(nw.Int64)
        bought = self.orders().with_columns(one.alias("orders")).select(columns)
        if not self.net_returns:
            return bought
        # Some sources write a return's amount with a minus, some without.
        refund = -nw.col("amount_minor").abs()
        returned = self.known_lines().filter(is_return())
        refunds = returned.with_columns(
            refund.alias("amount_minor"), none.alias("line_count"), none.alias("orders")
        )
        return nw.concat([bought, refunds.select(columns)])

    def days_back(self, days: int) -> datetime:
        """Start of the trailing window [as_of − days, as_of)."""
        return self.as_of - timedelta(days=days)

    def whole_days_since(self, moment: Any) -> Any:
        """Whole days from ``moment`` to ``as_of``, floor, between wall-clock times."""
        unfinished = time_of_day(moment) > _microseconds(self.as_of)
        return self.as_of.toordinal() - day_number(moment) - unfinished.cast(nw.Int32)

    def money(self, minor: Any) -> Any:
        """Minor units as float64 major units: the float that reads as the exact amount.

        Polars divides by a number by multiplying with its inverse, which makes
        6.6000000000000005 of 660; rounding brings the nearest float back.
        """
        digits = len(str(self.minor_per_major)) - 1
        return (minor.cast(nw.Float64) / self.minor_per_major).round(digits)


def is_return() -> Any:
    return nw.col("returned") | (nw.col("quantity").fill_null(1.0) < 0)


def day_number(moment: Any) -> Any:
    """The day as a number (date.toordinal), in operations that every narwhals engine has.

    Differences between times are not among them: Spark has none for durations.
    """
    past = moment.dt.year().cast(nw.Int32) - 1
    leap_days = past // 4 - past // 100 + past // 400
    return past * 365 + leap_days + moment.dt.ordinal_day().cast(nw.Int32)


def time_of_day(moment: Any) -> Any:
    """Microseconds since midnight by the wall clock."""
    seconds = (
        moment.dt.hour().cast(nw.Int64) * 3600
        + moment.dt.minute().cast(nw.Int64) * 60
        + moment.dt.second().cast(nw.Int64)
    )
    return seconds * 1_000_000 + moment.dt.microsecond().cast(nw.Int64)


def _microseconds(moment: datetime) -> int:
    return (moment - moment.replace(hour=0, minute=0, second=0, microsecond=0)) // timedelta(
        microseconds=1
    )


@dataclass(frozen=True)
class Builder(ABC):
    """One feature family. Options are fields; ``features`` declares the columns beside customer_pk.

    ``build`` looks only at what lies before ``inputs.as_of``, does not depend on the order of
    rows and gives the declared types for empty inputs too. A customer without a row has no values.
    """

    key: ClassVar[str]
    features: ClassVar[tuple[Feature, ...]]

    @classmethod
    def for_shop(cls, channels: tuple[str, ...]) -> "Builder":
        """The builder as this shop needs it; families with a column a channel take the names."""
        return cls()

    @abstractmethod
    def build(self, inputs: Inputs) -> Any:
        """A lazy frame of customer_pk and the declared columns, one row per customer."""

    def declared(self, frame: Any) -> Any:
        """The declared columns in the declared types: the last line of each ``build``."""
        columns = [
            nw.col(feature.name).cast(NARWHALS_DTYPES[feature.dtype]) for feature in self.features
        ]
        return frame.select("customer_pk", *columns)
