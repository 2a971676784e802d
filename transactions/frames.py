"""The one door from the mirror's files to a dataframe."""

import polars as pl

from transactions.mirror import DERIVED_SCHEMA, LINE_SCHEMA, PRODUCT_SCHEMA
from transactions.models import MirrorFile


def mirror_lines() -> pl.LazyFrame:
    """All order lines of the mirror; columns and types of LINE_SCHEMA and DERIVED_SCHEMA."""
    return _scan("lines", {**LINE_SCHEMA, **DERIVED_SCHEMA})


def mirror_products() -> pl.LazyFrame:
    return _scan("products", PRODUCT_SCHEMA)


def _scan(kind: str, schema: dict[str, pl.DataType]) -> pl.LazyFrame:
    named = MirrorFile.objects.filter(kind=kind).exclude(path=None).order_by("load_id")
    paths = list(named.values_list("path", flat=True))
    return pl.scan_parquet(paths) if paths else pl.LazyFrame(schema=schema)
