import signal
from threading import Event
from typing import Any

from django.core.management.base import CommandParser

from core.commands import ProductCommand
from ingestion.following import follow_on, follow_source
from ingestion.reading import COUNTS
from ingestion.sources import source_named


class Command(ProductCommand):
    help = "Follow a stream: its rows enter as they come. Ctrl-C ends it between two batches."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", metavar="SOURCE")
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--once", action="store_true", help="read what is there now, and end")
        how.add_argument("--keep-trying", action="store_true", help="try again where it fails")

    def answer(self, **options: Any) -> dict[str, Any]:
        stop = Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        source = source_named(options["source"])
        totals = {"source": source.name, "loads": 0, **dict.fromkeys(COUNTS, 0)}
        loads = follow_source(source, stopped=stop.is_set, once=options["once"])
        if options["keep_trying"]:
            loads = follow_on(source, stop=stop)
        for load in loads:
            totals["loads"] += 1
            for name in COUNTS:
                totals[name] += getattr(load, name)
        return totals

    def say(self, answer: dict[str, Any]) -> str:
        parts = ", ".join(f"{answer[name]:,} {name}" for name in COUNTS[1:])
        return f"{answer['source']}: {answer['read']:,} rows read: {parts}."
