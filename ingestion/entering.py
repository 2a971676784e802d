"""One load, from the kept file to the tables, in one transaction."""

import operator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from django.db import connection, transaction
from django.utils import timezone

from core.bulk import copy_in
from core.contracts.columns import Column
from core.contracts.import_kind import STAGING, Entered, ImportKind, LoadContext, minor_units
from core.errors import Refused
from core.money import minor_per_major
from core.selectors import organisation
from core.undo import kept_rows
from customers.erased import hold_erasures, length
from ingestion.cleaning import Typed, infer_further, typed_rows
from ingestion.erasing import turned_away, without_erased, without_their_texts
from ingestion.feeds import move_on
from ingestion.guessing import UncertainNumbers, signs, with_comma_remedy
from ingestion.limits import within_limits
from ingestion.mapping import Mapping, apply_mapping
from ingestion.models import Load
from ingestion.parsing import parse
from runs.work import Work

LONGEST_VALUE = 200
# The note of a load with {table: rows that it changed and that are kept as they were before}.
KEPT = "kept"


class UnknownZone(Refused):
    code = "unknown_time_zone"
    remedy = "Name the time zone of the file in the mapping, and bring it in again."


@dataclass(frozen=True)
class Cleaned:
    """``staged`` rows may enter; ``problems`` say why the others may not."""

    staged: pl.DataFrame
    problems: pl.DataFrame
    read: int
    # In minor units, where the kind has money: everything readable in the file, and in its rejects.
    file_sum: int | None
    rejected_sums: pl.DataFrame | None
    notes: dict[str, Any]


def context_of(load: Load, mapping: Mapping) -> LoadContext:
    shop = organisation()
    zone = mapping.options.get("time_zone", shop.time_zone)
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        raise UnknownZone(
            f"There is no time zone {zone!r}. Write one like Europe/Berlin."
        ) from error
    return LoadContext(
        load_id=load.pk,
        source=load.source,
        source_zone=zone,
        shop_zone=shop.time_zone,
        currency=shop.currency,
        minor_per_major=minor_per_major(shop.currency),
        now=timezone.now(),
        options=mapping.options,
    )


def clean(path: Path, kind: ImportKind, mapping: Mapping, context: LoadContext) -> Cleaned:
    """Read the file, type its cells, and let the kind look at whole rows."""
    parsed = parse(path, mapping.options)
    rows, ignored = apply_mapping(parsed.rows, kind, mapping)
    declared = {column.name for column in kind.columns}
    further = [name for name in rows.columns if name != "row" and name not in declared]
    computed = kind.computed_here(further)
    rows = rows.drop(computed)
    delimiter = parsed.notes.get("delimiter")
    admitted, erased = without_erased(rows)
    shown = signs(admitted, kind.columns, mapping.options, delimiter)
    typed = _typed(admitted, kind, [name for name in further if name not in computed], context)
    held, beyond = within_limits(typed.rows, admitted, kind)
    staged, refused = kind.refine(held, context)
    sums = _sums(rows, kind, context)
    found = [
        without_their_texts(parsed.problems, delimiter),
        erased,
        with_comma_remedy(typed.problems, shown.comma),
        beyond,
        refused,
    ]
    problems = pl.concat(found)
    return Cleaned(
        staged=staged,
        problems=problems,
        read=parsed.read,
        file_sum=None if sums is None else int(sums["amount"].sum()),
        rejected_sums=sums,
        notes={
            **parsed.notes,
            "ignored_columns": [*parsed.nameless, *ignored, *computed],
            **({"computed_here": computed} if computed else {}),
            **({"guessed": shown.uncertain} if shown.uncertain else {}),
            **turned_away(problems),
        },
    )


def _typed(rows: pl.DataFrame, kind: ImportKind, further: list[str], context: LoadContext) -> Typed:
    """Declared columns by their type, further ones by what they hold or are known to be."""
    inferred = infer_further(rows, further, context)
    texts = [name for name in further if inferred.schema[name] == pl.String]
    numbers = kind.known_numbers(texts) if texts else []
    inferred = inferred.with_columns(rows[name] for name in numbers)
    known = [Column(name, "decimal", "a number in earlier files") for name in numbers]
    return typed_rows(inferred, [*kind.columns, *known], context)


def enter(kind: ImportKind, cleaned: Cleaned, context: LoadContext) -> Entered:
    """Stage the rows and hand them to the kind, inside the caller's transaction."""
    columns = kind.staging_columns()
    wanted = ", ".join(f'"{name}" {sql_type}' for name, sql_type in columns.items())
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE {STAGING} (row bigint, {wanted}) ON COMMIT DROP")
        copy_in(table=STAGING, frame=cleaned.staged.select("row", *columns))
        cursor.execute(f"ANALYZE {STAGING}")
        entered = kind.enter(cursor, context)
    return replace(entered, notes={**entered.notes, KEPT: kept_rows(context.load_id)})


