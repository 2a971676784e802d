"""What the list of imports and the page for a new one say, in words and figures."""

from typing import Any

from django.db.models import QuerySet, Sum

from core.formats import counted, moment_words, whole
from ingestion.known_kinds import kinds
from ingestion.models import Load
from ingestion.presets import GENERIC
from ingestion.reports import whole_bar
from runs.models import RunState


def load_row(load: Load) -> dict[str, Any]:
    """A line of the list; figures only where the file was read to its end."""
    done = load.run.state == RunState.SUCCEEDED
    accepted = load.loaded + load.changed + load.identical
    return {
        "number": load.pk,
        "name": load.file_name,
        "what": kind_title(load.kind) + ("" if load.source == GENERIC else f", from {load.source}"),
        "state": load.state,
        "dry_run": load.dry_run,
        "read": whole(load.read) if done else "–",
        "accepted": whole(accepted) if done else "–",
        "rejected": whole(load.rejected) if done else "–",
        "parts": whole_bar(load) if done else [],
        "when": moment_words(load.created_at),
        "who": str(load.run.requested_by) if load.run.requested_by else "a program",
    }


def list_words(loads: QuerySet[Load]) -> dict[str, str]:
    """The finding of the list: what did not come in first, then how much did."""
    many = loads.count()
    if not many:
        return {
            "finding": "No file has been brought in yet.",
            "lede": "A dry run shows first what would happen; an import can be undone as a whole.",
        }
    failed = loads.filter(run__state=RunState.FAILED).count()
    real = loads.filter(dry_run=False, undone_at=None, run__state=RunState.SUCCEEDED)
    sums = real.aggregate(read=Sum("read"), rejected=Sum("rejected"))
    read, rejected = sums["read"] or 0, sums["rejected"] or 0
    words = f"{whole(rejected)} of {counted(read, 'row')} brought in were rejected."
    if not rejected:
        words = f"All {counted(read, 'row')} brought in were accepted."
    if not read:
        words = "No row is in the record by an import."
    if failed:
        ended = "import failed and changed nothing" if failed == 1 else "imports failed"
        words = f"{whole(failed)} of {counted(many, 'import')} failed. {words}"
        if many == 1:
            words = f"The only {ended}."
    lede = "Each import keeps its report, and can be undone as a whole."
    return {"finding": words, "lede": lede}


def kind_title(key: str) -> str:
    kind = kinds().get(key)
    return kind.title if kind else key


def kinds_shown() -> list[dict[str, Any]]:
    """Every kind of file with its columns: what it needs first. Order lines lead."""
    found = sorted(kinds().values(), key=lambda kind: kind.key != "order_lines")
    return [
        {
            "title": kind.title,
            "key": kind.key,
            "open": place == 0,
            "note": _note(kind.needed_one_of),
            "columns": [
                {
                    "name": column.name,
                    "definition": column.definition,
                    "needed": "needed" if column.needed else "",
                }
                for column in kind.columns
            ],
        }
        for place, kind in enumerate(found)
    ]


def _note(needed_one_of: tuple[tuple[tuple[str, ...], ...], ...]) -> str:
    choices = [", or ".join(" and ".join(group) for group in groups) for groups in needed_one_of]
    return f"Needed besides: {'; '.join(choices)}." if choices else ""
