from typing import Any

from django.core.management.base import CommandParser

from accounts.services import create_api_key
from core.commands import ProductCommand


class Command(ProductCommand):
    help = "Give a person's programs a key. It is shown once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", metavar="EMAIL")
        parser.add_argument("--name", required=True, metavar="N")
        parser.add_argument("--scope", nargs="+", default=[], metavar="CAPABILITY")

    def answer(self, **options: Any) -> dict[str, Any]:
        stored, key = create_api_key(
            email=options["email"], name=options["name"], scopes=options["scope"]
        )
        return {"key": key, "prefix": stored.prefix, "scopes": stored.scopes}
