"""A simulated shop's order lines and customers as a careless shop would hand them over."""

from pathlib import Path

import numpy as np
import polars as pl

from analytics.simulation.dirt import KEY, stain, stained_rows

STREAM = 310
CHUNK = 500_000
TIME = "%Y-%m-%dT%H:%M:%S"
# Another number, and the same e-mail and telephone: what an identity rule should find.
SAME_PERSON = "same_person"


def write_dirty_lines(lines: pl.DataFrame, path: Path, *, seed: int, share: float) -> pl.DataFrame:
    """Write the order lines with ``share`` of them wrong; the key of what was done."""
    stains = stained_rows(np.random.default_rng([seed, STREAM]), lines.height, share)
    row, keys = 2, [pl.DataFrame(schema=KEY)]
    with path.open("wb") as file:
        for start in range(0, lines.height, CHUNK):
            clean = _texts(lines.slice(start, CHUNK))
            dirty, key = stain(clean, stains[start : start + CHUNK], first_row=row)
            # A cell too many would be put into quotes; nothing else here needs any.
            dirty.write_csv(file, include_header=start == 0, quote_style="never")
            row += dirty.height
            keys.append(key)
    return pl.concat(keys).select(pl.lit(path.name).alias("file"), *KEY)


def with_same_people(
    customers: pl.DataFrame, file_name: str, *, seed: int, share: float
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Some customers a second time under another number, their e-mail in capitals; and the key."""
    rng = np.random.default_rng([seed, STREAM, 1])
    chosen = np.sort(
        rng.choice(customers.height, size=round(customers.height * share), replace=False)
    )
    again = customers[chosen].with_columns(
        pl.col("customer_id").str.replace("C", "D"), pl.col("email").str.to_uppercase()
    )
    row = customers.height + 2
    key = again.with_row_index("row", offset=row).select(
        pl.lit(file_name).alias("file"),
        pl.col("row").cast(pl.Int64),
        pl.lit("customer_id").alias("column"),
        pl.lit(SAME_PERSON).alias("kind"),
        pl.lit("accepted").alias("outcome"),
        pl.col("customer_id").str.replace("D", "C").alias("original"),
    )
    return pl.concat([customers, again]), key


def _texts(lines: pl.DataFrame) -> pl.DataFrame:
    """The cells as a file has them; the currency is named only where it is a foreign one."""
    texts = lines.with_columns(pl.col("occurred_at").dt.strftime(TIME)).cast(pl.String)
    at = texts.columns.index("discount")
    return texts.insert_column(
        at, pl.Series("currency", [None], pl.String).new_from_index(0, texts.height)
    )
