"""Verbs of a dropped file that holds several tables: files of an archive, sheets of a workbook.

Each is kept on its own as a draft, as if it had been dropped alone: nothing stays packed, so that
what happens to files happens to each of them, and each goes its own way through the wizard.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from django.db import transaction

from accounts.models import User
from core.errors import NotFound
from ingestion import uploads
from ingestion.archives import Allowance, files_inside, take_out, unpack
from ingestion.drafts import discard_draft, draft_of_kept
from ingestion.encodings import UnreadableFile
from ingestion.models import Bundle, Draft
from ingestion.previews import quick_look
from ingestion.selectors import open_drafts

MOST_FILES = 50
# Options that say which of several tables of one file is meant.
TABLE_OPTIONS = ("sheet",)
TOO_MANY = "The archive holds {:,} files; {} are looked at. Unpack it, and bring in what is meant."
NONE_READ = "The archive holds no table that can be read."


@dataclass(frozen=True)
class _Table:
    """A kept file, and what in it is meant; ``name`` where it is one of several."""

    path: Path
    sha256: str
    name: str = ""
    options: dict[str, Any] = field(default_factory=dict)


@dataclass
class _Found:
    """``kept``: every file that was written on the way, to be taken back where all is refused."""

    tables: list[_Table] = field(default_factory=list)
    unread: list[dict[str, str]] = field(default_factory=list)
    kept: list[Path] = field(default_factory=list)


def begin_drafts(*, upload: BinaryIO, file_name: str, actor: User | None = None) -> list[Draft]:
    """A draft for each table of a dropped file; several are in one bundle.

    What cannot be read among others is written down beside them. Nothing stays of a file that is
    refused as a whole.
    """
    path, sha256 = uploads.keep(upload)
    found = _Found(kept=[path])
    try:
        _look_inside(path, sha256, found)
        with transaction.atomic():
            drafts = _drafts(found, file_name, actor)
    except BaseException:
        for kept in found.kept:
            kept.unlink(missing_ok=True)
        raise
    used = {draft.file_path for draft in drafts}
    for kept in found.kept:
        if str(kept) not in used:
            kept.unlink(missing_ok=True)
    return drafts


def bundle_numbered(number: int) -> Bundle:
    bundle = Bundle.objects.filter(pk=number).first()
    if bundle is None:
        raise NotFound("The tables of this file were thrown away.")
    return bundle


def discard_bundle(*, bundle: Bundle, actor: User | None = None) -> int:
    """Throw away the tables of a bundle that are not loaded; how many."""
    waiting = list(open_drafts().filter(bundle=bundle))
    with transaction.atomic():
        for draft in waiting:
            discard_draft(draft=draft, actor=actor)
    return len(waiting)


def _look_inside(path: Path, sha256: str, found: _Found) -> None:
    allowance = Allowance(path)
    names = files_inside(path, allowance)
    if len(names) > MOST_FILES:
        raise UnreadableFile(TOO_MANY.format(len(names), MOST_FILES))
    if not names:
        unpack(path, {}, allowance)
        found.tables = list(_tables(_Table(path, sha256), found))
    for name in names:
        try:
            inside, digest = take_out(path, name, allowance)
            found.kept.append(inside)
            unpack(inside, {}, allowance)
            found.tables += _tables(_Table(inside, digest, name), found)
        except UnreadableFile as error:
            found.unread.append({"name": name, "reason": error.message})


def _tables(file: _Table, found: _Found) -> Iterator[_Table]:
    """The file itself, or each of its sheets with rows."""
    findings = quick_look(file.path, {}).findings.values()
    several = next((f for f in findings if f.option in TABLE_OPTIONS and f.others), None)
    if several is None:
        yield file
        return
    for sheet in (several.value, *several.others):
        again = uploads.keep_again(file.path)
        found.kept.append(again)
        name = f"{file.name}: {sheet}" if file.name else str(sheet)
        yield _Table(again, file.sha256, name, {several.option: sheet})


def _drafts(found: _Found, file_name: str, actor: User | None) -> list[Draft]:
    drafts: list[Draft] = []
    alone = len(found.tables) == 1 and not found.unread
    for table in found.tables:
        try:
            drafts.append(_draft(table, file_name, actor))
        except UnreadableFile as error:
            if alone:
                raise
            found.unread.append({"name": table.name, "reason": error.message})
    if not drafts:
        said = "; ".join(f"{one['name']}: {one['reason']}" for one in found.unread)
        raise UnreadableFile(f"{NONE_READ} {said}")
    if not alone:
        bundle = Bundle.objects.create(file_name=file_name, unread=found.unread)
        Draft.objects.filter(pk__in=[draft.pk for draft in drafts]).update(bundle=bundle)
        for draft in drafts:
            draft.bundle = bundle
    return drafts


def _draft(table: _Table, file_name: str, actor: User | None) -> Draft:
    return draft_of_kept(
        path=table.path,
        sha256=table.sha256,
        file_name=f"{table.name} ({file_name})" if table.name else file_name,
        table=table.name,
        table_options=table.options,
        actor=actor,
    )
