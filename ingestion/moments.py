"""Times as files write them: the moment in UTC, and the source's own wall time as text."""

from datetime import timedelta

import polars as pl

from core.contracts.import_kind import LoadContext

TIME_FORMATS = ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d")
SOURCE_TIME = "%Y-%m-%dT%H:%M:%S%.6f"
# Date and time, then nothing, Z or an offset. A date's own hyphens stand before the time.
OFFSET = r"^(.*T.*?) ?(Z|[+-]\d{2}:?\d{2})$"


def filled(cell: pl.Expr) -> pl.Expr:
    """A text without blanks around it; null where nothing is left."""
    stripped = cell.str.strip_chars()
    return pl.when(stripped != "").then(stripped)


def moments(cells: pl.Series, context: LoadContext) -> list[pl.Series]:
    """Moment and source of each cell. Lines of an order say the same time: it is read once."""
    said = cells.alias("said").unique(maintain_order=True)
    moment, source = _timestamp(said, context)
    read = pl.DataFrame([said, moment.alias("moment"), source.alias("source")])
    placed = cells.alias("said").to_frame().join(
        read, on="said", how="left", nulls_equal=True, maintain_order="left"
    )  # fmt: skip
    return [placed["moment"].alias(cells.name), placed["source"].alias(f"{cells.name}__source")]


def _timestamp(cells: pl.Series, context: LoadContext) -> tuple[pl.Series, pl.Series]:
    """The moment in UTC, and the source's own wall time as text."""
    dtype = cells.dtype
    if isinstance(dtype, pl.Datetime) and dtype.time_zone:
        moment = cells.dt.convert_time_zone("UTC").cast(pl.Datetime("us", "UTC"))
        return moment, moment.dt.replace_time_zone(None).dt.strftime(SOURCE_TIME)
    if isinstance(dtype, pl.Datetime) or dtype == pl.Date:
        wall, offset = cells.cast(pl.Datetime("us")), pl.Series([None], dtype=pl.String)
    else:
        text = pl.select(filled(pl.lit(cells.cast(pl.String))).str.replace(" ", "T", literal=True))
        parts = text.to_series().str.extract_groups(OFFSET).struct.unnest()
        wall = _wall(pl.select(pl.coalesce(parts[:, 0], text.to_series())).to_series(), context)
        offset = parts[:, 1]
    written = wall.dt.strftime(SOURCE_TIME)
    local = _in_zone(wall, context.source_zone)
    if offset.null_count() == len(offset):
        return local, written
    at_offset = (pl.lit(wall) - _minutes(pl.lit(offset))).dt.replace_time_zone("UTC")
    said = pl.lit(offset).is_not_null()
    both = pl.select(
        pl.when(said).then(at_offset).otherwise(pl.lit(local)).alias("moment"),
        pl.concat_str(pl.lit(written), pl.lit(offset).fill_null("")).alias("source"),
    )
    return both["moment"], both["source"]


def _wall(texts: pl.Series, context: LoadContext) -> pl.Series:
    """Each text by the first form that fits it, most of them by the first form of all."""
    form = context.options.get("date_format")
    wall = pl.Series("wall", [None], dtype=pl.Datetime("us")).new_from_index(0, len(texts))
    for each in (form.replace(" ", "T", 1),) if form else TIME_FORMATS:
        left = (wall.is_null() & texts.is_not_null()).arg_true()
        if len(left):
            read = texts.gather(left).str.to_datetime(
                each, time_unit="us", strict=False, exact=True
            )
            wall = wall.scatter(left, read)
    return wall


def _minutes(offset: pl.Expr) -> pl.Expr:
    """An offset like +05:30 as a duration; Z is none."""
    hours = offset.str.slice(1, 2).cast(pl.Int64, strict=False)
    minutes = offset.str.slice(-2, 2).cast(pl.Int64, strict=False)
    sign = pl.when(offset.str.starts_with("-")).then(-1).otherwise(1)
    total = pl.when(offset == "Z").then(0).otherwise(sign * (hours * 60 + minutes))
    return pl.duration(minutes=total)


def _in_zone(wall: pl.Series, zone: str) -> pl.Series:
    """A wall time that does not exist is an hour later; of two equal ones, the earlier."""

    def placed(local: pl.Series) -> pl.Series:
        there = local.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
        return there.dt.convert_time_zone("UTC")

    moment = placed(wall)
    if moment.null_count() == wall.null_count():
        return moment
    later = placed(wall + timedelta(hours=1))
    return pl.select(pl.coalesce(moment, later)).to_series()
