"""What the page of a load says, in words and figures."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone

from core.formats import counted, whole
from core.selectors import organisation
from customers.aliases import BY_OLD_ID
from ingestion.hold_words import Judged, judged
from ingestion.known_kinds import kinds
from ingestion.lineage import lineage_facts
from ingestion.models import Load, Reject
from ingestion.named_columns import NamedColumn, named_columns
from ingestion.reject_pages import RejectLine, can_be_fixed, reject_lines
from ingestion.report_words import opening
from ingestion.rule_words import money_ruled_words, rule_lines, rules_finding
from ingestion.selectors import corrections_of, reject_columns, undo_of
from ingestion.services import undo_refusal
from ingestion.time_left import Pace, pace
from ingestion.total_words import Total, total_words
from ingestion.trials import Since, since_tried
from runs.models import MOVING, RunState
from runs.pages import seconds, steps

WHOLE = 1000
# What is there at all can be seen, however small its share.
LEAST_WIDTH = 3.0
GAP = 2.0
DELIMITERS = {"\t": "tabs", ",": "commas", ";": "semicolons", "|": "bars"}


@dataclass(frozen=True)
class Report:
    """A load as its page shows it; ``moving`` while it waits or works, ``done`` with figures."""

    load: Load
    here: str
    finding: str
    lede: str
    moving: bool
    done: bool
    steps: list[dict[str, str]]
    error: str
    remedy: str
    parts: list[dict[str, str]] = field(default_factory=list)
    accepted: str = ""
    accepted_words: str = ""
    rejected: str = ""
    duplicate: str = ""
    totals: list[Total] = field(default_factory=list)
    totals_finding: str = ""
    # The sender said how many rows or how much money there should be.
    expects: bool = False
    record_words: str = ""
    read_as: list[tuple[str, str]] = field(default_factory=list)
    lineage: list[tuple[str, str]] = field(default_factory=list)
    names: list[NamedColumn] = field(default_factory=list)
    names_finding: str = ""
    notes: list[str] = field(default_factory=list)
    judged: Judged = field(default_factory=Judged)
    rules: list[dict[str, Any]] = field(default_factory=list)
    rules_finding: str = ""
    problems: Sequence[RejectLine] = ()
    fixable: bool = False
    fix_verb: str = ""
    problems_finding: str = ""
    chips: list[dict[str, Any]] = field(default_factory=list)
    # What became of a dry run, where it can no longer be loaded.
    since: Since | None = None
    can_load: bool = False
    can_stop: bool = False
    can_undo: bool = False
    brings_back: bool = False
    corrects: int | None = None
    corrected_by: Sequence[Load] = ()
    keeps: str = ""


def report(load: Load, problems: Sequence[Reject], column: str = "") -> Report:
    run = load.run
    entered = run.state == RunState.SUCCEEDED
    done = entered or run.state == RunState.HELD
    undo = undo_of(load) if entered and load.undone_at is None else None
    undoing = undo is not None and undo.state in MOVING
    since = since_tried(load) if entered and load.dry_run else None
    at = pace(load, now=timezone.now()) if run.state == RunState.RUNNING else None
    finding, lede = opening(load, undoing=undoing, since=since, at=at)
    undoable = entered and not load.dry_run and load.undone_at is None and not undoing
    keeps = undo_refusal(load) if undoable else ""
    return Report(
        load=load,
        here=_here(load, done=done),
        finding=finding,
        lede=lede,
        moving=undoing or run.state in MOVING,
        done=done,
        steps=steps(undo) if undo and undoing else [] if done else _steps(load, at),
        error=f"It was not undone. {undo.error}" if undo and undo.error else run.error,
        remedy=run.remedy,
        **(_figures(load) if done else {}),
        read_as=_read_as(load),
        lineage=lineage_facts(load),
        **named_columns(load),
        notes=_notes(load),
        judged=judged(load) if done else Judged(),
        rules=rule_lines(load),
        rules_finding=rules_finding(load),
        **_problem_lines(load, problems, since),
        **_problems(load, column),
        since=since,
        can_load=entered and load.dry_run and since is None and load.rejected < load.read,
        can_stop=run.state in MOVING,
        can_undo=undoable and not keeps,
        brings_back=undoable and load.rejected > 0,
        **_corrections(load),
        keeps=keeps,
    )


def _here(load: Load, *, done: bool) -> str:
    took = f" · read in {seconds(load.run)} s" if done else ""
    return f"Import {load.pk}, {load.file_name}{' · dry run' if load.dry_run else ''}{took}"


def _corrections(load: Load) -> dict[str, Any]:
    return {
        "corrects": load.draft.corrects_id if load.draft else None,
        "corrected_by": corrections_of(load) if load.rejected and not load.dry_run else (),
    }


def _steps(load: Load, at: Pace | None) -> list[dict[str, str]]:
    """With how far the one at work is, where that is known."""
    percent = at.percent if at else ""
    return [
        {**step, "percent": percent or step["percent"]} if step.get("percent") else step
        for step in steps(load.run)
    ]


def whole_bar(load: Load) -> list[dict[str, str]]:
    """The rows of a file as one bar: taken, known already, twice in the file, rejected."""
    sizes = {
        "taken": load.loaded + load.changed,
        "same": load.identical,
        "refused": load.rejected,
        "twice": load.duplicate,
    }
    there = {css: rows for css, rows in sizes.items() if rows}
    room = WHOLE - GAP * max(len(there) - 1, 0)
    widths = {css: max(LEAST_WIDTH, rows / load.read * room) for css, rows in there.items()}
    shrink = room / sum(widths.values()) if widths else 1
    parts, x = [], 0.0
    for css, width in widths.items():
        parts.append({"css": css, "x": f"{x:.1f}", "width": f"{width * shrink:.1f}"})
        x += width * shrink + GAP
    return parts


def _figures(load: Load) -> dict[str, Any]:
    stays_out = load.dry_run or load.run.state == RunState.HELD
    verb = "can be loaded" if stays_out else "accepted"
    return {
        "parts": whole_bar(load),
        "accepted": whole(load.loaded + load.changed + load.identical),
        "accepted_words": f"{verb}: {whole(load.loaded)} new, {whole(load.changed)} changed,"
        f" {whole(load.identical)} known already",
        "rejected": whole(load.rejected),
        "duplicate": whole(load.duplicate),
        **total_words(load),
    }


def _problem_lines(load: Load, problems: Sequence[Reject], since: Since | None) -> dict[str, Any]:
    fixable = since is None and can_be_fixed(load)
    return {
        "problems": reject_lines(load, problems, fixable=fixable),
        "fixable": bool(problems) and fixable,
        "fix_verb": "Read again with these" if load.dry_run else "Load these rows",
    }


def _problems(load: Load, column: str) -> dict[str, Any]:
    """The finding of the rejects, and the columns at fault as filters."""
    found = reject_columns(load)
    if not found:
        return {}
    rows = counted(load.rejected, "rejected row")
    most = f"most often for {found[0][0]}"
    chips = [{"label": f"All {whole(load.rejected)}", "url": "?", "current": not column}]
    chips += [
        {
            "label": f"{name} {whole(many)}",
            "url": f"?{urlencode({'column': name})}",
            "current": name == column,
        }
        for name, many in found
    ]
    alone = len(found) == 1
    return {
        "problems_finding": f"{rows}, each with the reason" if alone else f"{rows}, {most}",
        "chips": [] if alone else chips,
    }


def _read_as(load: Load) -> list[tuple[str, str]]:
    """How the file was understood."""
    notes = load.notes
    kind = kinds().get(load.kind)
    facts = [("It holds", kind.title if kind else load.kind), ("Source", load.source)]
    if notes.get("encoding"):
        delimiter = DELIMITERS.get(notes["delimiter"], notes["delimiter"])
        facts.append(("Written in", f"{notes['encoding']}, columns parted by {delimiter}"))
    zone = load.mapping.get("options", {}).get("time_zone")
    own = organisation().time_zone
    facts.append(("Times", f"{own}, the shop’s own" if zone in (None, own) else zone))
    computed = notes.get("computed_here", [])
    left_out = [name for name in notes.get("ignored_columns", []) if name not in computed]
    for label, names in (("Left out", left_out), ("Computed here, left out", computed)):
        if names:
            facts.append((label, ", ".join(names)))
    return facts


def _notes(load: Load) -> list[str]:
    notes: dict[str, Any] = load.notes
    found = [words for words in (notes.get("guessed"), money_ruled_words(load)) if words]
    if notes.get("shift_days"):
        weeks = notes["shift_days"] // 7
        found.append(
            f"Dates of this source are moved on by {whole(weeks)} weeks; its keys use the"
            " file’s own."
        )
    if many := notes.get(BY_OLD_ID):
        found.append(f"{counted(many, 'row')} by an id that was merged: the kept customer’s now.")
    if many := notes.get("withdrawn_consents"):
        found.append(f"{counted(many, 'customer')} unsubscribed: their consent is withdrawn.")
    for key, what in (("unknown_customers", "customer"), ("unknown_products", "product")):
        if notes.get(key):
            ends = "they would be created" if load.dry_run else "created"
            ends = "they had been created" if load.undone_at else ends
            found.append(f"{counted(notes[key], what)} not known before: {ends}, and marked.")
    return found
