"""A dry run once it has ended: whether it can still be loaded, what became of it, and its load."""

from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from accounts.models import User
from core.errors import Conflict, Refused
from core.formats import moment_words
from ingestion.drafts import AlreadyLoaded
from ingestion.known_kinds import kind_named
from ingestion.mapping import chosen_mapping, confirmed_options
from ingestion.models import Draft, Load
from ingestion.presets import GENERIC
from ingestion.selectors import load_of_draft, loaded_since, tried_of_draft
from ingestion.services import receive_file
from runs.models import MOVING, RunState


@dataclass(frozen=True)
class Since:
    """Why a dry run is the past, in words; ``load`` is the import or dry run that took its place.

    ``loaded``: it is in the record, on its way there, or was. ``open``: its file waits as a draft.
    """

    words: str
    load: Load | None = None
    loaded: bool = False
    open: bool = False


def since_tried(load: Load) -> Since | None:
    """None: what the dry run has read can be loaded as it was read."""
    draft = load.draft
    became = load_of_draft(draft) if draft else loaded_since(load)
    if became:
        return Since(_became_words(became), became, loaded=True)
    if draft is None:
        gone = "Nothing was saved, and its file is no longer here. Bring it in again."
        return None if Path(load.file_path).exists() else Since(gone)
    if _is_read_so(draft, load):
        return None
    newest = tried_of_draft(draft)
    if newest and newest.pk > load.pk:
        words = f"Nothing was saved; it has been read in another way since: dry run {newest.pk}."
        return Since(words, newest, open=True)
    words = "Nothing was saved; how it is read has been changed since. Try it again to see it so."
    return Since(words, open=True)


def _became_words(load: Load) -> str:
    if load.undone_at:
        return f"It was loaded as import {load.pk}, and undone {moment_words(load.undone_at)}."
    if load.run.state in MOVING:
        return f"It is being loaded as import {load.pk}."
    if load.run.state == RunState.HELD:
        return f"It is held as import {load.pk} until somebody decides."
    at = f", {moment_words(load.run.finished_at)}" if load.run.finished_at else ""
    return f"It was loaded as import {load.pk}{at}."


def _is_read_so(draft: Draft, load: Load) -> bool:
    """Whether a dry run of the draft would read it as that one did."""
    source, preset = draft.source or draft.preset or GENERIC, draft.preset or GENERIC
    if (draft.kind, source, preset) != (load.kind, load.source, load.preset):
        return False
    try:
        chosen = chosen_mapping(
            kind=kind_named(draft.kind), preset=draft.preset, mapping=draft.mapping
        )
    except Refused:
        return False
    return chosen.kept() == load.mapping


@transaction.atomic
def load_tried(*, load: Load, actor: User | None = None, send: bool = True) -> Load:
    """Load for good what a dry run has read: the same file, understood in the same way."""
    if not load.dry_run or load.run.state != RunState.SUCCEEDED:
        raise Conflict(f"Import {load.pk} is not a dry run that ended well.")
    if load.draft:
        load.draft = Draft.objects.select_for_update().filter(pk=load.draft.pk).first()
    if since := since_tried(load):
        raise (AlreadyLoaded if since.loaded else Conflict)(since.words)
    if load.draft and load.draft.feeds:
        raise Conflict(f"These are rows of {load.draft.feeds}: it brings them when it is read.")
    return receive_file(
        path=Path(load.file_path),
        draft=load.draft,
        file_name=load.file_name,
        kind=load.kind,
        source=load.source,
        preset=load.preset,
        mapping={**load.mapping, "options": confirmed_options(load.mapping, load.notes)},
        actor=actor,
        send=send,
    )
