"""One load, from the kept file to the tables, in one transaction."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from django.db import transaction
from django.utils import timezone

from core.bulk import copy_in
from core.contracts.columns import Column
from core.contracts.import_kind import Entered, ImportKind, LoadContext
from core.errors import Refused
from core.money import minor_per_major
from core.selectors import organisation
from core.spool import Spool
from core.undo import kept_rows
from customers.erased import hold_erasures, length
from ingestion.cleaning import Typed, infer_further, typed_rows
from ingestion.control_totals import (
    FileMoney,
    control_totals,
    money_ruled,
    money_said,
    why_held,
)
from ingestion.erasing import turned_away, without_erased, without_their_texts
from ingestion.feeds import move_on
from ingestion.guessing import UncertainNumbers, signs, with_comma_remedy
from ingestion.limits import within_limits
from ingestion.mapping import Mapping, apply_mapping
from ingestion.models import Load
from ingestion.parsing import parse
from ingestion.quality import quality_of_load
from ingestion.rule_book import checked_rules
from ingestion.rule_run import RuleRun, without_own
from ingestion.staging import enter
from runs.work import Work

LONGEST_VALUE = 200
# The note of a load with {table: rows that it changed and that are kept as they were before}.
KEPT = "kept"
BATCH_ROWS = 250_000


class UnknownZone(Refused):
    code = "unknown_time_zone"
    remedy = "Name the time zone of the file in the mapping, and bring it in again."


@dataclass(frozen=True)
class Cleaned:
    """``staged`` rows may enter; ``problems`` say why the others may not."""

    staged: pl.DataFrame
    problems: pl.DataFrame
    read: int
    # Rows that a cleaning rule left out because the file says them twice.
    repeated: pl.Series
    # Where the kind has money.
    money: FileMoney | None
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
    """Read the file, type its cells, and let rules and the kind look at whole rows."""
    parsed = parse(path, mapping.options)
    rules = RuleRun(checked_rules(kind, mapping.rules), kind, context)
    rows, ignored = apply_mapping(rules.with_own(parsed.rows), kind, mapping)
    further = _further(rows, kind)
    computed = kind.computed_here(further)
    rows = rows.drop(computed)
    further = [name for name in further if name not in computed]
    delimiter = parsed.notes.get("delimiter")
    admitted, erased = without_erased(rows)
    rules.learn(lambda: [admitted], lambda some: _typed(some, kind, further, context).rows)
    done = _clean_rows(admitted, rules, kind, further, delimiter, context)
    problems = pl.concat([without_their_texts(parsed.problems, delimiter), erased, done.problems])
    money = done.money
    if money and erased.height:
        theirs = rows.join(erased.select("row"), on="row", how="semi")
        said = pl.concat([money.said, money_said([theirs], kind, context)])
        money = replace(money, said=said)
    return Cleaned(
        staged=done.staged,
        problems=problems,
        read=parsed.read,
        repeated=done.repeated,
        money=money,
        notes={
            **parsed.notes,
            "ignored_columns": [*parsed.nameless, *ignored, *computed],
            **({"computed_here": computed} if computed else {}),
            **done.notes,
            **turned_away(problems),
            **({"rules": told, "flagged": rules.flagged} if (told := rules.told()) else {}),
        },
    )


def _clean_rows(
    rows: pl.DataFrame, rules: RuleRun, kind: ImportKind, further: list[str],
    delimiter: str | None, context: LoadContext,
) -> Cleaned:  # fmt: skip
    """Rows under the glossary's names → rows to stage, with the rules that have learnt."""
    cells = rules.cells(rows)
    shown = signs(cells.rows, kind.columns, context.options, delimiter)
    typed = _typed(cells.rows, kind, further, context)
    values = rules.values(typed.rows)
    held, beyond = within_limits(values.rows, cells.rows, kind)
    staged, refused = kind.refine(held, context)
    of_types = with_comma_remedy(typed.problems, shown.comma)
    repeated = pl.concat([cells.repeated, values.repeated])
    money = None
    if kind.sum_column:
        said = money_said([cells.rows, *cells.aside], kind, context)
        money = FileMoney(said, money_ruled(typed.rows, values.rows, kind, context), repeated)
    return Cleaned(
        staged=staged,
        problems=pl.concat([cells.problems, of_types, values.problems, beyond, refused]),
        read=rows.height,
        repeated=repeated,
        money=money,
        notes={"guessed": shown.uncertain} if shown.uncertain else {},
    )


def _further(rows: pl.DataFrame, kind: ImportKind) -> list[str]:
    """Columns that the kind does not declare and keeps."""
    known = {"row", *(column.name for column in kind.columns)}
    return [name for name in without_own(rows).columns if name not in known]


def _typed(rows: pl.DataFrame, kind: ImportKind, further: list[str], context: LoadContext) -> Typed:
    """Declared columns by their type, further ones by what they hold or are known to be."""
    inferred = infer_further(rows, further, context)
    texts = [name for name in further if inferred.schema[name] == pl.String]
    numbers = kind.known_numbers(texts) if texts else []
    inferred = inferred.with_columns(rows[name] for name in numbers)
    known = [Column(name, "decimal", "a number in earlier files") for name in numbers]
    return typed_rows(inferred, [*kind.columns, *known], context)


def load_rows(work: Work, load: Load, kind: ImportKind, mapping: Mapping) -> Entered:
    """The whole way of one load. A dry run goes the same way and is rolled back, and so is a load
    whose control totals differ until somebody accepts it.
    """
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
            entered = _enter(kind, cleaned, context)
            step.point("enter", rows=1, of=2)
            step.wrote(cleaned.staged.height, of=cleaned.staged.height)
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
    with Spool() as staged:
        columns = ["row", *kind.staging_columns()]
        for rows in cleaned.staged.select(columns).iter_slices(BATCH_ROWS):
            staged.put(rows)
        entered = enter(kind, staged, context)
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
