"""What the pages of sources say, in words and figures."""

from dataclasses import fields
from datetime import datetime
from typing import Any

from django.utils import timezone

from core.contracts.connector import Connector
from core.formats import counted, moment_words, whole
from ingestion.known_connectors import connectors
from ingestion.models import Load
from ingestion.pages import kind_title
from ingestion.selectors import rows_lately
from ingestion.source_models import Source
from ingestion.sources import next_read
from runs.models import MOVING

LOADS_SHOWN = 10
HIDDEN = "kept encrypted"


def list_words(sources: list[Source], now: datetime) -> dict[str, Any]:
    """The finding of the list: what cannot be read first, then how much came."""
    if not sources:
        return {
            "finding": "No source is set up yet.",
            "lede": "A source brings new rows by itself: from a database, a folder or a service.",
            "rows": [],
        }
    failing = [source for source in sources if source.problem]
    came = rows_lately()
    rows = sum(came.get(source.name, (0, 0))[0] for source in sources)
    finding = f"All of {counted(len(sources), 'source')} could be read."
    if len(sources) == 1:
        finding = f"{sources[0].name} could be read."
    if not any(source.read_at or source.problem for source in sources):
        finding = "No source was read yet."
    if failing:
        finding = f"{failing[0].name} cannot be read: {failing[0].problem}"
    if len(failing) > 1:
        finding = f"{len(failing)} of {counted(len(sources), 'source')} cannot be read."
    return {
        "finding": finding,
        "lede": f"They brought {counted(rows, 'row')} in seven days.",
        "rows": [source_row(source, came.get(source.name, (0, 0)), now) for source in sources],
    }


def source_row(source: Source, came: tuple[int, int], now: datetime) -> dict[str, Any]:
    rows, rejected = came
    return {
        "number": source.pk,
        "name": source.name,
        "what": f"{_title(source.connector)}, {kind_title(source.kind).lower()}",
        "state": state(source),
        "read_at": moment_words(source.read_at) if source.read_at else "not yet",
        "rows": whole(rows),
        "rejected": whole(rejected),
        "bad": bool(rejected),
        "next": next_words(source, now),
    }


def state(source: Source) -> str:
    """As c-state knows it."""
    if source.reading is not None and source.reading.state in MOVING:
        return str(source.reading.state)
    if not source.enabled:
        return "paused"
    if source.problem:
        return "failed"
    return "succeeded" if source.read_at else "not read yet"


def next_words(source: Source, now: datetime) -> str:
    if not source.enabled:
        return "paused"
    if connectors()[source.connector].is_stream:
        return "followed without a pause"
    if source.every_minutes is None:
        return "when asked"
    at = next_read(source)
    if at is None:
        return "at work"
    return "now" if at <= now else moment_words(at)


def source_words(source: Source, loads: list[Load]) -> dict[str, Any]:
    """The page of one source."""
    plugin = connectors()[source.connector]
    return {
        "source": source,
        "finding": _finding(source, loads),
        "lede": source.changes or f"{_title(source.connector)}: {plugin.says.lower()}.",
        "state": state(source),
        "moving": source.reading is not None and source.reading.state in MOVING,
        "is_stream": plugin.is_stream,
        "run": source.reading_id,
        "facts": _facts(source, plugin),
        "loads": [_load_row(load) for load in loads[:LOADS_SHOWN]],
    }


def _finding(source: Source, loads: list[Load]) -> str:
    if source.problem:
        return f"{source.name} could not be read."
    if source.read_at is None:
        return f"{source.name} was not read yet."
    if not loads:
        return f"{source.name} answers; it has brought no rows so far."
    newest = loads[0]
    rows = counted(newest.loaded + newest.changed, "row")
    return f"{source.name} brought {rows} on {moment_words(newest.created_at)}."


def _facts(source: Source, plugin: type[Connector]) -> list[tuple[str, str]]:
    facts = [
        ("Holds", kind_title(source.kind)),
        ("Next reading", next_words(source, timezone.now())),
        ("Last read", moment_words(source.read_at) if source.read_at else "not yet"),
    ]
    for option in fields(plugin):
        value = source.options.get(option.name, HIDDEN)
        if value not in ("", None) and value != option.default:
            facts.append((option.metadata["label"], str(value)))
    if source.columns:
        facts.append(("Its columns", ", ".join(source.columns)))
    return facts


def _load_row(load: Load) -> dict[str, Any]:
    return {
        "number": load.pk,
        "name": load.file_name,
        "state": load.state,
        "when": moment_words(load.created_at),
        "read": whole(load.read),
        "accepted": whole(load.loaded + load.changed + load.identical),
        "rejected": whole(load.rejected),
    }


def choices() -> list[dict[str, str]]:
    """The connectors that one can choose of."""
    return [
        {"key": key, "title": plugin.title, "says": plugin.says}
        for key, plugin in connectors().items()
    ]


def _title(key: str) -> str:
    return connectors()[key].title
