from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

import transactions.selectors
from core.commands import ProductCommand, written_whole
from core.errors import Refused
from core.localtime import parse_when
from core.selectors import organisation_zone
from features.frames import features_as_of


class UnknownFormat(Refused):
    code = "unknown_format"


class Command(ProductCommand):
    help = "Write every customer's features as of a moment to a CSV or Parquet file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--as-of", default="", metavar="WHEN", help="date, timestamp, last_day")
        parser.add_argument("--out", required=True, metavar="F", help="ends in .csv or .parquet")

    def answer(self, **options: Any) -> dict[str, Any]:
        out = Path(options["out"])
        if out.suffix not in (".csv", ".parquet"):
            raise UnknownFormat(f"{out.name} ends in neither .csv nor .parquet.")
        as_of = parse_when(
            options["as_of"],
            organisation_zone(),
            now=timezone.now(),
            last_order=transactions.selectors.last_order_at(),
        )
        frame = features_as_of(as_of)
        with written_whole(out) as draft:
            frame.write_csv(draft) if out.suffix == ".csv" else frame.write_parquet(draft)
        return {"as_of": as_of.isoformat(), "rows": frame.height, "out": str(out)}
