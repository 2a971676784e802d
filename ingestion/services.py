"""Verbs of ingestion: receive a file, load it, take a load out again."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from django.apps import apps
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from core.bulk import rows_of_load
from core.contracts.import_kind import ImportKind
from core.errors import Conflict, NotFound
from core.formats import whole
from core.people import what_holds
from core.services import record_audit
from core.undo import changed_later, hold_journals, put_back
from customers.erased import hold_erasures
from ingestion import archives, uploads
from ingestion.entering import KEPT, load_rows
from ingestion.erasing import ERASED, empty_kept_file
from ingestion.feeds import Feed
from ingestion.holding import stay_held
from ingestion.known_kinds import kind_named
from ingestion.mapping import Mapping, apply_mapping, chosen_mapping
from ingestion.models import Draft, Load, Source
from ingestion.parsing import columns_of
from ingestion.presets import GENERIC
from runs.models import Run, RunState
from runs.services import cancel, request
from runs.work import Work

LANE = "record"
# The note of a load of earlier versions, with {further table: rows that it wrote}.
CARRIED = "carried"
# The note of a load that changed rows so long ago that what they had said was let go of.
CLEARED = "cleared"
# Notes of a load that was undone: the run that did it, and {table: rows put back or taken out}.
UNDONE_BY, RESTORED = "undone_by", "restored"


def receive_file(
    *,
    path: Path | None = None,
    upload: BinaryIO | None = None,
    file_name: str = "",
    kind: str,
    source: str = "",
    preset: str = "",
    mapping: dict[str, Any] | None = None,
    dry_run: bool = False,
    pushed: bool = False,
    feed: Feed | None = None,
    draft: Draft | None = None,
    actor: User | None = None,
    send: bool = True,
) -> Load:
    """Keep the file and queue its load. What is wrong with it as a whole is refused here.

    The file comes as a path, as an open upload, or is a draft's and kept already; ``pushed`` are
    the few rows of a request; those of a ``feed`` enter where it stands, and move it on.
    ``send=False``: the caller performs the run.
    """
    plugin = kind_named(kind)
    chosen = chosen_mapping(kind=plugin, preset=preset, mapping=mapping)
    with _kept(path, upload, draft) as (kept, sha256):
        archives.unpack(kept, chosen.options)
        apply_mapping(columns_of(kept, chosen.options), plugin, chosen)
        return _queue(
            file=(file_name or (path.name if path else kept.name), kept, sha256),
            kind=plugin.key,
            source=source or preset or GENERIC,
            preset=preset or GENERIC,
            mapping=chosen.kept(),
            dry_run=dry_run,
            pushed=pushed,
            draft=draft,
            actor=actor,
            send=send,
            **(feed.of_load() if feed else {}),
        )


def load_file(work: Work) -> dict[str, Any]:
    """The job of an import run. A second attempt after the commit finds everything done."""
    load = Load.objects.get(pk=work.run.pk)
    kind = kind_named(load.kind)
    if load.read:
        empty_kept_file(load)
        stay_held(load, outcome(load))
        return {**outcome(load), "customers": "all"}
    entered = load_rows(work, load, kind, Mapping(**load.mapping))
    load.refresh_from_db()
    empty_kept_file(load)
    stay_held(load, outcome(load))
    customers = "all" if entered.customers is None else entered.customers
    return {**outcome(load), "customers": [] if load.dry_run else customers}


@transaction.atomic
def stop_load(*, load: Load, actor: User | None = None) -> Load:
    """Stop a load that waits or works; its transaction is rolled back. One that commits is done."""
    run = Run.objects.select_for_update().get(pk=load.pk)
    load.refresh_from_db()
    if load.read and not load.dry_run:
        raise Conflict(f"Import {load.pk} is loaded already. It can be undone as a whole.")
    cancel(run=run)
    record_audit(actor=actor, verb="stop_import", subject=str(load.pk))
    return load


def request_undo(*, load: Load, actor: User | None = None, send: bool = True) -> Run:
    """Queue the undo of a load, unless something stands in its way that is known already."""
    refuse_undo(load)
    record_audit(actor=actor, verb="undo_import", subject=str(load.pk))
    return request(
        name="undo_import",
        task="ingestion.tasks.undo",
        arguments={"load": load.pk},
        lane=LANE,
        actor=actor,
        send=send,
    )


def undo_load(work: Work) -> dict[str, Any]:
    """The job of an undo: all rows that the load changed are as before and all that it brought in
    are gone, or none. A second attempt after the commit finds everything done."""
    work.plan(2)
    with transaction.atomic(), work.step("undo") as step:
        hold_erasures()
        hold_journals()
        load = Load.objects.get(pk=work.run.arguments["load"])
        if load.notes.get(UNDONE_BY) != work.run.pk:
            refuse_undo(load)
            restored = _take_out(load)
            load.undone_at = timezone.now()
            load.notes |= {UNDONE_BY: work.run.pk, RESTORED: restored}
            load.save(update_fields=["undone_at", "notes"])
        rows = sum(load.notes[RESTORED].values())
        step.point("undo", rows=1, of=2)
        step.wrote(rows, of=rows)
    with work.step("report") as step:
        step.point("report", rows=1, of=2)
    restored = load.notes[RESTORED]
    return {"id": load.pk, "state": load.state, "restored": restored, "customers": "all"}


def _take_out(load: Load) -> dict[str, int]:
    """Put back what the load changed and delete what it brought in; {table: rows}."""
    kind = kind_named(load.kind)
    with connection.cursor() as cursor:
        kind.before_undo(cursor, load.pk)
        restored = Counter(put_back(cursor, load_id=load.pk))
        restored.update(kind.undo(cursor, load.pk))
    return dict(restored)


def refuse_undo(load: Load) -> None:
    """Raise Conflict with the reason why this load cannot be taken out."""
    if load.undone_at:
        raise Conflict(f"Import {load.pk} has been undone already.")
    if load.run.state != RunState.SUCCEEDED or load.dry_run:
        raise Conflict(f"Import {load.pk} has loaded nothing that could be undone.")
    if CLEARED in load.notes or (load.changed and KEPT not in load.notes):
        raise Conflict(
            f"Import {load.pk} changed {whole(load.changed)} rows that were there before, and what"
            " they said is kept no longer. Load the earlier file again to set them back."
        )
    kind = kind_named(load.kind)
    found = changed_later(load.pk)
    if later := min(found, key=lambda c: (-c.load_id, c.table != kind.table), default=None):
        what = "its rows" if later.table == kind.table else _brought(later.table)
        raise _cannot(load, f"import {later.load_id} changed {whole(later.rows)} of {what}")
    with connection.cursor() as cursor:
        blocked = kind.undo_blocked_by(cursor, load.pk)
    if blocked := _gone(load, kind) or blocked or what_holds(load.pk):
        raise _cannot(load, blocked)


def _cannot(load: Load, reason: str) -> Conflict:
    return Conflict(f"Import {load.pk} cannot be undone: {reason}. Undo the later load first.")


def _gone(load: Load, kind: ImportKind) -> str:
    """What a load of an earlier version brought in and a later one of then changed, by its rows."""
    if KEPT in load.notes:
        return ""
    for table, rows in {kind.table: load.loaded, **load.notes.get(CARRIED, {})}.items():
        erased = load.notes.get(ERASED, {}).get(table, 0)
        gone = rows - erased - rows_of_load(table=table, load_id=load.pk)
        if gone > 0 and table == kind.table:
            return f"a later load changed {whole(gone)} of its rows"
        if gone > 0:
            return f"a later load changed {whole(gone)} of {_brought(table)}"
    return ""


def _brought(table: str) -> str:
    models = {model._meta.db_table: model for model in apps.get_models()}
    return f"the {models[table]._meta.verbose_name_plural} that it brought in"


def undo_refusal(load: Load) -> str:
    """Why a load cannot be taken out; empty when it can."""
    try:
        refuse_undo(load)
    except Conflict as conflict:
        return conflict.message
    return ""


def outcome(load: Load) -> dict[str, Any]:
    """What `import_file` prints and the API answers."""
    return {
        "id": load.pk,
        "state": load.state,
        "read": load.read,
        "loaded": load.loaded,
        "changed": load.changed,
        "identical": load.identical,
        "duplicate": load.duplicate,
        "rejected": load.rejected,
        "sums": load.sums,
        "run": load.pk,
    }


def load_numbered(number: int) -> Load:
    known = Load.objects.select_related("run", "draft__corrects", "draft__feeds")
    load = known.filter(pk=number).first()
    if load is None:
        raise NotFound(f"There is no import {number}.")
    return load


@contextmanager
def _kept(
    path: Path | None, upload: BinaryIO | None, draft: Draft | None
) -> Iterator[tuple[Path, str]]:
    """The kept file and its SHA-256; what was kept for a load that is refused goes again."""
    if draft:
        yield Path(draft.file_path), draft.file_sha256
        return
    kept, sha256 = uploads.keep_either(path, upload)
    try:
        yield kept, sha256
    except BaseException:
        kept.unlink(missing_ok=True)
        raise


@transaction.atomic
def _queue(
    *, file: tuple[str, Path, str], pushed: bool, actor: User | None, send: bool, **fields: Any
) -> Load:
    """``file``: its name, where it is kept, its SHA-256."""
    name, path, sha256 = file
    run = request(
        name="import",
        task="ingestion.tasks.load",
        arguments=_arguments(pushed, fields.get("feed")),
        lane=LANE,
        actor=actor,
        send=send,
    )
    load = Load.objects.create(
        run=run, file_name=name, file_path=str(path), file_sha256=sha256, **fields
    )
    record_audit(actor=actor, verb="import", subject=str(load.pk), detail={"kind": load.kind})
    return load


def _arguments(pushed: bool, feed: Source | None) -> dict[str, Any]:
    """What those who follow a load may want to know of it."""
    return {**({"pushed": True} if pushed else {}), **({"feed": feed.pk} if feed else {})}
