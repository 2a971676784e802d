from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from core.commands import ProductCommand, written_whole
from core.services import record_audit
from segmentation.exports import member_csv
from segmentation.selectors import segment_with_slug


class Command(ProductCommand):
    help = "Write the members of a segment to a CSV file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", metavar="SLUG")
        parser.add_argument("--out", required=True, metavar="F")

    def answer(self, **options: Any) -> dict[str, Any]:
        segment = segment_with_slug(options["slug"])
        out = Path(options["out"])
        rows = -1
        with written_whole(out) as draft, draft.open("wb") as file:
            for chunk in member_csv(segment, personal=True):
                rows += chunk.count(b"\n")
                file.write(chunk)
        record_audit(actor=None, verb="export_segment", subject=segment.slug)
        return {"segment": segment.slug, "rows": rows, "out": str(out)}
