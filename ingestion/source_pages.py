"""What the pages of sources say, in words and figures."""

from dataclasses import fields
from datetime import datetime
from typing import Any

from django.utils import timezone

from core.contracts.connector import Connector, Stream
from core.formats import counted, moment_words, spelt, whole
from core.strips import strip
from ingestion.health import FAILING, SHOWN, Health
from ingestion.joined import headers_said
from ingestion.known_connectors import connectors, secrets_of
from ingestion.models import Load
from ingestion.pages import kind_title
from ingestion.source_models import Source
from ingestion.sources import next_read
from runs.models import MOVING

LOADS_SHOWN = 10
HIDDEN = "kept encrypted"
NOTE = (
    "Rows read a day, five weeks to yesterday. Grey: what is usual on the same weekday by the eight"
    " weeks before."
)


def list_words(known: list[Health], now: datetime) -> dict[str, Any]:
    """The finding of the list: what is wrong first, then how much came."""
    of_sources = [health for health in known if health.source]
    others = [health for health in known if not health.source]
    if not known:
        return {
            "finding": "No source is set up yet.",
            "lede": "A source brings new rows by itself: from a database, a folder or a service.",
            "rows": [],
        }
    rows = sum(health.read for health in known)
    return {
        "finding": _list_finding(known),
        "lede": f"{counted(rows, 'row')} came in seven days.",
        "rows": [health_row(health, now) for health in of_sources],
        "others": [health_row(health, now) for health in others],
        "title": _sources_title(of_sources),
        "note": NOTE,
        "others_note": "" if of_sources else NOTE,
    }


def _list_finding(known: list[Health]) -> str:
    off = [health for health in known if health.problems]
    if len(off) > 1:
        return f"{whole(len(off))} of {counted(len(known), 'source')} need a look."
    if off:
        topic, words = next(iter(off[0].problems.items()))
        return f"{off[0].name} cannot be read." if topic == FAILING else words
    waiting = [health.source for health in known if health.source and _waits(health.source)]
    if waiting:
        return _waiting_words(waiting[0])
    if not any(health.newest for health in known):
        return "No source has brought anything yet."
    if len(known) == 1:
        return f"{known[0].name} comes in as usual."
    many = "Both" if len(known) == 2 else f"All {spelt(len(known))}"
    return f"{many} sources come in as usual."


def _sources_title(of_sources: list[Health]) -> str:
    if not of_sources:
        return "No source is read by itself yet"
    if len(of_sources) == 1:
        return "1 source is read by itself"
    return f"{whole(len(of_sources))} sources are read by themselves"


def health_row(health: Health, now: datetime) -> dict[str, Any]:
    source = health.source
    begin = len(health.counts) - SHOWN
    bands = {
        at - begin: (band.low, band.high) if band else None for at, band in health.bands.items()
    }
    newest = health.bands[len(health.counts) - 1]
    return {
        "number": source.pk if source else None,
        "name": health.name,
        "what": _what(source) if source else "by files and programs",
        "state": state(source) if source else "",
        "newest": moment_words(health.newest) if health.newest else "not yet",
        "next": next_words(source, now) if source else "",
        "yesterday": whole(health.counts[-1]),
        "usual": f"{whole(round(newest.low))}–{whole(round(newest.high))}" if newest else "–",
        "rows": whole(health.read),
        "rejected": whole(health.rejected),
        "bad": bool(health.rejected),
        "problem": _told_in_its_row(health),
        "strip": strip(health.counts[begin:], bands, [at - begin for at in health.off]),
    }


def _told_in_its_row(health: Health) -> str:
    """What is wrong, without the name that stands beside it."""
    words = next(iter(health.problems.values()), "").removeprefix(f"{health.name} ")
    return words[:1].upper() + words[1:]


def _what(source: Source) -> str:
    return f"{_title(source.connector)}, {kind_title(source.kind).lower()}"


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
        return "after a look at its columns" if _waits(source) else "when it goes on"
    if issubclass(connectors()[source.connector], Stream):
        return "followed without a pause"
    if source.every_minutes is None:
        return "when asked"
    at = next_read(source)
    if at is None:
        return "at work"
    return "now" if at <= now else moment_words(at)


def source_words(source: Source, loads: list[Load], health: Health) -> dict[str, Any]:
    """The page of one source."""
    plugin = connectors()[source.connector]
    return {
        "source": source,
        "finding": _finding(source, loads),
        "lede": source.changes or f"{plugin.title}. {plugin.says}.",
        "state": state(source),
        "moving": source.reading is not None and source.reading.state in MOVING,
        "waits": _waits(source),
        "is_stream": issubclass(plugin, Stream),
        "run": source.reading_id,
        "facts": _facts(source, plugin),
        "health": health_row(health, timezone.now()) if _health_words(health) else None,
        "health_words": _health_words(health),
        "loads": [_load_row(load) for load in loads[:LOADS_SHOWN]],
    }


def _finding(source: Source, loads: list[Load]) -> str:
    if source.problem:
        return f"{source.name} could not be read."
    if _waits(source):
        return _waiting_words(source)
    if source.read_at is None:
        return f"{source.name} was not read yet."
    if not loads:
        return f"{source.name} answers; it has brought no rows so far."
    newest = loads[0]
    if newest.undone_at:
        return f"What {source.name} brought last was undone."
    rows = counted(newest.loaded + newest.changed, "row")
    return f"{source.name} brought {rows} on {moment_words(newest.created_at)}."


def _waits(source: Source) -> bool:
    """Set up, and not let go on yet."""
    return source.read_at is None and not source.enabled


def _waiting_words(source: Source) -> str:
    return f"{source.name} waits until you have looked at its columns."


def _health_words(health: Health) -> str:
    """Empty before a whole day can be judged."""
    odd = [words for topic, words in health.problems.items() if topic != FAILING]
    if odd:
        return odd[0].rstrip(".")
    return "It comes in as usual" if any(health.counts) else ""


def _facts(source: Source, plugin: type[Connector]) -> list[tuple[str, str]]:
    facts = [
        ("Holds", kind_title(source.kind)),
        ("Next reading", next_words(source, timezone.now())),
        ("Last read", moment_words(source.read_at) if source.read_at else "not yet"),
    ]
    if columns := source.mapping.get("columns"):
        named = {name: " + ".join(headers_said(said)) for name, said in columns.items()}
        renamed = [f"{name}: {said}" for name, said in named.items() if said not in ("", name)]
        facts.append(("Column names", ", ".join(renamed) or "as ours are"))
    hidden = secrets_of(source)
    for option in fields(plugin):
        value = HIDDEN if option.name in hidden else source.options.get(option.name)
        if value not in ("", None, option.default):
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


def form_words(plugin: type[Connector], source: Source | None) -> dict[str, str]:
    if source is not None:
        return {
            "finding": f"Change how {source.name} is read.",
            "lede": "Reading goes on where it stopped; other rows, like those of another table, are"
            " read from their beginning.",
        }
    return {
        "finding": f"{plugin.title}: {plugin.says[0].lower()}{plugin.says[1:]}.",
        "lede": "Test the connection first: it looks, and changes nothing here or there.",
    }


def choices() -> list[dict[str, str]]:
    """The connectors that one can choose of."""
    return [
        {"key": key, "title": plugin.title, "says": plugin.says}
        for key, plugin in connectors().items()
    ]


def _title(key: str) -> str:
    return connectors()[key].title
