import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser

from core.commands import ProductCommand
from transactions.selectors import mirror_differences
from transactions.services import rebuild_mirror


class Command(ProductCommand):
    help = "Compare the columnar mirror with the record, or make it anew."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("verb", choices=["verify", "rebuild"])

    def answer(self, **options: Any) -> dict[str, Any]:
        if options["verb"] == "rebuild":
            return asdict(rebuild_mirror())
        differences = [asdict(difference) for difference in mirror_differences()]
        return {"equal": not differences, "differences": differences}

    def say(self, answer: dict[str, Any]) -> str:
        if "written" in answer:
            return f"{answer['written']} files, {answer['rows']:,} rows"
        if answer["equal"]:
            return "The mirror equals the record."
        lines = [
            f"Load {d['load_id']}: {d['what']} is {d['record']} in the record, {d['mirror']} in"
            " the mirror"
            for d in answer["differences"]
        ]
        return "\n".join([*lines, "Make it anew: manage.py mirror rebuild"])

    def end(self, answer: dict[str, Any]) -> None:
        if answer.get("equal") is False:
            sys.exit(1)
