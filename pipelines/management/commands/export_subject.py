from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from core.commands import ProductCommand, written_whole
from pipelines.subject import write_subject


class Command(ProductCommand):
    help = "Write everything that is held about a person to a zip: JSON files and a page."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("customer_id", metavar="CUSTOMER_ID")
        parser.add_argument("--out", required=True, metavar="F", help="a zip file")

    def answer(self, **options: Any) -> dict[str, Any]:
        out = Path(options["out"])
        with written_whole(out) as draft, draft.open("wb") as file:
            names = write_subject(customer_id=options["customer_id"], out=file)
        return {"out": str(out), "files": names}
