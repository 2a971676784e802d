"""Verbs of sources: made, changed, paused, tried and asked to be read."""

import json
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from accounts.models import User
from core.contracts.columns import LONGEST_KEY
from core.contracts.connector import Found, Stream
from core.errors import Conflict, NotFound
from core.services import record_audit
from ingestion.feeds import note_fetched
from ingestion.known_connectors import (
    BadSource,
    connector_named,
    connector_of,
    made_connector,
    parted,
    reach,
    secrets_of,
)
from ingestion.known_kinds import kind_named
from ingestion.mapping import chosen_mapping
from ingestion.source_models import Source
from runs.models import MOVING, Run
from runs.services import request

READ, TASK = "read_source", "ingestion.tasks.read"
# A source that fails is asked again after twice the time, and twice that, up to a day.
LONGEST_PAUSE = timedelta(days=1)


def source_numbered(number: int) -> Source:
    source = Source.objects.select_related("reading").filter(pk=number).first()
    if source is None:
        raise NotFound(f"There is no source {number}.")
    return source


def source_named(name: str) -> Source:
    source = Source.objects.filter(name=name).first()
    if source is None:
        known = ", ".join(Source.objects.values_list("name", flat=True)) or "none yet"
        raise NotFound(f"There is no source {name!r}. Sources are: {known}.")
    return source


def create_source(
    *,
    name: str,
    connector: str,
    kind: str,
    options: dict[str, Any],
    preset: str = "",
    mapping: dict[str, Any] | None = None,
    every_minutes: int | None = None,
    enabled: bool = True,
    actor: User | None,
) -> Source:
    """``enabled=False``: it is not read by itself until somebody lets it go on."""
    name = name.strip()
    if not 0 < len(name) <= LONGEST_KEY:
        raise BadSource(
            f"A source has a name of at most {LONGEST_KEY} letters.", fields={"name": "a name"}
        )
    open_options, hidden = parted(connector, options)
    values = _checked(connector, kind, {**open_options, **hidden}, preset, mapping)
    try:
        with transaction.atomic():
            source = Source.objects.create(
                name=name,
                connector=connector,
                options=open_options,
                secrets=json.dumps(hidden),
                every_minutes=_clock(connector, every_minutes),
                enabled=enabled,
                **values,
            )
            record_audit(
                actor=actor, verb="create_source", subject=name, detail={"connector": connector}
            )
    except IntegrityError as error:
        raise Conflict(f"There is a source {name} already.", fields={"name": "taken"}) from error
    return source


@transaction.atomic
def change_source(
    *,
    source: Source,
    kind: str,
    options: dict[str, Any],
    preset: str = "",
    mapping: dict[str, Any] | None = None,
    every_minutes: int | None = None,
    actor: User | None,
) -> Source:
    """A secret that is not given stays. Other rows, like another table's, are read from their
    beginning."""
    source = Source.objects.select_for_update().get(pk=source.pk)
    open_options, hidden = parted(source.connector, options)
    kept = {**secrets_of(source), **hidden}
    values = _checked(source.connector, kind, {**open_options, **kept}, preset, mapping)
    changed = sorted(
        {name for name, value in open_options.items() if source.options.get(name) != value}
        | set(hidden)
    )
    for name, value in values.items():
        setattr(source, name, value)
    source.options, source.secrets = open_options, json.dumps(kept)
    source.every_minutes = _clock(source.connector, every_minutes)
    source.failures = 0
    if set(changed) & set(connector_named(source.connector).place):
        source.cursor, source.columns, source.changes = {}, [], ""
        source.position += 1
        note_fetched(source)
    source.save()
    record_audit(
        actor=actor, verb="change_source", subject=source.name, detail={"changed": changed}
    )
    return source


@transaction.atomic
def start_over(*, source: Source, actor: User | None) -> None:
    """Forget how far it was read: rows that are there already change nothing when they come."""
    Source.objects.filter(pk=source.pk).update(cursor={}, position=F("position") + 1, columns=[])
    note_fetched(source)
    record_audit(actor=actor, verb="start_source_over", subject=source.name)


