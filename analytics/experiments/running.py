"""From who bought on which day to the moments of each group, day by day since the launch."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from analytics.experiments.samples import PairedSample

Floats = npt.NDArray[np.float64]
BOUGHT = ("revenue", "orders")


@dataclass(frozen=True)
class Running:
    """One group. The arrays run over the days; the last entry is all that is known.

    ``revenue`` and ``orders`` are per customer since the launch, beside spend before it.
    """

    customers: int
    revenue: PairedSample
    orders: PairedSample
    buyers: Floats


def running(people: pl.DataFrame, purchases: pl.DataFrame, days: int) -> dict[str, Running]:
    """{group: Running}. Whoever bought nothing counts with 0: as assigned, not as reached.

    ``people``: customer_pk, group, before · ``purchases``: customer_pk, day (from 0), revenue,
    orders, at most one row per customer and day; only of these people.
    """
    changes = _changes(purchases.join(people, on="customer_pk", how="inner"))
    found = {}
    for (group,), members in people.group_by("group"):
        rows = changes.filter(pl.col("group") == group)
        of_day = {name: _by_day(rows, name, days) for name in rows.columns[2:]}
        x = members["before"].to_numpy()
        shared = (np.full(days, x.sum()), np.full(days, float(x @ x)))
        revenue, orders = (
            PairedSample.of_sums(
                members.height, of_day[name], of_day[f"{name}_squared"], *shared,
                of_day[f"{name}_before"],
            )
            for name in BOUGHT
        )  # fmt: skip
        found[str(group)] = Running(members.height, revenue, orders, of_day["buyers"])
    return found


def nobody(days: int) -> Running:
    """A group without a customer."""
    none = np.zeros(days)
    sample = PairedSample.of_sums(0, none, none, none, none, none)
    return Running(0, sample, sample, none)


def _changes(purchases: pl.DataFrame) -> pl.DataFrame:
    """By how much each day changes Σy, Σy², Σxy and the buyers of a group.

    A customer's y² grows by the square of the new total less that of the old one.
    """
    totals = purchases.sort("customer_pk", "day").with_columns(
        *(pl.col(name).cum_sum().over("customer_pk").alias(f"{name}_total") for name in BOUGHT),
        pl.col("customer_pk").is_first_distinct().alias("first"),
    )
    return totals.group_by("group", "day").agg(
        *(pl.col(name).sum() for name in BOUGHT),
        *(
            (
                pl.col(f"{name}_total").pow(2)
                - (pl.col(f"{name}_total") - pl.col(name)).pow(2)
            ).sum().alias(f"{name}_squared")
            for name in BOUGHT
        ),
        *((pl.col(name) * pl.col("before")).sum().alias(f"{name}_before") for name in BOUGHT),
        pl.col("first").sum().alias("buyers"),
    )  # fmt: skip


def _by_day(rows: pl.DataFrame, name: str, days: int) -> Floats:
    """The sum up to the end of each day."""
    daily = np.zeros(days)
    np.add.at(daily, rows["day"].to_numpy(), rows[name].cast(pl.Float64).to_numpy())
    return daily.cumsum()
