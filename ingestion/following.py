"""A stream is followed: small batches as they come, each a load that moves the offsets on."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from threading import Event

from core.contracts.connector import Batch, Stream
from core.errors import Conflict, Refused
from core.locks import leave_session_lock, try_session_lock
from ingestion.known_connectors import connector_of, reach
from ingestion.models import Load
from ingestion.reading import enter_batch, finish_left_behind, note_failure, note_success
from ingestion.source_models import Source

# How often an idle follower says that it is there, and looks whether it is still wanted.
LOOK_SECONDS = 10.0
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0

log = logging.getLogger(__name__)


def follow_source(
    source: Source, *, stopped: Callable[[], bool], once: bool = False
) -> Iterator[Load]:
    """Each finished load of a stream, until it is stopped, paused or changed.

    ``once``: until what is there now is read.
    """
    _stream(source)
    if not source.enabled:
        raise Conflict(f"{source.name} is paused. Let it go on first.")
    with _alone(source):
        try:
            yield from _followed(source, stopped, once=once)
        except Exception as error:
            note_failure(source, error)
            raise
    note_success(source)


def follow_on(source: Source, *, stop: Event) -> Iterator[Load]:
    """The same, and where it fails it is tried again, after longer and longer pauses."""
    pause = FIRST_PAUSE
    while not stop.is_set():
        try:
            for load in follow_source(source, stopped=stop.is_set):
                pause = FIRST_PAUSE
                yield load
            return
        except Refused as refusal:
            log.warning("%s: %s", source.name, refusal.message)
            stop.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
            source.refresh_from_db()
            if not source.enabled:
                return


def _followed(source: Source, stopped: Callable[[], bool], *, once: bool) -> Iterator[Load]:
    yield from finish_left_behind(source)
    source.refresh_from_db()
    settings = _settings(source)
    looked = 0.0
    with closing(_batches(source, once=once)) as batches:
        for batch in batches:
            if batch is not None:
                load = enter_batch(source, batch, pushed=True)
                if load is not None:
                    yield load
            if stopped():
                return
            if time.monotonic() - looked > LOOK_SECONDS:
                looked = time.monotonic()
                note_success(source)
                now = Source.objects.get(pk=source.pk)
                if (_settings(now), now.position) != (settings, source.position):
                    return


def _batches(source: Source, *, once: bool) -> Iterator[Batch | None]:
    stream = _stream(source)
    read = stream.read if once else stream.follow
    return read(source.cursor, reach())


def _stream(source: Source) -> Stream:
    connector = connector_of(source)
    if not isinstance(connector, Stream):
        raise Conflict(f"{source.name} is no stream: it is read by the clock, or by hand.")
    return connector


def _settings(source: Source) -> tuple[object, ...]:
    """What makes a follower begin anew when somebody changes it."""
    return (source.enabled, source.kind, source.options, source.secrets, source.mapping)


@contextmanager
def _alone(source: Source) -> Iterator[None]:
    name = f"follow source {source.pk}"
    if not try_session_lock(name):
        raise Conflict(f"{source.name} is followed by another process already.")
    try:
        yield
    finally:
        leave_session_lock(name)