@transaction.atomic
def pause_source(*, source: Source, paused: bool, actor: User | None) -> None:
    """A paused source is not read by the clock, and a stream is not followed."""
    if not Source.objects.filter(pk=source.pk, enabled=paused).update(enabled=not paused):
        raise Conflict(f"{source.name} is {'paused' if paused else 'not paused'} already.")
    record_audit(
        actor=actor, verb="pause_source" if paused else "resume_source", subject=source.name
    )


@transaction.atomic
def delete_source(*, source: Source, actor: User | None) -> None:
    """What it brought stays, with its reports; it is only read no more."""
    source = Source.objects.select_for_update().get(pk=source.pk)
    if Run.objects.filter(pk=source.reading_id, state__in=MOVING).exists():
        raise Conflict(f"{source.name} is being read. Wait for its end, or stop its run first.")
    source.delete()
    record_audit(actor=actor, verb="delete_source", subject=source.name)


def try_source(*, connector: str, options: dict[str, Any], source: Source | None = None) -> Found:
    """Connect as the form says; what the form keeps back is taken from the source."""
    open_options, hidden = parted(connector, options)
    kept = secrets_of(source) if source else {}
    return made_connector(connector, {**open_options, **kept, **hidden}).test(reach())


@transaction.atomic
def request_read(*, source: Source, actor: User | None = None, send: bool = True) -> Run:
    """Queue a reading; one that is on its way already is joined."""
    source = Source.objects.select_for_update().select_related(None).get(pk=source.pk)
    if isinstance(connector_of(source), Stream):
        raise Conflict(f"{source.name} is a stream: it is followed by consume, not read by hand.")
    under_way = Run.objects.filter(pk=source.reading_id, state__in=MOVING).first()
    if under_way is not None:
        return under_way
    run = request(
        name=READ,
        task=TASK,
        arguments={"source": source.pk},
        actor=actor,
        send=send,
    )
    Source.objects.filter(pk=source.pk).update(reading=run)
    if actor is not None:
        record_audit(actor=actor, verb="read_source", subject=source.name)
    return run


@transaction.atomic
def request_more(*, run: Run) -> Run:
    """The next sitting of a reading that has given way to others."""
    source = Source.objects.select_for_update().get(pk=run.arguments["source"])
    further = request(name=READ, task=TASK, arguments=run.arguments, actor=run.requested_by)
    Source.objects.filter(pk=source.pk).update(reading=further)
    return further


def request_due(*, now: datetime) -> list[Run]:
    """Ask for the reading of each source whose time has come."""
    timed = Source.objects.filter(enabled=True, every_minutes__isnull=False)
    due = [source for source in timed.select_related("reading") if is_due(source, now)]
    return [request_read(source=source) for source in due]


def is_due(source: Source, now: datetime) -> bool:
    next_time = next_read(source)
    return next_time is not None and next_time <= now


def next_read(source: Source) -> datetime | None:
    """None where the clock does not ask for it, or a reading is under way."""
    if not source.enabled or source.every_minutes is None:
        return None
    if source.reading is None:
        return source.created_at
    if source.reading.state in MOVING:
        return None
    pause = timedelta(minutes=source.every_minutes * 2 ** min(source.failures, 12))
    longest = max(LONGEST_PAUSE, timedelta(minutes=source.every_minutes))
    return source.reading.created_at + min(pause, longest)


def _clock(connector: str, every_minutes: int | None) -> int | None:
    """A stream is followed: the clock has no part in it."""
    return None if issubclass(connector_named(connector), Stream) else every_minutes


def _checked(
    connector: str,
    kind: str,
    options: dict[str, Any],
    preset: str,
    mapping: dict[str, Any] | None,
) -> dict[str, Any]:
    """The fields of a source that may come from outside, refused where they cannot be meant."""
    made_connector(connector, options)
    plugin = kind_named(kind)
    chosen_mapping(kind=plugin, preset=preset, mapping=mapping)
    return {"kind": plugin.key, "preset": preset, "mapping": mapping or {}}
