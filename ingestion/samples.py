"""Some rows of a source go through the wizard, and tell how all of them are read."""

from dataclasses import replace
from typing import Any

from django.db import transaction

from accounts.models import User
from core.contracts.connector import Batch
from core.errors import Conflict, NotFound
from core.services import record_audit
from ingestion.drafts import begin_draft, discard_draft
from ingestion.guesses import columns_proposed
from ingestion.joined import as_said, headers_said
from ingestion.known_connectors import connector_of, reach
from ingestion.mapping import confirmed_options
from ingestion.models import Draft, Load, Source
from ingestion.presets import GENERIC
from ingestion.previews import quick_look
from ingestion.profiles import layout_of
from ingestion.selectors import sample_of
from ingestion.tables import UNREADABLE
from ingestion.trials import since_tried
from runs.models import RunState


class NothingToLookAt(NotFound):
    code = "nothing_to_look_at"


def take_sample(*, source: Source, actor: User | None = None) -> Draft:
    """A draft of some of its rows as they come; nothing enters, and its cursor stays."""
    batch = connector_of(source).sample(reach())
    if batch is None or batch.is_empty:
        raise NothingToLookAt(f"{source.name} answers, and has no rows to look at yet.")
    return _begun(source, _even(source, batch), actor)


@transaction.atomic
def use_sample(*, load: Load, actor: User | None = None) -> Source:
    """Read the source as a dry run has read its sample; one that was never read is let go on."""
    draft = load.draft
    if draft is None or draft.feeds is None or not load.dry_run:
        raise Conflict(f"Import {load.pk} is no sample of a source.")
    if load.run.state != RunState.SUCCEEDED:
        raise Conflict(f"Import {load.pk} did not end well. Change how it is read, then use it.")
    if since := since_tried(load):
        raise Conflict(since.words)
    source = Source.objects.select_for_update().get(pk=draft.feeds.pk)
    layout = layout_of(draft)
    layout["options"] = confirmed_options(layout, load.notes)
    source.kind, source.preset, source.mapping = draft.kind, draft.preset, layout
    begins = not source.enabled and source.read_at is None
    source.enabled = source.enabled or begins
    source.failures = 0
    source.save(update_fields=["kind", "preset", "mapping", "enabled", "failures"])
    detail = {"changed": ["mapping"], "begins": begins}
    record_audit(actor=actor, verb="change_source", subject=source.name, detail=detail)
    discard_draft(draft=draft, actor=actor)
    return source


@transaction.atomic
def _begun(source: Source, batch: Batch, actor: User | None) -> Draft:
    """It takes the place of an earlier sample."""
    earlier = sample_of(source)
    if earlier is not None:
        discard_draft(draft=earlier, actor=actor)
    draft = begin_draft(upload=batch.opened(), file_name=batch.name, actor=actor)
    draft.feeds, draft.source = source, source.name
    if source.mapping or source.preset not in ("", GENERIC):
        draft.kind, draft.preset, draft.profile = source.kind, source.preset, None
        draft.mapping = _as_set(source, draft)
    elif draft.kind != source.kind:
        draft.kind, draft.preset, draft.profile, draft.mapping = source.kind, "", None, {}
    draft.save()
    return draft


def _as_set(source: Source, draft: Draft) -> dict[str, Any]:
    """The source's mapping with the columns that it leaves to their names."""
    said = source.mapping.get("columns", {})
    if not said:
        return dict(source.mapping)
    look = quick_look(draft.file_path, source.mapping.get("options", {}))
    found = columns_proposed(source.kind, source.preset, look)
    taken = {header for one in said.values() for header in headers_said(one)}
    by_name = {n: as_said(p.headers) for n, p in found.items() if not taken & {*p.headers}}
    return {**source.mapping, "columns": {**by_name, **said}}


def _even(source: Source, batch: Batch) -> Batch:
    """Objects may leave fields out, and messages that are no rows tell nothing of the columns."""
    if not batch.objects:
        return batch
    rows = [one for one in batch.objects if set(one) != {UNREADABLE}]
    if not rows:
        raise NothingToLookAt(f"No message of {source.name} is a JSON object, which a row is.")
    names: dict[str, Any] = {name: None for one in rows for name in one}
    return replace(batch, objects=({**names, **rows[0]}, *rows[1:]))
