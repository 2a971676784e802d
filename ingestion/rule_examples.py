from collections.abc import Collection

from ingestion.models import Load


def take_examples_out(load: Load, rows: Collection[int] | None = None) -> None:
    """What the report quotes of these rows in the lines of its rules leaves; None: of all rows."""
    lines = load.notes.get("rules", [])
    stay = [
        [one for one in line["examples"] if rows is not None and one["row"] not in rows]
        for line in lines
    ]
    if any(len(left) < len(line["examples"]) for left, line in zip(stay, lines, strict=True)):
        for line, left in zip(lines, stay, strict=True):
            line["examples"] = left
        load.save(update_fields=["notes"])
