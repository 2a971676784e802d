"""Rows that a program posts: entered at once, by the road of every file."""

import json
import time
from io import BytesIO
from pathlib import Path
from typing import Any

from accounts.models import User
from core.contracts.columns import LONGEST_KEY
from core.contracts.import_kind import ImportKind
from core.errors import Refused
from ingestion.known_kinds import kind_named
from ingestion.models import Load
from ingestion.services import load_file, load_numbered, receive_file
from runs.models import Run, RunState
from runs.services import UNEXPECTED, enqueue, perform
from runs.work import RunFailed

MOST_ROWS = 1_000
MOST_BYTES = 2 * 1024**2
ELSEWHERE = "Send more of them as a file by POST /api/v1/imports/."
# How long a batch waits for a load that is before it; then a worker enters it.
PATIENCE_SECONDS = 4.0
BETWEEN_LOOKS = 0.05


class BadRows(Refused):
    code = "bad_rows"


class TooManyRows(Refused):
    code = "too_many_rows"
    status = 413


class NotEntered(Refused):
    code = "not_entered"


def refuse_large(size: int) -> None:
    """Before anything of the body is read."""
    if size > MOST_BYTES:
        limit = MOST_BYTES // 1024**2
        raise TooManyRows(f"One request holds at most {limit} MB. {ELSEWHERE}")


def push_rows(*, rows: Any, kind: str, source: str = "", actor: User | None = None) -> Load:
    """A finished load of these rows, or a queued one where an earlier load takes its time.

    Nothing is half done: the whole batch is refused, or each of its rows is accounted for.
    """
    plugin = kind_named(kind)
    _check(rows, plugin)
    if len(source) > LONGEST_KEY:
        raise BadRows(f"The name of a source has at most {LONGEST_KEY} characters.")
    load = receive_file(
        upload=BytesIO(json.dumps(rows).encode()),
        file_name=f"{len(rows):,} posted rows",
        kind=kind,
        source=source,
        pushed=True,
        actor=actor,
        send=False,
    )
    run = _performed(load.run)
    if run.state == RunState.QUEUED:
        enqueue(run=run)
    if run.finished_at is not None:
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


def _check(rows: Any, kind: ImportKind) -> None:
    if not isinstance(rows, list) or not rows:
        raise BadRows("Send a JSON array of at least one object, one for each row.")
    if len(rows) > MOST_ROWS:
        raise TooManyRows(f"One request takes at most {MOST_ROWS:,} rows. {ELSEWHERE}")
    declared = {column.name: column.dtype for column in kind.columns}
    for place, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise BadRows(f"Row {place} is not an object with the names of its columns.")
        for name, value in row.items():
            if name.casefold() not in declared or value is None:
                continue
            if isinstance(value, dict) and declared[name.casefold()] == "object":
                continue
            if isinstance(value, list | dict):
                raise BadRows(
                    f"Row {place}: {name} takes one value, not a list or an object.",
                    fields={name: f"row {place}"},
                )
            if isinstance(value, bool) and declared[name.casefold()] != "boolean":
                raise BadRows(
                    f"Row {place}: {name} takes no true or false.", fields={name: f"row {place}"}
                )
