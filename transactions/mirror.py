"""The mirror's files: a Parquet file per load, or per small loads in a row, with exactly the lines
that carry their ids.

Beside it, of the same name, lies an Arrow file of who bought which product in which order and when,
sorted by product and time, which readers map: what rules about purchases look up.
A file is written whole under another name, made durable, and renamed; it never changes afterwards.
"""

import uuid
from functools import lru_cache
from pathlib import Path

import polars as pl
from django.conf import settings

from core.bulk import copied_out
from core.files import mapped_arrow, remove_unnamed, write_whole

MISSING, UNREADABLE = "missing", "cannot be read"

LINE_SCHEMA = {
    "line_pk": pl.Int64(),
    "order_pk": pl.Int64(),
    "customer_pk": pl.Int64(),
    "product_pk": pl.Int64(),
    "local_at": pl.Datetime("us"),
    "quantity": pl.Float64(),
    "amount_minor": pl.Int64(),
    "discount_minor": pl.Int64(),
    "returned": pl.Boolean(),
    "channel": pl.String(),
    "store": pl.String(),
}
DERIVED_SCHEMA = {"local_day": pl.Date(), "local_hour": pl.Int8()}
PRODUCT_SCHEMA = {
    "product_pk": pl.Int64(),
    "sku": pl.String(),
    "name": pl.String(),
    "department": pl.String(),
    "category": pl.String(),
    "brand": pl.String(),
}

PURCHASE_SCHEMA = {
    # 0 for a line without a product.
    "product_pk": pl.Int64(),
    "local_at": pl.Datetime("us"),
    "customer_pk": pl.Int64(),
    "order_pk": pl.Int64(),
}

# Neither returned nor of quantity 0 or less: what counts as bought.
COUNTS = (pl.col("quantity").is_null() | (pl.col("quantity") > 0)) & ~pl.col("returned")

# A line as LINE_SCHEMA names its columns; the first value is the shop's time zone.
LINE_ROWS = """
    SELECT l.id, l.order_id, o.customer_id, l.product_id, o.occurred_at AT TIME ZONE %s,
           l.quantity, l.amount_minor, l.discount_minor, l.returned, o.channel, o.store
    FROM transactions_orderline l JOIN transactions_order o ON o.id = l.order_id
"""
LINES_OF_LOADS = f"{LINE_ROWS} WHERE l.load_id BETWEEN %s AND %s"
ALL_PRODUCTS = "SELECT id, sku, name, department, category, brand FROM transactions_product"


def write_lines(*, loads: tuple[int, int], zone: str) -> tuple[Path, int]:
    """Write the lines of the first to the last of these loads and, beside them, their purchases.

    Returns the path and the number of lines.
    """
    with copied_out(LINES_OF_LOADS, LINE_SCHEMA, (zone, *loads)) as rows:
        path, count = _write(
            rows.with_columns(
                pl.col("local_at").dt.date().alias("local_day"),
                pl.col("local_at").dt.hour().cast(pl.Int8).alias("local_hour"),
            ).sort("line_pk"),
            folder="lines",
            name=str(loads[0]),
        )
    _write_purchases(path)
    return path, count


def write_products() -> tuple[Path, int]:
    with copied_out(ALL_PRODUCTS, PRODUCT_SCHEMA) as rows:
        return _write(rows.sort("product_pk"), folder="products", name="all")


def purchases_path(lines: str | Path) -> Path:
    """The purchases that belong to a file of lines."""
    return root() / "purchases" / f"{Path(lines).stem}.arrow"


def read_purchases(lines: str) -> pl.DataFrame:
    """The purchases beside a file of lines, mapped; PURCHASE_SCHEMA."""
    return _mapped(str(purchases_path(lines)))


@lru_cache(maxsize=256)
def _mapped(path: str) -> pl.DataFrame:
    """A file never changes, so its path is its content; the mapping is shared by all readers."""
    return mapped_arrow(path).rechunk()


def problem_of(path: str) -> str:
    """Why a file cannot be used, in a word or two; its end, which is written last, tells."""
    try:
        pl.read_parquet_schema(path)
        if Path(path).parent.name == "lines":
            pl.read_ipc_schema(purchases_path(path))
    except FileNotFoundError:
        return MISSING
    except (OSError, pl.exceptions.PolarsError):
        return UNREADABLE
    return ""


def remove_unused(used: set[str], *, at_once: bool = False) -> int:
    """Delete files that no row names and that nobody can still be about to open.

    ``at_once`` waits for nobody and takes drafts too: an erasure leaves no copy.
    """
    kept = used | {str(purchases_path(path)) for path in used}
    patterns = ("*/*",) if at_once else ("*/*.parquet", "*/*.arrow")
    files = (path for pattern in patterns for path in root().glob(pattern))
    return remove_unnamed(files, kept, at_once=at_once)


def root() -> Path:
    return settings.CBA_HOME / "mirror"


def _write_purchases(lines: Path) -> None:
    """Each product of each order once, without returned lines and quantities of 0 or less."""
    rows = (
        pl.scan_parquet(lines)
        .filter(COUNTS)
        .select(pl.col("product_pk").fill_null(0), *list(PURCHASE_SCHEMA)[1:])
        .unique()
        .sort("product_pk", "local_at", "order_pk")
        .collect()
    )
    write_whole(
        purchases_path(lines),
        lambda draft: rows.rechunk().write_ipc(draft, record_batch_size=max(rows.height, 1)),
    )


def _write(rows: pl.LazyFrame, *, folder: str, name: str) -> tuple[Path, int]:
    path = write_whole(
        root() / folder / f"{name}-{uuid.uuid4().hex[:8]}.parquet",
        lambda draft: rows.sink_parquet(draft, compression="zstd", compression_level=1),
    )
    return path, pl.scan_parquet(path).select(pl.len()).collect().item()
