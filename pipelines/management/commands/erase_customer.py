from typing import Any

from django.core.management.base import CommandParser

from core.commands import ProductCommand, TerminalProgress
from pipelines.erasure import certificate_of, erase, request_erasure
from runs.models import RunState
from runs.services import perform_in_turn


class Command(ProductCommand):
    help = "Erase a person on request, in every table and file; prints the certificate."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("customer_id", metavar="CUSTOMER_ID")

    def answer(self, **options: Any) -> dict[str, Any]:
        progress = TerminalProgress()
        asked = request_erasure(customer_id=options["customer_id"], send=False)
        run = perform_in_turn(run=asked, job=erase, listen=progress)
        progress.close()
        failed = {"error": run.error, "remedy": run.remedy} if run.error else {}
        return {**certificate_of(run), **failed}

    def say(self, answer: dict[str, Any]) -> str:
        if answer["state"] != RunState.SUCCEEDED:
            return f"Erasure {answer['id']} {answer['state']}: {answer.get('error', '')}"
        lines = [f"{answer['person']} was erased. Run {answer['id']} keeps this certificate:"]
        lines += [
            f"  {app}: {many:,} {what}"
            for app, counts in answer["touched"].items()
            for what, many in counts.items()
        ]
        return "\n".join(lines)
