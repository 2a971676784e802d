"""Rows of pages and apps: kept as they come, one row a request, and entered together.

A shop with many visitors sends many small requests. Each is written down and answered; about once a
second all that waits of one kind and source enters as one load. What is written down and the load
that takes it change in one transaction: whoever is killed in between loses and doubles nothing.
"""

import json
import logging
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from threading import Event
from typing import Any

import polars as pl
from django.db import close_old_connections, connections, transaction
from django.db.models import QuerySet, Sum

from accounts.models import User
from accounts.write_keys import WEB, TooOften
from core.contracts.import_kind import ImportKind
from core.formats import counted
from ingestion.known_kinds import kind_named
from ingestion.mapping import apply_mapping, chosen_mapping
from ingestion.models import Load, PostedRows
from ingestion.posted import Posted
from ingestion.pushes import check_rows
from ingestion.selectors import load_to_enter
from ingestion.services import load_file, receive_file
from runs.models import MOVING, RunState
from runs.services import perform

log = logging.getLogger(__name__)

BETWEEN_LOOKS = 1.0
# Of one load, so that it stays a small one.
MOST_REQUESTS, MOST_BYTES = 2_000, 20 * 1024**2
READ_AT_ONCE = 50
# Of one source: more than a minute of what it may send.
MOST_WAITING_BYTES = 200 * 1024**2
# Whoever else sends in the same second, 1.250 is read in one way.
OPTIONS = {"format": "jsonl", "decimal": "."}


def leave_rows(*, posted: Posted, kind: str, source: str, actor: User) -> PostedRows:
    """Write a request down. What no load could use is refused here: it would spoil others', too."""
    plugin = kind_named(kind)
    rows = posted.rows or []
    check_rows(rows, plugin)
    names = {name.casefold(): None for _, row in rows for name in row}
    mapping = chosen_mapping(kind=plugin, preset="", mapping=None)
    apply_mapping(pl.DataFrame(schema=["row", *names]), plugin, mapping)
    lines = "\n".join([*(_line(row, plugin) for _, row in rows), *map(_readable, posted.unread)])
    _refuse_flood(source, len(lines))
    return PostedRows.objects.create(
        kind=kind, source=source, actor=actor, lines=lines, size=len(lines)
    )


def enter_posted() -> int:
    """Enter what waits, a load after another; how many entered.

    Where the record is busy with another load, what waits goes on waiting.
    """
    entered = 0
    for kind, source in _waiting():
        while load := load_to_enter(kind, source) or gather(kind=kind, source=source):
            run = perform(run=load.run, job=load_file)
            if run.state in MOVING:
                break
            if run.state == RunState.SUCCEEDED:
                Path(load.file_path).unlink(missing_ok=True)
            entered += 1
    return entered


@transaction.atomic
def gather(*, kind: str, source: str) -> Load | None:
    """Make one load of what waits, and take it off the queue; None where nothing does."""
    waiting = PostedRows.objects.select_for_update(skip_locked=True).order_by("pk")
    taken = list(_together(_read(waiting.filter(kind=kind, source=source)), kind))
    if not taken:
        return None
    text = "\n".join(one.lines for one in taken)
    load = receive_file(
        upload=BytesIO(text.encode()),
        file_name=counted(text.count("\n") + 1, "posted row"),
        kind=kind,
        source=source,
        mapping={"options": OPTIONS},
        pushed=True,
        actor=taken[0].actor,
        send=False,
    )
    PostedRows.objects.filter(pk__in=[one.pk for one in taken]).delete()
    return load


def keep_entering(stop: Event) -> None:
    """Beside the requests of a web process: its worker may be busy for minutes."""
    while not stop.wait(BETWEEN_LOOKS):
        close_old_connections()
        try:
            enter_posted()
        except Exception:
            log.exception("What was posted waits, and is tried again")
    connections.close_all()


def _together(waiting: Iterable[PostedRows], kind: str) -> Iterator[PostedRows]:
    """As many requests as one load takes.

    It ends before one that says again what an earlier one has said: within a load that would be a
    second row, or a contradiction, and in a load of its own it is the same row, or a correction.
    """
    known_by = kind_named(kind).known_by
    said: set[tuple[str, ...]] = set()
    size = 0
    for one in waiting:
        now = {tuple(str(row.get(name)) for name in known_by) for row in _objects(one)}
        size += one.size
        if said and (now & said or size > MOST_BYTES):
            return
        said |= now
        yield one


def _read(waiting: QuerySet[PostedRows]) -> Iterator[PostedRows]:
    """A few at a time: they may be large."""
    return waiting[:MOST_REQUESTS].iterator(chunk_size=READ_AT_ONCE)


def _objects(one: PostedRows) -> Iterator[dict[str, Any]]:
    for line in one.lines.split("\n"):
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(row, dict):
            yield row


def _waiting() -> list[tuple[str, str]]:
    """Each kind and source of which requests wait, or a load that was made of them."""
    left = Load.objects.filter(
        source__startswith=WEB, run__state=RunState.QUEUED, run__arguments__has_key="pushed"
    )
    found = [rows.order_by().values_list("kind", "source") for rows in (left, PostedRows.objects)]
    return sorted({pair for pairs in found for pair in pairs.distinct()})


def _line(row: dict[str, Any], kind: ImportKind) -> str:
    """Texts are written as texts: a number of one request changes no id of another."""
    texts = {column.name for column in kind.columns if column.dtype == "text"}
    said = {name.casefold(): value for name, value in row.items()}
    return json.dumps(
        {
            name: json.dumps(value)
            if name in texts and isinstance(value, int | float)
            else value.strip()
            if isinstance(value, str)
            else value
            for name, value in said.items()
        }
    )


def _readable(text: str) -> str:
    """A line that is no row anyhow: no sign in it makes the file another one than it is."""
    return "".join(sign if sign.isprintable() else "�" for sign in text)


def _refuse_flood(source: str, more: int) -> None:
    waiting = PostedRows.objects.filter(source=source).aggregate(size=Sum("size", default=0))
    if waiting["size"] + more > MOST_WAITING_BYTES:
        raise TooOften("Too much waits to be entered. Send it again in a few minutes.")
