"""Columns that several frames of a simulated shop have."""

from typing import Any

import numpy as np
import polars as pl

from analytics.simulation import Shop


def customer_ids(shop: Shop) -> pl.Series:
    return ids("C", np.arange(len(shop.customers)) + 1, width=7)


def skus(shop: Shop) -> pl.Series:
    return ids("P", np.arange(len(shop.products)) + 1, width=5)


def ids(letter: str, numbers: Any, *, width: int) -> pl.Series:
    digits = pl.Series(numbers).cast(pl.String).str.zfill(width)
    return pl.select(pl.concat_str(pl.lit(letter), digits)).to_series()


def moments(seconds: Any) -> pl.Series:
    return pl.Series(seconds.astype("datetime64[us]"))


def named(names: Any, positions: Any) -> pl.Series:
    return pl.Series(list(names), dtype=pl.String).gather(positions)
