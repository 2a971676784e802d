from typing import Any

from django.core.management.base import CommandParser

from accounts.services import create_api_key
from accounts.write_keys import USUAL_EVENTS, create_write_key
from core.commands import ProductCommand


class Command(ProductCommand):
    help = "Give a person's programs a key. It is shown once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", metavar="EMAIL")
        parser.add_argument("--name", required=True, metavar="N")
        parser.add_argument("--scope", nargs="+", default=[], metavar="CAPABILITY")

        parser.add_argument(
            "--write-only",
            action="store_true",
            help="for a shop's pages: it sends, and reads nothing",
        )
        parser.add_argument("--origin", nargs="+", default=[], metavar="ADDRESS")
        parser.add_argument("--orders", action="store_true", help="it may send orders, too")
        parser.add_argument("--event-kind", nargs="+", default=USUAL_EVENTS, metavar="KIND")

    def answer(self, **options: Any) -> dict[str, Any]:
        if options["write_only"]:
            stored, key = create_write_key(
                email=options["email"],
                name=options["name"],
                origins=options["origin"],
                orders=options["orders"],
                event_kinds=options["event_kind"],
            )
        else:
            stored, key = create_api_key(
                email=options["email"], name=options["name"], scopes=options["scope"]
            )
        return {"key": key, "prefix": stored.prefix, "scopes": stored.scopes}
