"""The sentences that a report of a load opens with."""

from core.formats import counted, moment_words, whole
from ingestion.models import Load
from ingestion.time_left import Pace
from ingestion.trials import Since
from runs.models import RunState
from runs.pages import waiting_words

LEAVE = "You can leave this page; the work goes on."


def opening(load: Load, *, undoing: bool, since: Since | None, at: Pace | None) -> tuple[str, str]:
    """The finding and the line below it.

    ``since``: what became of a dry run; ``at``: how far one is that is at work.
    """
    if undoing:
        return (
            f"{load.file_name} is being undone.",
            f"What it added leaves the record, what it changed comes back. {LEAVE}",
        )
    if load.undone_at:
        return f"{load.file_name} was undone.", (
            f"The record is as if it had never come, since {moment_words(load.undone_at)}; this"
            " report stays."
        )
    if load.run.state != RunState.SUCCEEDED:
        return _of_the_run(load, at)
    if load.dry_run:
        nothing = "Nothing has been saved yet: this was a dry run."
        return _counts(load), since.words if since else nothing
    return _counts(load), _loaded_words(load)


def _of_the_run(load: Load, at: Pace | None) -> tuple[str, str]:
    """While it waits or works, and where it did not come to its end."""
    run, name = load.run, load.file_name
    if run.state == RunState.QUEUED:
        return f"{name} is queued.", f"{waiting_words(run)} {LEAVE}"
    if run.state == RunState.RUNNING:
        doing = f"{name} is being {'read' if load.dry_run else 'loaded'}."
        return doing, f"{at.words} {LEAVE}" if at and at.words else LEAVE
    if run.state == RunState.HELD:
        return f"{name} is held until somebody decides.", "Nothing was changed: see below why."
    if run.state == RunState.CANCELLED:
        kept = " Its file and what you said about it are kept." if load.draft else ""
        return f"{name} was stopped. Nothing was changed.", f"No row of it is in the record.{kept}"
    return f"{name} was not loaded. Nothing was changed.", (
        "No row of it is in the record. Put right what is said here, and bring it in again."
    )


def _counts(load: Load) -> str:
    """Every row that was read is in one of the counts."""
    accepted = whole(load.loaded + load.changed + load.identical)
    said = (
        [f"{accepted} can be loaded", f"{counted(load.rejected, 'is', 'are')} rejected"]
        if load.dry_run
        else [f"{accepted} accepted", f"{whole(load.rejected)} rejected"]
    )
    if load.duplicate:
        said.append(f"{counted(load.duplicate, 'is', 'are')} there twice")
    return f"{counted(load.read, 'row')} read: {', '.join(said)}."


def _loaded_words(load: Load) -> str:
    if load.identical == load.read:
        return "All of them were known already, so nothing changed."
    if load.rejected:
        known = counted(load.identical, "row was", "rows were")
        return (
            "The rejected rows are kept below with the reason. Put them right there, or in a"
            " spreadsheet, and they come in on their own."
        ) + (f" {known} known already and changed nothing." if load.identical else "")
    if load.changed or load.identical:
        return "Every row was accepted; rows that are known already change nothing."
    if load.duplicate:
        return "What is there twice is taken once; nothing that was there before was changed."
    return "Every row is new: nothing that was there before was changed."
