"""A shop's purchases as frames, wherever they come from, and what was known on a past day."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import narwhals as nw
import polars as pl

import customers.frames
import transactions.frames
from core.contracts.builder import Builder, Inputs
from core.registry import plugins

PACKAGE = "features.builders"
# Consent and profile say how a customer may be reached and who they are, not what they buy; the
# demo's are made up. No learner looks at them.
NOT_LEARNED = frozenset({"profile"})


@dataclass(frozen=True)
class Said:
    """What customers did and said outside of orders, with the columns that their frames have."""

    events: pl.LazyFrame
    contacts: pl.LazyFrame
    answers: pl.LazyFrame

    def real(self) -> "Said":
        """Without the rows that were made up."""
        kept = ~pl.col("is_synthetic")
        frames = (self.events, self.contacts, self.answers)
        return Said(*(frame.filter(kept) for frame in frames))

    def made_up(self) -> frozenset[str]:
        """Which of the three have rows that were made up."""
        frames = {"events": self.events, "contacts": self.contacts, "answers": self.answers}
        asked = [frame.select(pl.col("is_synthetic").any()) for frame in frames.values()]
        any_of = pl.collect_all(asked)
        return frozenset(name for name, found in zip(frames, any_of, strict=True) if found.item())


def nothing_said() -> Said:
    schemas = (
        transactions.frames.EVENT_SCHEMA,
        customers.frames.CONTACT_SCHEMA,
        customers.frames.ANSWER_SCHEMA,
    )
    return Said(*(pl.LazyFrame(schema=schema) for schema in schemas))


@dataclass(frozen=True)
class Shop:
    """Lazy frames with the mirror's columns and types (transactions.mirror).

    ``lines``: LINE_SCHEMA and DERIVED_SCHEMA, times by the shop's wall clock; ``products``:
    PRODUCT_SCHEMA; ``customers``: customer_pk and the shop's own customer_id, or the whole profile;
    ``said``: nothing where nobody asks for it.
    """

    name: str
    lines: pl.LazyFrame
    products: pl.LazyFrame
    customers: pl.LazyFrame
    zone: ZoneInfo
    minor_per_major: int = 100
    said: Said = field(default_factory=nothing_said)

    def span(self) -> tuple[datetime, datetime] | None:
        """Wall-clock times of the first and last line that counts; None for an empty shop."""
        ends = self.purchases().select(
            pl.col("local_at").min().alias("first"), pl.col("local_at").max().alias("last")
        )
        first, last = ends.collect().row(0)
        return None if first is None else (first, last)

    def purchases(
        self, since: datetime | None = None, until: datetime | None = None
    ) -> pl.LazyFrame:
        """Lines that count, [since, until): neither returned nor of quantity 0 or less."""
        bought = (pl.col("quantity").is_null() | (pl.col("quantity") > 0)) & ~pl.col("returned")
        lines = self.lines.filter(bought)
        if since is not None:
            lines = lines.filter(pl.col("local_at") >= since)
        return lines if until is None else lines.filter(pl.col("local_at") < until)

    def inputs(self, as_of: datetime) -> Inputs:
        """What builders look at. ``as_of`` is the shop's wall clock."""
        return Inputs(
            lines=nw.from_native(self.lines),
            products=nw.from_native(self.products),
            customers=nw.from_native(self.customers),
            events=nw.from_native(self.said.events),
            contacts=nw.from_native(self.said.contacts),
            answers=nw.from_native(self.said.answers),
            as_of=as_of,
            minor_per_major=self.minor_per_major,
        )


def builders_for(lines: pl.LazyFrame) -> list[Builder]:
    """The builders that have something to say about these lines, by name."""
    names = lines.select(pl.col("channel").unique()).collect()["channel"].drop_nulls()
    channels = tuple(sorted(names.to_list()))
    found = plugins(packages=[PACKAGE], contract=Builder)
    chosen = [builder.for_shop(channels) for builder in found.values()]
    return [builder for builder in chosen if builder.features]


def build(chosen: Iterable[Builder], inputs: Inputs) -> list[pl.DataFrame]:
    """One frame a builder, sorted by customer_pk; all are worked out in one go."""
    frames = pl.collect_all([nw.to_native(builder.build(inputs)) for builder in chosen])
    return [frame.sort("customer_pk") for frame in frames]


def features_at(
    shop: Shop,
    as_of: datetime,
    families: Collection[str] | None = None,
    only: Collection[int] | None = None,
) -> pl.DataFrame:
    """What learners may know of everyone with a purchase before ``as_of`` (wall clock).

    One row a customer, sorted by customer_pk: its columns are those of all builders but the
    profile's, or of the named families. Blind to rows at or after ``as_of``, and to those that were
    made up. ``only`` narrows it to some customers; the columns are still the whole shop's.
    """
    shop = replace(shop, said=shop.said.real())
    chosen = [
        builder
        for builder in builders_for(shop.lines)
        if builder.key not in NOT_LEARNED and (families is None or builder.key in families)
    ]
    if only is not None:
        wanted = pl.col("customer_pk").is_in(list(only))
        shop = replace(
            shop, lines=shop.lines.filter(wanted), customers=shop.customers.filter(wanted)
        )
    known = shop.purchases(until=as_of).select("customer_pk").unique().sort("customer_pk").collect()
    for frame in build(chosen, shop.inputs(as_of)):
        known = known.join(frame, on="customer_pk", how="left")
    return known
