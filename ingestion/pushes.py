"""Rows that a program posts: entered at once, by the road of every file."""

import time
from pathlib import Path
from typing import Any

from accounts.models import User
from core.contracts.columns import LONGEST_KEY
from core.contracts.import_kind import ImportKind
from core.errors import Refused
from core.formats import counted
from ingestion.known_kinds import kind_named
from ingestion.models import Load
from ingestion.posted import Posted, posted_array
from ingestion.services import load_file, load_numbered, receive_file
from runs.models import Run, RunState
from runs.services import UNEXPECTED, enqueue, perform
from runs.work import RunFailed

# How long a batch waits for a load that is before it; then a worker enters it.
PATIENCE_SECONDS = 4.0
BETWEEN_LOOKS = 0.05


class BadRows(Refused):
    code = "bad_rows"


class NotEntered(Refused):
    code = "not_entered"


def push_rows(*, rows: Any, kind: str, source: str = "", actor: User | None = None) -> Load:
    """The same for rows that are no request's."""
    return push(posted=posted_array(rows), kind=kind, source=source, actor=actor)


def push(*, posted: Posted, kind: str, source: str = "", actor: User | None = None) -> Load:
    """A finished load of a few rows; a queued one of many, or where an earlier load takes its time.

    Nothing is half done: the whole batch is refused, or each of its rows is accounted for.
    """
    plugin = kind_named(kind)
    if posted.rows is not None:
        check_rows(posted.rows, plugin)
    if len(source) > LONGEST_KEY:
        raise BadRows(f"The name of a source has at most {LONGEST_KEY} characters.")
    at_once = posted.enters_at_once
    load = receive_file(
        upload=posted.file,
        file_name=counted(len(posted.rows), "posted row") if posted.rows else "Posted rows",
        kind=kind,
        source=source,
        mapping={"options": {"format": posted.format}},
        pushed=at_once,
        actor=actor,
        send=not at_once,
    )
    if not at_once:
        return load
    run = _performed(load.run)
    if run.state == RunState.QUEUED:
        enqueue(run=run)
    if run.finished_at is not None and run.state != RunState.HELD:
        # A file is kept to be read again after a kill; this one is done.
        Path(load.file_path).unlink(missing_ok=True)
    if run.state in (RunState.FAILED, RunState.CANCELLED):
        ours = run.remedy == UNEXPECTED
        raise (RunFailed if ours else NotEntered)(f"{run.error} {run.remedy}".strip())
    return load_numbered(load.pk)


def _performed(run: Run) -> Run:
    """Loads enter one at a time: this one here, or by the worker that comes first."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    run = perform(run=run, job=load_file)
    while run.finished_at is None and time.monotonic() < deadline:
        time.sleep(BETWEEN_LOOKS)
        run = perform(run=run, job=load_file)
    return run


def check_rows(rows: list[tuple[int, Any]], kind: ImportKind) -> None:
    if not rows or not rows[0][0]:
        raise BadRows("Send a JSON array of at least one object, one for each row, or a line each.")
    declared = {column.name: column.dtype for column in kind.columns}
    for place, row in rows:
        if not isinstance(row, dict):
            raise BadRows(f"Row {place} is not an object with the names of its columns.")
        for name, value in row.items():
            if value is not None and name.casefold() in declared:
                _check_value(place, name, value, declared[name.casefold()])


def _check_value(place: int, name: str, value: Any, dtype: str) -> None:
    if isinstance(value, dict) and dtype == "object":
        return
    if isinstance(value, list | dict):
        raise BadRows(
            f"Row {place}: {name} takes one value, not a list or an object.",
            fields={name: f"row {place}"},
        )
    if isinstance(value, bool) and dtype != "boolean":
        raise BadRows(f"Row {place}: {name} takes no true or false.", fields={name: f"row {place}"})
