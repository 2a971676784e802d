import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from core.commands import ProductCommand, TerminalProgress
from core.errors import NotFound
from ingestion.mapping import BadMapping
from ingestion.services import load_file, outcome, receive_file
from runs.models import RunState
from runs.services import perform_in_turn


class Command(ProductCommand):
    help = "Bring a file in, of whichever format. Rejected rows are listed, and nothing is lost."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", metavar="PATH")
        parser.add_argument("--kind", required=True)
        parser.add_argument("--source", default="", metavar="NAME")
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--preset", default="", metavar="P")
        how.add_argument("--mapping", default="", metavar="F", help="a JSON file")
        parser.add_argument("--dry-run", action="store_true", help="report, and change nothing")

    def answer(self, **options: Any) -> dict[str, Any]:
        load = receive_file(
            path=Path(options["path"]),
            kind=options["kind"],
            source=options["source"],
            preset=options["preset"],
            mapping=_mapping(options["mapping"]),
            dry_run=options["dry_run"],
            send=False,
        )
        progress = TerminalProgress()
        run = perform_in_turn(run=load.run, job=load_file, listen=progress)
        progress.close()
        load.refresh_from_db()
        answer = {**outcome(load), "state": run.state, "notes": load.notes}
        if load.held_for:
            answer["held_for"] = load.held_for
        return {**answer, "error": run.error, "remedy": run.remedy} if run.error else answer

    def say(self, answer: dict[str, Any]) -> str:
        if answer["state"] == RunState.HELD:
            how = f"accept_import {answer['id']}, or accept_import {answer['id']} --refuse"
            return f"Import {answer['id']} is held: {answer['held_for']} Decide by {how}."
        if answer["state"] != RunState.SUCCEEDED:
            return f"Import {answer['id']} {answer['state']}: {answer.get('error', '')}"
        counts = ("loaded", "changed", "identical", "duplicate", "rejected")
        parts = ", ".join(f"{answer[name]:,} {name}" for name in counts)
        return f"Import {answer['id']}: {answer['read']:,} rows read: {parts}."


def _mapping(path: str) -> dict[str, Any] | None:
    if not path:
        return None
    try:
        mapping: dict[str, Any] = json.loads(Path(path).read_text())
    except FileNotFoundError as error:
        raise NotFound(f"There is no mapping file {path}.") from error
    except ValueError as error:
        raise BadMapping(f"{path} is not JSON: {error}.") from error
    return mapping
