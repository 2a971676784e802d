"""The job that reads a source: batch after batch by the road of every file, each a load."""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

from django.db.models import F
from django.utils import timezone

from core.contracts.connector import Batch, SourceRefused
from core.errors import Refused
from ingestion.feeds import Feed, ReadAlready, skip
from ingestion.known_connectors import connector_of, reach
from ingestion.known_kinds import kind_named
from ingestion.mapping import MissingColumn, chosen_mapping
from ingestion.models import Load
from ingestion.services import load_file, receive_file
from ingestion.source_models import Source
from ingestion.tables import UNREADABLE
from ingestion.uploads import unlink_read
from runs.models import MOVING, RunState
from runs.services import perform_in_turn
from runs.work import Superseded, Work

# Then others get their turn, and reading goes on in another run.
SITTING_SECONDS = 120.0
COUNTS = ("read", "loaded", "changed", "identical", "duplicate", "rejected")


class NotEntered(Refused):
    code = "not_entered"
    remedy = "Put right what its import says, then read the source again."


def read_source(work: Work) -> dict[str, Any]:
    """The job of a reading. It goes on where the rows that are in the record end."""
    source = Source.objects.get(pk=work.run.arguments["source"])
    deadline = time.monotonic() + SITTING_SECONDS
    totals = dict.fromkeys(COUNTS, 0)
    many, more = 0, False
    try:
        with work.step("read") as step:
            for load in read_on(source):
                many += 1
                for name in COUNTS:
                    totals[name] += getattr(load, name)
                step.wrote(totals["read"])
                if more := time.monotonic() > deadline:
                    break
    except Superseded:
        raise
    except Exception as error:
        note_failure(source, error)
        raise
    note_success(source)
    return {**totals, "loads": many, "more": more, "customers": []}


def read_on(source: Source) -> Iterator[Load]:
    """Enter what the source has from its cursor on; each finished load as it is there."""
    yield from finish_left_behind(source)
    source.refresh_from_db()
    connector = connector_of(source)
    with closing(connector.read(source.cursor, reach())) as batches:
        for batch in _plainly(batches):
            load = enter_batch(source, batch)
            if load is not None:
                yield load


def enter_batch(source: Source, batch: Batch, *, pushed: bool = False) -> Load | None:
    """A finished load of these rows, which moved the source on; None where there were none."""
    if batch.is_empty:
        skip(Feed(source, batch.cursor))
        _moved(source, batch)
        return None
    batch = _whole(source, batch)
    _note_columns(source, batch)
    try:
        load = receive_file(
            upload=batch.opened(),
            file_name=batch.name,
            kind=source.kind,
            source=source.name,
            preset=source.preset,
            mapping=source.mapping or None,
            pushed=pushed,
            feed=Feed(source, batch.cursor),
            send=False,
        )
    except MissingColumn as error:
        had = f" It was there before: {source.name} has changed." if source.position else ""
        raise MissingColumn(f"{batch.name}: {error.message}{had}", fields=error.fields) from error
    except Refused as error:
        if batch.name in error.message:
            raise
        raise SourceRefused(f"{batch.name}: {error.message}", fields=error.fields) from error
    except OSError as error:
        raise SourceRefused(f"{batch.name} stopped in the middle: {error}") from error
    done = _entered(load)
    _moved(source, batch)
    return done


def _moved(source: Source, batch: Batch) -> None:
    """As the rows moved it. It is not asked anew: where somebody has set it back meanwhile, what
    this reader still has in hand must not enter."""
    source.cursor, source.position = batch.cursor, source.position + 1


def finish_left_behind(source: Source) -> Iterator[Load]:
    """Loads of a reader that died: finished first, so that their rows are not read again.

    Nothing is read on while a load waits for somebody's decision.
    """
    held = Load.objects.filter(feed=source, run__state=RunState.HELD).first()
    if held is not None:
        raise NotEntered(_held_words(held))
    waiting = Load.objects.filter(feed=source, run__state__in=MOVING).order_by("pk")
    for load in waiting.select_related("run"):
        try:
            yield _entered(load)
        except (ReadAlready, NotEntered):
            continue


def _entered(load: Load) -> Load:
    run = perform_in_turn(run=load.run, job=load_file)
    load.refresh_from_db()
    if run.state == RunState.HELD:
        raise NotEntered(_held_words(load))
    if run.state != RunState.SUCCEEDED:
        said = run.error or f"it was {run.state}."
        raise NotEntered(f"Import {load.pk}, {load.file_name}: {said}")
    unlink_read(load)
    return load


def _held_words(load: Load) -> str:
    return f"Import {load.pk} is held: {load.held_for} Accept or refuse it; then reading goes on."


def _plainly(batches: Iterator[Batch]) -> Iterator[Batch]:
    """What the network or a file system says, in words."""
    try:
        yield from batches
    except OSError as error:
        why = error.strerror or str(error)
        raise SourceRefused(f"The source stopped in the middle: {why}.") from error


def _whole(source: Source, batch: Batch) -> Batch:
    """Objects may leave fields out: a column that none of a batch has is there, and empty.

    Messages that are no rows are rejected one by one, also where nothing else has come yet.
    """
    if not batch.objects:
        return batch
    first, *others = batch.objects
    no_rows = all(set(one) == {UNREADABLE} for one in batch.objects)
    known = dict.fromkeys([*source.columns, *(_needed(source) if no_rows else ())])
    return replace(batch, objects=({**known, **first}, *others))


def _needed(source: Source) -> list[str]:
    """The columns, as the source calls them, without which no row of its kind enters."""
    kind = kind_named(source.kind)
    names = [column.name for column in kind.columns if column.needed]
    names += [name for choice in kind.needed_one_of for name in choice[0]]
    mapping = chosen_mapping(kind=kind, preset=source.preset, mapping=source.mapping or None)
    return [mapping.columns.get(name, name) for name in names]


def _note_columns(source: Source, batch: Batch) -> None:
    """Tell of columns that came or went since the last batch; objects may leave fields out."""
    if batch.file is not None:
        return
    if batch.table is not None:
        names = batch.table.columns
        gone = sorted(set(source.columns) - set(names))
    else:
        sent = dict.fromkeys(name for one in batch.objects for name in one)
        names, gone = [*source.columns, *(n for n in sent if n not in source.columns)], []
    new = sorted(set(names) - set(source.columns))
    if not new and not gone:
        return
    told = [f"new: {', '.join(new)}"] * bool(new) + [f"gone: {', '.join(gone)}"] * bool(gone)
    changes = f"Its columns changed; {'; '.join(told)}." if source.columns else ""
    source.columns, source.changes = list(names), changes
    source.save(update_fields=["columns", "changes"])


def note_failure(source: Source, error: Exception) -> None:
    said = error.message if isinstance(error, Refused) else f"{type(error).__name__}: {error}"
    Source.objects.filter(pk=source.pk).update(problem=said[:2000], failures=F("failures") + 1)


def note_success(source: Source) -> None:
    Source.objects.filter(pk=source.pk).update(problem="", failures=0, read_at=timezone.now())
