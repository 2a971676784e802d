"""What the page of a load says, in words and figures."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from core.formats import counted, whole
from core.money import from_minor
from core.selectors import organisation
from ingestion.models import Load, Reject
from runs.models import RunState
from runs.selectors import run_ahead

COUNTS = ("read", "loaded", "changed", "identical", "duplicate", "rejected")


@dataclass(frozen=True)
class Figure:
    label: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class Total:
    label: str
    values_shown: list[str]


@dataclass(frozen=True)
class Report:
    """A load as its page shows it; ``moving`` while it waits or works."""

    load: Load
    here: str
    finding: str
    lede: str
    moving: bool
    percent: int
    progress_words: str
    error: str
    counts: list[Figure] = field(default_factory=list)
    totals: list[Total] = field(default_factory=list)
    totals_finding: str = ""
    notes: list[str] = field(default_factory=list)
    problems: Sequence[Reject] = ()
    problems_finding: str = ""
    can_undo: bool = False


def report(load: Load, problems: Sequence[Reject]) -> Report:
    run = load.run
    moving = run.state in (RunState.QUEUED, RunState.RUNNING)
    done = run.state == RunState.SUCCEEDED
    finding, lede = _words(load)
    return Report(
        load=load,
        here=f"Import {load.pk}, {load.file_name}" + (" · dry run" if load.dry_run else ""),
        finding=finding,
        lede=lede,
        moving=moving,
        percent=round(run.progress * 100),
        progress_words="You can leave this page; the work goes on.",
        error=run.error,
        counts=[Figure(name.capitalize(), whole(getattr(load, name))) for name in COUNTS]
        if done
        else [],
        totals=_totals(load) if done else [],
        totals_finding=_totals_finding(load),
        notes=_notes(load),
        problems=problems,
        problems_finding=f"{counted(load.rejected, 'row was', 'rows were')} rejected: why",
        can_undo=done and not load.dry_run and load.undone_at is None,
    )


def _words(load: Load) -> tuple[str, str]:
    run, name = load.run, load.file_name
    if load.undone_at:
        return f"{name} was undone.", "Its rows are gone; the report of the load stays."
    if run.state == RunState.QUEUED:
        ahead = run_ahead(run)
        waits = f"It waits behind run {ahead.pk}." if ahead else "A worker takes it in a moment."
        return f"{name} is queued.", waits
    if run.state == RunState.RUNNING:
        return f"{name} is being loaded: {run.step or 'starting'}.", ""
    if run.state != RunState.SUCCEEDED:
        return f"{name} was not loaded. Nothing was changed.", run.remedy
    accepted = load.loaded + load.changed + load.identical
    read = counted(load.read, "row")
    if load.dry_run:
        words = f"{read} read: {accepted:,} can be loaded, {load.rejected:,} are rejected."
        return words, "Nothing has been saved yet: this was a dry run."
    return f"{read} read: {accepted:,} accepted, {load.rejected:,} rejected.", _changed_words(load)


def _changed_words(load: Load) -> str:
    if load.identical == load.read:
        return "All of them were known already, so nothing changed."
    return (
        f"{load.loaded:,} are new, {load.changed:,} changed what was there, {load.identical:,} were"
        f" known already, {load.duplicate:,} are there twice in the file."
    )


def _totals(load: Load) -> list[Total]:
    keys = ("file", "record", "rejected", "duplicate", "difference")
    return [
        Total(_total_label(name), [_total_value(name, sums[key]) for key in keys])
        for name, sums in load.sums.items()
    ]


def _total_label(name: str) -> str:
    return f"Sum of {name.removesuffix('_minor')}" if name.endswith("_minor") else "Rows"


def _total_value(name: str, value: int) -> str:
    if not name.endswith("_minor"):
        return whole(value)
    return f"{from_minor(value, organisation().currency):,}"


def _totals_finding(load: Load) -> str:
    if all(sums["difference"] == 0 for sums in load.sums.values()):
        return "Control totals agree"
    return "Control totals differ: look before you use these rows"


def _notes(load: Load) -> list[str]:
    notes: dict[str, Any] = load.notes
    found = []
    if notes.get("shift_days"):
        weeks = notes["shift_days"] // 7
        found.append(
            f"Dates of this source are moved on by {weeks:,} weeks; its keys use the file’s own."
        )
    if notes.get("unknown_customers"):
        found.append(
            f"{counted(notes['unknown_customers'], 'customer')} not known before: created, marked."
        )
    if notes.get("unknown_products"):
        found.append(
            f"{counted(notes['unknown_products'], 'product')} not known before: created, marked."
        )
    if notes.get("ignored_columns"):
        found.append(f"Left out: {', '.join(notes['ignored_columns'])}.")
    if notes.get("encoding"):
        names = {"\t": "tabs", ",": "commas", ";": "semicolons", "|": "bars"}
        found.append(
            f"Read as {notes['encoding']} with {names.get(notes['delimiter'], notes['delimiter'])}."
        )
    return found
