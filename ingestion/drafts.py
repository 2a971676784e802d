"""Verbs of a file on its way through the wizard: dropped, understood, tried, loaded, thrown away.

A draft is a row and a kept file, so that it outlives a reload and a kill.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from core.errors import Conflict, NotFound
from core.services import record_audit
from ingestion import uploads
from ingestion.archives import unpack
from ingestion.guesses import first_thoughts
from ingestion.joined import Said
from ingestion.known_kinds import kind_named
from ingestion.mapping import usual_rules
from ingestion.models import Draft, Load, Profile
from ingestion.named_by_address import BY_ADDRESS
from ingestion.rule_book import checked_rules
from ingestion.selectors import load_of_draft
from ingestion.services import receive_file
from runs.models import MOVING

KEPT_DAYS = 30


class AlreadyLoaded(Conflict):
    code = "already_loaded"


@transaction.atomic
def begin_draft(*, upload: BinaryIO, file_name: str, actor: User | None = None) -> Draft:
    """Keep a dropped file with what its first rows show. Nothing stays of one that is refused."""
    path, sha256 = uploads.keep(upload)
    try:
        unpack(path, {})
        return draft_of_kept(path=path, sha256=sha256, file_name=file_name, actor=actor)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def draft_of_kept(
    *,
    path: Path,
    sha256: str,
    file_name: str,
    table: str = "",
    table_options: Mapping[str, Any] | None = None,
    actor: User | None = None,
) -> Draft:
    """A draft of a file that is kept already, with what its first rows show."""
    options = dict(table_options or {})
    return Draft.objects.create(
        file_name=file_name,
        file_path=str(path),
        file_sha256=sha256,
        size=path.stat().st_size,
        table=table,
        table_options=options,
        created_by=actor,
        **first_thoughts(path, options),
    )


@transaction.atomic
def say_how_read(
    *, draft: Draft, kind: str, preset: str, source: str, options: Mapping[str, Any]
) -> Draft:
    """What somebody has seen of the guesses and said about the file as a whole.

    Another kind or preset makes the columns be proposed anew. Tables that came with it are of the
    same source until somebody says otherwise.
    """
    draft = _open_draft(draft)
    kind_named(kind)
    if (draft.kind, draft.preset) != (kind, preset):
        draft.mapping = {**draft.mapping, "columns": {}}
        draft.mapping.pop("rules", None)
        draft.profile = None
    draft.kind, draft.preset, draft.source = kind, preset, source
    if draft.bundle:
        Draft.objects.filter(bundle=draft.bundle, source="").update(source=source)
    draft.mapping = {**draft.mapping, "options": {**options, **draft.table_options}}
    draft.save()
    return draft


@transaction.atomic
def say_columns(
    *,
    draft: Draft,
    columns: Mapping[str, Said],
    known_by: Mapping[str, str],
    by_address: bool = False,
    rules: Sequence[Mapping[str, Any]] = (),
) -> Draft:
    """Which column of the file is which of ours, or which together; an empty one is left out.

    ``by_address``: that of customer_id holds e-mail addresses. ``rules``: what the columns propose;
    it counts where nobody has chosen rules.
    """
    draft = _open_draft(draft)
    proposed = {"rules": [dict(one) for one in rules]} if rules else {}
    said = draft.mapping.get("options", {})
    options = {name: value for name, value in said.items() if name != BY_ADDRESS}
    options |= {BY_ADDRESS: True} if by_address else {}
    draft.mapping = {**proposed, **draft.mapping, "columns": dict(columns), "options": options}
    draft.known_by = dict(known_by)
    draft.save()
    return draft


@transaction.atomic
def say_rules(*, draft: Draft, rules: Sequence[Mapping[str, Any]]) -> Draft:
    """Which cleaning rules work on the file. One that says how dates are written has the word."""
    draft = _open_draft(draft)
    checked = checked_rules(kind_named(draft.kind), list(rules))
    options = dict(draft.mapping.get("options", {}))
    if any(rule.reads_dates for rule in checked):
        options.pop("date_format", None)
    draft.mapping = {**draft.mapping, "options": options, "rules": [dict(one) for one in rules]}
    draft.save()
    return draft


def rules_of_draft(draft: Draft) -> list[dict[str, Any]]:
    """Those that somebody chose, else the preset's or the kind's usual ones."""
    if "rules" in draft.mapping:
        return list(draft.mapping["rules"])
    return usual_rules(kind_named(draft.kind), draft.preset)


@transaction.atomic
def fix_values(*, draft: Draft, fixes: Mapping[str, Mapping[str, str]]) -> Draft:
    """Read these values as those wherever they are the whole cell, besides what was fixed."""
    draft = _open_draft(draft)
    before = draft.mapping.get("fixes", {})
    merged = {name: {**before.get(name, {}), **fixes.get(name, {})} for name in {*before, *fixes}}
    draft.mapping = {**draft.mapping, "fixes": {k: v for k, v in merged.items() if v}}
    draft.save()
    return draft


def try_draft(
    *, draft: Draft, dry_run: bool = True, actor: User | None = None, send: bool = True
) -> Load:
    """Read the file as the draft says; a dry run saves nothing."""
    draft = _open_draft(draft)
    load = receive_file(
        draft=draft,
        file_name=draft.file_name,
        kind=draft.kind,
        source=draft.source,
        preset=draft.preset,
        mapping=draft.mapping,
        dry_run=dry_run,
        actor=actor,
        send=send,
    )
    if draft.profile:
        Profile.objects.filter(pk=draft.profile.pk).update(used_at=timezone.now())
    return load


@transaction.atomic
def discard_draft(*, draft: Draft, actor: User | None = None) -> None:
    """Throw a draft and its file away; reports of its dry runs stay."""
    draft = _open_draft(draft)
    if Load.objects.filter(draft=draft, run__state__in=MOVING).exists():
        raise Conflict(f"{draft.file_name} is being read. Stop that first, then throw it away.")
    path, bundle = Path(draft.file_path), draft.bundle
    record_audit(actor=actor, verb="discard_draft", subject=draft.file_name)
    draft.delete()
    if bundle and not Draft.objects.filter(bundle=bundle).exists():
        bundle.delete()
    transaction.on_commit(lambda: path.unlink(missing_ok=True))


def expire_drafts(*, now: datetime) -> int:
    """Throw away the drafts that nobody has touched for a month; how many."""
    old = Draft.objects.filter(touched_at__lt=now - timedelta(days=KEPT_DAYS))
    waiting = [draft for draft in old if load_of_draft(draft) is None]
    for draft in waiting:
        discard_draft(draft=draft)
    return len(waiting)


def draft_numbered(number: int) -> Draft:
    known = Draft.objects.select_related("profile", "corrects", "bundle", "feeds")
    draft = known.filter(pk=number).first()
    if draft is None:
        raise NotFound(f"There is no unfinished import {number}: it was thrown away.")
    return draft


def _open_draft(draft: Draft) -> Draft:
    """The draft as it stands now, held until the end of the transaction; refuses a loaded one."""
    with transaction.atomic():
        held = Draft.objects.select_for_update().filter(pk=draft.pk).first()
    if held is None:
        raise NotFound(f"{draft.file_name} was thrown away.")
    if load := load_of_draft(held):
        raise AlreadyLoaded(f"{held.file_name} is loaded already: import {load.pk}.")
    return held
