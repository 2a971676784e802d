"""The one door from rules to dataframes: who is in, how many, how much."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import polars as pl

import features.frames
import features.selectors
from segmentation.events import buyers
from segmentation.models import Segment
from segmentation.rules import Buyers, Purchases, Rule, compile_rule

REVENUE = "purchase_monetary_value"


def expression(rule: Any) -> pl.Expr:
    """The rule compiled against the current catalogue and the segments that exist."""
    return compiler()(rule)


def compiler(who_bought: Buyers = buyers) -> Callable[[Any], pl.Expr]:
    """Compiles several rules of one page: catalogue, segments and purchases are asked once."""
    dtypes = {entry.name: entry.dtype for entry in features.selectors.catalogue()}
    definition, found = lru_cache(_definition), dict[str, pl.Series]()

    def bought(asked: Purchases) -> pl.Series:
        key = repr(asked)
        if key not in found:
            found[key] = who_bought(asked)
        return found[key]

    return lambda rule: compile_rule(rule, dtypes, definition, bought)


def members(rule: Any) -> pl.LazyFrame:
    """The snapshot's rows of everyone whom the rule fits, sorted by customer_pk."""
    return features.frames.snapshot().filter(expression(rule))


def members_of_all(
    fits: Mapping[int, pl.Expr], customer_pks: list[int]
) -> tuple[dict[int, tuple[int, float]], pl.DataFrame]:
    """{segment: (size, revenue)} over everybody, and who of these customers is in which.

    ``fits``: compiled rules. One look at the snapshot, however many segments; (segment_id,
    customer_id) of the members.
    """
    if not fits:
        return {}, pl.DataFrame(schema={"segment_id": pl.Int64, "customer_id": pl.Int64})
    snapshot = features.frames.snapshot()
    money = pl.col(REVENUE) if REVENUE in snapshot.collect_schema().names() else pl.lit(0.0)
    flags = snapshot.select(
        "customer_pk", money.alias("revenue"), *(fit.alias(str(pk)) for pk, fit in fits.items())
    ).collect()
    revenue = flags["revenue"].fill_null(0.0).to_numpy()
    inside = {pk: flags[str(pk)].to_numpy() for pk in fits}
    totals = {pk: (int(fit.sum()), float(revenue[fit].sum())) for pk, fit in inside.items()}
    some = flags.drop("revenue").filter(pl.col("customer_pk").is_in(customer_pks))
    pairs = some.unpivot(index="customer_pk", variable_name="segment").filter(pl.col("value"))
    named = pairs.select(segment_id=pl.col("segment").cast(pl.Int64), customer_id="customer_pk")
    return totals, named


def numbers_of(names: tuple[str, ...], frame: pl.DataFrame) -> dict[str, Any]:
    """Columns as float64 arrays with NaN for missing, a column of NaN where one is absent."""
    absent = [name for name in names if name not in frame.columns]
    full = frame.with_columns(pl.lit(None, pl.Float64).alias(name) for name in absent)
    return {name: full[name].cast(pl.Float64).fill_null(float("nan")).to_numpy() for name in names}


def _definition(slug: str) -> Mapping[str, Any] | None:
    rule: Rule | None = (
        Segment.objects.filter(slug=slug, archived_at=None)
        .values_list("definition", flat=True)
        .first()
    )
    return rule
