from typing import Any

from django.core.management.base import CommandParser

from core.commands import ProductCommand, TerminalProgress
from ingestion.holding import accept_load, refuse_load
from ingestion.services import load_file, load_numbered, outcome
from runs.models import MOVING
from runs.services import perform_in_turn


class Command(ProductCommand):
    help = "Enter a held load, or let models learn from one of poor quality."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("id", type=int, metavar="ID")
        parser.add_argument("--refuse", action="store_true", help="let a held load not enter")

    def answer(self, **options: Any) -> dict[str, Any]:
        load = load_numbered(options["id"])
        if options["refuse"]:
            return {"id": load.pk, "refused": refuse_load(load=load).run_id == load.pk}
        run = accept_load(load=load, send=False).run
        if run.state in MOVING:
            progress = TerminalProgress()
            perform_in_turn(run=run, job=load_file, listen=progress)
            progress.close()
        return outcome(load_numbered(load.pk))
