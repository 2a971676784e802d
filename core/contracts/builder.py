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


@dataclass(frozen=True)
class Inputs:
    """What a builder may look at, as narwhals lazy frames.

    ``lines`` and ``customers`` have the mirror's columns (transactions.frames, customers.frames);
    ``products`` maps product_pk to sku, name, category and so on. Times are the organisation's wall
    clock. The derived frames leave out what came at or after ``as_of``.
    """

    lines: Any
    products: Any
    customers: Any
    as_of: datetime
    minor_per_major: int = 100

    def known_lines(self) -> Any:
        """Lines strictly before ``as_of``, returns included, those of quantity 0 not."""
        lines = self.lines.filter(nw.col("local_at") < self.as_of)
        return lines.filter(nw.col("quantity").is_null() | (nw.col("quantity") != 0))

    def bought_lines(self) -> Any:
        """Known lines that are purchases: neither returned nor of negative quantity."""
        lines = self.known_lines().filter(~nw.col("returned"))
        return lines.filter(nw.col("quantity").is_null() | (nw.col("quantity") > 0))

    def orders(self) -> Any:
        """One row per order with a purchase: customer, time, money, number of lines."""
        keys = ["customer_pk", "order_pk", "local_at", "local_day", "local_hour", "channel"]
        return (
            self.bought_lines()
            .group_by(keys)
            .agg(
                nw.col("amount_minor").sum().alias("amount_minor"),
                nw.len().alias("line_count"),
            )
        )

    def days_back(self, days: int) -> datetime:
        """Start of the trailing window [as_of − days, as_of)."""
        return self.as_of - timedelta(days=days)

    def money(self, minor: Any) -> Any:
        """Minor units as float64 major units; exact to the minor unit."""
        return minor.cast(nw.Float64) / self.minor_per_major


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
