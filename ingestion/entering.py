"""One load, from the kept file to the tables, in one transaction."""

from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
from django.db import connection, transaction
from django.utils import timezone

from core.bulk import copy_in
from core.contracts.import_kind import Entered, ImportKind, LoadContext
from core.errors import Refused
from core.money import minor_per_major
from core.selectors import organisation
from core.undo import kept_rows
from customers.addresses_as_ids import keep_addresses
from customers.erased import hold_erasures, length
from ingestion.batches import Cleaned, clean
from ingestion.control_totals import control_totals, why_held
from ingestion.examples import first_rows, with_examples
from ingestion.feeds import move_on
from ingestion.guessing import UncertainNumbers
from ingestion.mapping import Mapping
from ingestion.models import Load
from ingestion.quality import quality_of_load
from ingestion.staging import enter
from runs.work import Work

LONGEST_VALUE = 200
# The note of a load with {table: rows that it changed and that are kept as they were before}.
KEPT = "kept"


class UnknownZone(Refused):
    code = "unknown_time_zone"
    remedy = "Name the time zone of the file in the mapping, and bring it in again."


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


def load_rows(work: Work, load: Load, kind: ImportKind, mapping: Mapping) -> Entered:
    """The whole way of one load. A dry run goes the same way and is rolled back, and so is a load
    whose control totals differ until somebody accepts it.
    """
    work.plan(3)
    context = context_of(load, mapping)
    list_then = length()
    with work.step("read") as step:
        cleaned = clean(Path(load.file_path), kind, mapping, context, step.wrote)
        step.point("read", rows=1, of=2)
        step.wrote(cleaned.read, of=cleaned.read)
    if not load.dry_run and cleaned.notes.get("guessed"):
        raise UncertainNumbers(cleaned.notes["guessed"])
    with transaction.atomic():
        with work.step("enter") as step:
            hold_erasures()
            if length() != list_then:
                # Somebody was erased since the file was read: their rows must not enter.
                cleaned.staged.close()
                cleaned = clean(Path(load.file_path), kind, mapping, context)
            first = first_rows(cleaned.staged) if load.dry_run else []
            entered = _enter(kind, cleaned, context)
            if load.dry_run:
                entered = with_examples(entered, first)
            step.point("enter", rows=1, of=2)
            step.wrote(cleaned.staged.rows, of=cleaned.staged.rows)
        problems = _account(load, kind, cleaned, entered, context)
        stays_out = load.dry_run or bool(load.held_for)
        transaction.set_rollback(stays_out)
        if not stays_out:
            _record(load, problems)
            move_on(load)
            work.hold()
    if stays_out:
        _record(load, problems)
    with work.step("report") as step:
        work.check()
        step.point("report", rows=1, of=2)
    return entered


def _enter(kind: ImportKind, cleaned: Cleaned, context: LoadContext) -> Entered:
    with cleaned.staged:
        entered = enter(kind, cleaned.staged, context)
    with connection.cursor() as cursor:
        keep_addresses(cursor=cursor, load_id=context.load_id, addresses=cleaned.addresses)
    return replace(entered, notes={**entered.notes, KEPT: kept_rows(context.load_id)})


def _account(
    load: Load, kind: ImportKind, cleaned: Cleaned, entered: Entered, context: LoadContext
) -> pl.DataFrame:
    """Counts, control totals and quality on the load, not saved yet; returns its rejects."""
    problems = pl.concat([cleaned.problems, entered.conflicts]).sort("row", "column")
    load.read = cleaned.read
    load.loaded, load.changed = entered.loaded, entered.changed
    load.identical = entered.identical
    load.duplicate = entered.duplicate + cleaned.repeated.len()
    load.rejected = problems["row"].n_unique()
    load.sums = control_totals(load, kind, entered, cleaned.money, problems, context)
    load.notes = {**cleaned.notes, **entered.notes}
    quality = quality_of_load(load, kind, problems)
    if quality:
        load.quality = quality.score
        load.notes["quality"] = quality.lost
    load.held_for = "" if load.dry_run or load.accepted_at else why_held(load.sums)
    return problems


@transaction.atomic
def _record(load: Load, problems: pl.DataFrame) -> None:
    """Counts and rejects are kept, in the transaction of the rows where there are any."""
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
