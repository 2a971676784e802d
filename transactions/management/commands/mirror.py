import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser

from core.commands import ProductCommand
from transactions.agreement import mirror_differences
from transactions.mirror import MISSING
from transactions.services import REBUILD, rebuild_mirror


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
        lines = [_words(difference) for difference in answer["differences"]]
        return "\n".join([*lines, f"Make it anew: {REBUILD}"])

    def end(self, answer: dict[str, Any]) -> None:
        if answer.get("equal") is False:
            sys.exit(1)


def _words(difference: dict[str, Any]) -> str:
    where = f"Load {difference['load_id']}" if difference["load_id"] else "Products"
    if difference["problem"]:
        verb = "is missing" if difference["problem"] == MISSING else difference["problem"]
        return f"{where}: the {difference['what']} {verb}"
    both = f"{difference['record']} in the record, {difference['mirror']} in the mirror"
    return f"{where}: {difference['what']}: {both}"
