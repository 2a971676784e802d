"""Where the rows of a load come from, and what became of them since."""

from dataclasses import asdict, dataclass
from typing import Any

from django.apps import apps

from core.formats import moment_words, whole
from core.undo import changed_later
from ingestion.entering import KEPT
from ingestion.models import Load


@dataclass(frozen=True)
class Lineage:
    """``changed`` and ``restored`` count rows by table; ``changed_by`` are loads above this one.

    Every row that a load wrote carries its number, until a later one writes it.
    """

    source: str
    preset: str
    mapping: dict[str, Any]
    file_sha256: str
    asked_by: str
    asked_at: str
    entered_at: str | None
    undone_at: str | None
    undone_by: int | None
    changed: dict[str, int]
    restored: dict[str, int]
    changed_by: list[dict[str, Any]]


def lineage(load: Load) -> Lineage:
    run = load.run
    entered = run.finished_at if run.finished_at and not load.dry_run else None
    return Lineage(
        source=load.source,
        preset=load.preset,
        mapping=load.mapping,
        file_sha256=load.file_sha256,
        asked_by=str(run.requested_by) if run.requested_by else "",
        asked_at=load.created_at.isoformat(),
        entered_at=entered.isoformat() if entered else None,
        undone_at=load.undone_at.isoformat() if load.undone_at else None,
        undone_by=load.notes.get("undone_by"),
        changed=load.notes.get(KEPT, {}),
        restored=load.notes.get("restored", {}),
        changed_by=[
            {"import": later.load_id, "table": later.table, "rows": later.rows}
            for later in changed_later(load.pk)
        ],
    )


def lineage_facts(load: Load) -> list[tuple[str, str]]:
    """The same as rows of a table on the load's page."""
    told = lineage(load)
    run = load.run
    who = told.asked_by or "a command or a program"
    facts = [
        ("Asked for", f"by {who}, {moment_words(load.created_at)}"),
        ("The file’s SHA-256", told.file_sha256),
    ]
    if run.finished_at and told.entered_at:
        since = moment_words(run.finished_at)
        until = f"from {since} until {moment_words(load.undone_at)}" if load.undone_at else ""
        facts.append(("In the record", until or f"since {since}"))
    if told.changed and not told.restored and not load.dry_run:
        facts.append(("Replaced, kept for an undo", _counted(told.changed)))
    for later in told.changed_by:
        words = f"{whole(later['rows'])} {_words(later['table'], later['rows'])}"
        facts.append((f"Changed by import {later['import']}", words))
    if told.restored:
        facts.append(("Put back or taken out", _counted(told.restored)))
    return facts


def as_json(load: Load) -> dict[str, Any]:
    return asdict(lineage(load))


def _counted(rows: dict[str, int]) -> str:
    found = [f"{whole(many)} {_words(table, many)}" for table, many in rows.items() if many]
    return ", ".join(found) or "nothing"


def _words(table: str, many: int = 1) -> str:
    models = {model._meta.db_table: model._meta for model in apps.get_models()}
    meta = models[table]
    return str(meta.verbose_name if many == 1 else meta.verbose_name_plural)