def load_rows(work: Work, load: Load, kind: ImportKind, mapping: Mapping) -> Entered:
    """The whole way of one load. A dry run goes the same way and is rolled back."""
    work.plan(3)
    context = context_of(load, mapping)
    list_then = length()
    with work.step("read") as step:
        cleaned = clean(Path(load.file_path), kind, mapping, context)
        step.point("read", rows=1, of=2)
        step.wrote(cleaned.read, of=cleaned.read)
    if not load.dry_run and cleaned.notes.get("guessed"):
        raise UncertainNumbers(cleaned.notes["guessed"])
    with transaction.atomic():
        with work.step("enter") as step:
            hold_erasures()
            if length() != list_then:
                # Somebody was erased since the file was read: their rows must not enter.
                cleaned = clean(Path(load.file_path), kind, mapping, context)
            entered = enter(kind, cleaned, context)
            step.point("enter", rows=1, of=2)
            step.wrote(cleaned.staged.height, of=cleaned.staged.height)
        transaction.set_rollback(load.dry_run)
        if not load.dry_run:
            _record(load, kind, cleaned, entered, context)
            move_on(load)
    if load.dry_run:
        _record(load, kind, cleaned, entered, context)
    with work.step("report") as step:
        work.check()
        step.point("report", rows=1, of=2)
    return entered


@transaction.atomic
def _record(
    load: Load, kind: ImportKind, cleaned: Cleaned, entered: Entered, context: LoadContext
) -> None:
    """Counts, control totals and rejects, in the transaction of the rows where there are any."""
    problems = pl.concat([cleaned.problems, entered.conflicts]).sort("row", "column")
    load.read = cleaned.read
    load.loaded, load.changed = entered.loaded, entered.changed
    load.identical, load.duplicate = entered.identical, entered.duplicate
    load.rejected = problems["row"].n_unique()
    load.sums = _control_totals(load, kind, cleaned, entered, problems)
    load.notes = {**cleaned.notes, **entered.notes}
    load.save()
    copy_in(
        table="ingestion_reject",
        frame=problems.select(
            pl.lit(load.pk).alias("load_id"),
            "row",
            "column",
            pl.col("value").str.slice(0, LONGEST_VALUE).str.replace_all("\x00", ""),
            "reason",
            "remedy",
        ).with_columns(pl.col("column", "value").fill_null("")),
    )


def _sums(rows: pl.DataFrame, kind: ImportKind, context: LoadContext) -> pl.DataFrame | None:
    """Row and money of all rows whose money can be read, in minor units: what the file says.

    Where the sum's column is empty, the kind's factors stand in for it.
    """
    if kind.sum_column is None:
        return None
    money = rows.select("row", pl.lit(None, pl.Int64).alias("amount"))
    if kind.sum_column in rows.columns:
        said = _one_typed(rows, kind.sum_column, kind, context)
        money = said.select("row", pl.col(kind.sum_column).alias("amount"))
    factors = [name for name in kind.sum_factors if name in rows.columns]
    if money["amount"].null_count() and factors and len(factors) == len(kind.sum_factors):
        for name in factors:
            money = money.join(_one_typed(rows, name, kind, context), on="row", how="left")
        product = pl.reduce(operator.mul, [pl.col(name) for name in factors])
        product = minor_units(product, context.minor_per_major)
        money = money.with_columns(pl.coalesce("amount", product).alias("amount"))
    return money.select("row", "amount").drop_nulls()


def _one_typed(
    rows: pl.DataFrame, name: str, kind: ImportKind, context: LoadContext
) -> pl.DataFrame:
    """The rows where one declared column can be read or is empty."""
    declared = [column for column in kind.columns if column.name == name]
    return typed_rows(rows.select("row", name), declared, context).rows


def _control_totals(
    load: Load, kind: ImportKind, cleaned: Cleaned, entered: Entered, problems: pl.DataFrame
) -> dict[str, Any]:
    """The file against the record, line by line of the report; a difference of 0 is the point."""
    accepted = load.loaded + load.changed + load.identical
    totals: dict[str, Any] = {
        "rows": {
            "file": load.read,
            "record": accepted,
            "rejected": load.rejected,
            "duplicate": load.duplicate,
            "difference": load.read - accepted - load.rejected - load.duplicate,
        }
    }
    if cleaned.rejected_sums is not None and entered.record_sum is not None:
        rejected = int(
            cleaned.rejected_sums.join(problems.select("row").unique(), on="row", how="semi")[
                "amount"
            ].sum()
        )
        assert cleaned.file_sum is not None
        difference = cleaned.file_sum - entered.record_sum - rejected - entered.duplicate_sum
        totals[f"{kind.sum_column}_minor"] = {
            "file": cleaned.file_sum,
            "record": entered.record_sum,
            "rejected": rejected,
            "duplicate": entered.duplicate_sum,
            "difference": difference,
        }
    return totals
