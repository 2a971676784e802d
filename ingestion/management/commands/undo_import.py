from typing import Any

from django.core.management.base import CommandParser

from core.commands import ProductCommand
from ingestion.services import load_numbered, request_undo, undo_load
from runs.models import RunState
from runs.services import perform_in_turn


class Command(ProductCommand):
    help = "Take out the rows that an import inserted."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("id", type=int, metavar="ID")

    def answer(self, **options: Any) -> dict[str, Any]:
        load = load_numbered(options["id"])
        run = perform_in_turn(run=request_undo(load=load, send=False), job=undo_load)
        load.refresh_from_db()
        if run.state != RunState.SUCCEEDED:
            return {"id": load.pk, "state": "failed", "error": run.error, "remedy": run.remedy}
        return {"id": load.pk, "state": load.state, "restored": run.result["restored"]}
