from dataclasses import dataclass
from typing import Any, ClassVar

import narwhals as nw

from core.contracts.builder import Builder, Feature, Inputs, day_number

WEEKDAYS, HOURS, MONTHS = range(1, 8), range(24), range(1, 13)


def _share(name: str, when: str) -> Feature:
    return Feature(
        name,
        "float32",
        f"share of orders {when}",
        transformation="divided by the customer's orders",
        reason="comparable between customers who buy often and seldom",
    )


@dataclass(frozen=True)
class Calendar(Builder):
    """When a customer buys: shares of orders by weekday, hour and month, by the local clock."""

    key: ClassVar[str] = "calendar"
    features: ClassVar[tuple[Feature, ...]] = (
        *(_share(f"weekday_share_{day}", f"on ISO weekday {day}") for day in WEEKDAYS),
        *(_share(f"hour_share_{hour}", f"in the hour from {hour}:00") for hour in HOURS),
        *(_share(f"month_share_{month}", f"in month {month}") for month in MONTHS),
        Feature(
            "purchase_day_of_week",
            "int16",
            "commonest weekday of orders, 0 is Monday; ties go to the earlier",
        ),
    )

    def build(self, inputs: Inputs) -> Any:
        orders = inputs.orders().with_columns(
            iso_weekday(nw.col("local_day")).alias("weekday"),
            nw.col("local_day").dt.month().alias("month"),
        )
        marks = {
            **{f"weekday_share_{day}": nw.col("weekday") == day for day in WEEKDAYS},
            **{f"hour_share_{hour}": nw.col("local_hour") == hour for hour in HOURS},
            **{f"month_share_{month}": nw.col("month") == month for month in MONTHS},
        }
        marked = orders.with_columns(*(mark.cast(nw.Int32).alias(n) for n, mark in marks.items()))
        counts = marked.group_by("customer_pk").agg(
            nw.len().alias("orders"), *(nw.col(name).sum() for name in marks)
        )
        shares = counts.with_columns(
            commonest_weekday().alias("purchase_day_of_week"),
            *((nw.col(name) / nw.col("orders")).alias(name) for name in marks),
        )
        return self.declared(shares)


def iso_weekday(day: Any) -> Any:
    """1 for Monday to 7 for Sunday; day 1 was a Monday. narwhals gives Spark's Sundays a 0."""
    return (day_number(day) - 1) % 7 + 1


def commonest_weekday() -> Any:
    """0 to 6 of the largest weekday count; reads the counts before they become shares."""
    counts = [nw.col(f"weekday_share_{day}") for day in WEEKDAYS]
    largest = nw.max_horizontal(*counts)
    chosen = nw.lit(6)
    for index in reversed(range(6)):
        chosen = nw.when(counts[index] == largest).then(nw.lit(index)).otherwise(chosen)
    return chosen
