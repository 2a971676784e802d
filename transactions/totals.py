"""Daily totals of everybody together, which pages about the whole shop read instead of its lines.

They are kept with the names of the mirror's files that they are made of, so that they are never
stale: days that later files have lines of are worked out from the lines, and all of them where a
file has gone.
"""

import json
from collections.abc import Collection
from datetime import date
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import polars as pl

from core.files import mapped_arrow, write_whole
from transactions.frames import mirror_lines, mirror_paths, mirror_products
from transactions.mirror import COUNTS, root


class Grain(StrEnum):
    """What a row of the totals is, beside its local day."""

    DAY = "day"
    HOUR = "hour"
    PLACE = "place"
    DEPARTMENT = "department"
    CATEGORY = "category"
    BRAND = "brand"


COLUMNS: dict[Grain, tuple[str, ...]] = {
    Grain.DAY: ("local_day",),
    Grain.HOUR: ("local_day", "local_hour"),
    Grain.PLACE: ("local_day", "channel", "store"),
    Grain.DEPARTMENT: ("local_day", "department"),
    Grain.CATEGORY: ("local_day", "category"),
    Grain.BRAND: ("local_day", "brand"),
}
OF_PRODUCTS = (Grain.DEPARTMENT, Grain.CATEGORY, Grain.BRAND)
# An order has one day, so orders add up over days; customers add up over nothing.
MEASURES = (
    pl.col("order_pk").n_unique().alias("orders"),
    pl.col("customer_pk").n_unique().alias("customers"),
    pl.len().alias("lines"),
    pl.col("quantity").sum(),
    pl.col("amount_minor").sum().alias("revenue_minor"),
    pl.col("discount_minor").sum(),
)


def daily_totals(grain: Grain) -> pl.LazyFrame:
    """One row per local day and further column of the grain, sorted by them, with MEASURES.

    Returned lines and quantities of 0 or less are not in it; ``revenue_minor`` is in minor units.
    """
    now = mirror_paths()
    kept = _kept_for(grain, now)
    if kept is None:
        return _worked_out(grain, None).lazy()
    later = [path for path in now["lines"] if path not in kept]
    totals = _mapped(str(_path(grain, kept))).lazy()
    if not later:
        return totals
    days = pl.scan_parquet(later).select("local_day").unique().collect()["local_day"]
    same = totals.filter(~pl.col("local_day").is_in(days.implode()))
    return pl.concat([same, _worked_out(grain, days).lazy()]).sort(COLUMNS[grain])


def data_span() -> tuple[date, date] | None:
    """The first and the last local day with a purchase; None where there is none."""
    days = daily_totals(Grain.DAY).select(
        pl.col("local_day").min().alias("first"), pl.col("local_day").max().alias("last")
    )
    first, last = days.collect().row(0)
    return (first, last) if first else None


def keep_totals() -> None:
    """Write down the totals of the mirror as it stands, for readers and for later days."""
    now = [path for paths in mirror_paths().values() for path in paths]
    for grain in Grain:
        path = _path(grain, now)
        if not path.exists():
            write_whole(path, _worked_out(grain, None).rechunk().write_ipc)
    write_whole(_names(), lambda draft: draft.write_text(json.dumps(now)))


def totals_in_use() -> set[str]:
    """The files that a reader may open now."""
    now, kept = mirror_paths(), _kept()
    used = {str(_path(grain, kept)) for grain in Grain if _kept_for(grain, now) is not None}
    return used | {str(_names())} if used else set()


def _kept_for(grain: Grain, now: dict[str, list[str]]) -> list[str] | None:
    """The mirror's files that totals were kept of, where each of them is still true."""
    kept = _kept()
    here = {*now["lines"], *now["products"]}
    true = [path in here or (grain not in OF_PRODUCTS and _of_products(path)) for path in kept]
    return kept if kept and all(true) and _path(grain, kept).exists() else None


@lru_cache(maxsize=2 * len(Grain))
def _mapped(path: str) -> pl.DataFrame:
    """A file never changes, so its path is its content."""
    return mapped_arrow(path)


def _of_products(path: str) -> bool:
    return Path(path).parent.name == "products"


def _kept() -> list[str]:
    path = _names()
    return list(json.loads(path.read_text())) if path.exists() else []


def _names() -> Path:
    return root() / "totals" / "made-of.json"


def _path(grain: Grain, made_of: Collection[str]) -> Path:
    digest = sha256("\n".join(sorted(made_of)).encode()).hexdigest()[:16]
    return root() / "totals" / f"{grain}-{digest}.arrow"


def _worked_out(grain: Grain, days: pl.Series | None) -> pl.DataFrame:
    """Of these days, or of all, from the lines."""
    lines = mirror_lines().filter(COUNTS)
    if days is not None:
        lines = lines.filter(pl.col("local_day").is_in(days.implode()))
    if grain in OF_PRODUCTS:
        known = mirror_products().select("product_pk", grain.value)
        lines = lines.join(known, on="product_pk", how="left")
    columns = COLUMNS[grain]
    return lines.group_by(columns).agg(*MEASURES).sort(columns).collect()
