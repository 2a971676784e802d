"""Verbs of work lists: made once, owned, worked entry by entry, closed; everything can be undone.

Reading needs no more than members do; who works a list writes about customers
(docs/decisions/0060-work-lists.md).
"""

from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.utils.crypto import get_random_string

from accounts.capabilities import Capability
from accounts.models import User
from core.errors import Conflict, NotAllowed, NotFound, Refused
from core.formats import whole
from core.locks import hold_lock
from core.services import record_audit
from segmentation.models import WorkEntry, WorkList
from segmentation.work import ELSEWHERE, Source, entries

# More than this is a campaign's work, not a person's.
MOST = 5_000
LONGEST_NOTE = 2_000
# Who is gone from the record meanwhile is not on the list; who is on it cannot go before it is.
PLACE = """
    INSERT INTO segmentation_workentry (work_list_id, customer_id, position)
    SELECT %s, c.id, asked.place
    FROM unnest(%s::bigint[]) WITH ORDINALITY AS asked(pk, place)
    JOIN customers_customer c ON c.id = asked.pk FOR KEY SHARE OF c
"""


class BadWorkList(Refused):
    code = "bad_work_list"


@transaction.atomic
def create_work_list(
    *,
    name: str,
    source: Source,
    actor: User,
    at: datetime,
    owner: User | None = None,
    due_on: date | None = None,
    ticket: str = "",
) -> WorkList:
    """One person's ``ticket`` sent twice makes one list."""
    key = f"{actor.pk} {ticket or get_random_string(24)}"[:64]
    # Whoever sends a form twice at once waits here for the first of them.
    hold_lock(f"work list {key}")
    made = WorkList.objects.filter(ticket=key).first()
    if made is not None:
        return made
    _refuse_size(len(source.customer_pks))
    work_list = WorkList.objects.create(
        name=_checked_name(name),
        origin=source.origin[:200],
        definition=source.definition or {},
        owner=_checked_owner(owner),
        due_on=due_on,
        ticket=key,
        created_at=at,
        created_by=actor,
    )
    with connection.cursor() as cursor:
        cursor.execute(PLACE, [work_list.pk, list(source.customer_pks)])
        placed = cursor.rowcount
    _refuse_size(placed)
    detail = {"customers": placed, "origin": work_list.origin, "owner": str(owner or "nobody")}
    _noted(actor, "create_work_list", work_list, **detail)
    return work_list


@transaction.atomic
def change_work_list(*, work_list: WorkList, actor: User, **changes: Any) -> WorkList:
    """``changes``: name, owner, due_on. What stays as it is is not written down."""
    work_list = _locked(work_list)
    _refuse_stranger(work_list, actor)
    _refuse_closed(work_list)
    if "name" in changes:
        changes["name"] = _checked_name(changes["name"])
    if "owner" in changes:
        changes["owner"] = _checked_owner(changes["owner"])
    new = {n: value for n, value in changes.items() if getattr(work_list, n) != value}
    for field, value in new.items():
        setattr(work_list, field, value)
    if new:
        work_list.save(update_fields=[*new])
        _noted(
            actor, "change_work_list", work_list, **{n: str(v or "none") for n, v in new.items()}
        )
    return work_list


@transaction.atomic
def take_work_list(*, work_list: WorkList, actor: User) -> WorkList:
    """Whoever is first has it, and a second one learns who that was."""
    work_list = _locked(work_list)
    if not actor.can(Capability.EDIT_CUSTOMERS):
        raise NotAllowed("Only people who work with customers take a list.")
    if work_list.owner is not None and work_list.owner != actor:
        raise Conflict(f"{work_list.owner} has {work_list.name} already.")
    return change_work_list(work_list=work_list, actor=actor, owner=actor)


@transaction.atomic
def close_work_list(*, work_list: WorkList, actor: User, at: datetime) -> WorkList:
    """Nothing more is done on it, and its customers are free for other lists."""
    work_list = _locked(work_list)
    _refuse_stranger(work_list, actor)
    if work_list.closed_at is None:
        work_list.closed_at = at
        work_list.save(update_fields=["closed_at"])
        _noted(actor, "close_work_list", work_list)
    return work_list


@transaction.atomic
def reopen_work_list(*, work_list: WorkList, actor: User) -> WorkList:
    work_list = _locked(work_list)
    _refuse_stranger(work_list, actor)
    if work_list.closed_at is not None:
        work_list.closed_at = None
        work_list.save(update_fields=["closed_at"])
        _noted(actor, "reopen_work_list", work_list)
    return work_list


@transaction.atomic
def finish_entry(*, entry: WorkEntry, actor: User, at: datetime) -> WorkEntry:
    """Done once: who did it first stays. Refused while another list has the customer."""
    entry = _locked_entry(entry)
    if entry.done_at is not None:
        return entry
    row = entries([entry.work_list], only=entry.pk).row(0, named=True)
    if row["state"] == ELSEWHERE:
        other = WorkList.objects.select_related("owner").get(pk=row["held_by"])
        raise Conflict(
            f"{entry.customer.customer_id} is on the list {held_words(other)}: a customer on two"
            " lists is called once."
        )
    entry.done_at, entry.done_by = at, actor
    entry.save(update_fields=["done_at", "done_by"])
    record_audit(
        actor=actor,
        verb="finish_work_entry",
        subject=entry.customer.customer_id,
        detail={"work_list": entry.work_list_id},
    )
    return entry


@transaction.atomic
def reopen_entry(*, entry: WorkEntry, actor: User) -> WorkEntry:
    """It was not done after all."""
    entry = _locked_entry(entry)
    if entry.done_at is not None:
        entry.done_at = entry.done_by = None
        entry.save(update_fields=["done_at", "done_by"])
        record_audit(
            actor=actor,
            verb="reopen_work_entry",
            subject=entry.customer.customer_id,
            detail={"work_list": entry.work_list_id},
        )
    return entry


@transaction.atomic
def note_entry(*, entry: WorkEntry, note: str, actor: User) -> WorkEntry:
    """What came of it; an empty text takes the note away. The audit does not repeat it."""
    entry, note = _locked_entry(entry), note.strip()
    if len(note) > LONGEST_NOTE:
        raise BadWorkList(
            f"The note has {whole(len(note))} characters; at most {whole(LONGEST_NOTE)} are kept.",
            fields={"note": "too long"},
        )
    if (entry.note or "") != note:
        entry.note = note or None
        entry.save(update_fields=["note"])
        record_audit(
            actor=actor,
            verb="note_work_entry",
            subject=entry.customer.customer_id,
            detail={"work_list": entry.work_list_id},
        )
    return entry


def held_words(other: WorkList) -> str:
    """Milk buyers of Sam."""
    return f"{other.name} of {other.owner}" if other.owner else f"{other.name}, which nobody owns"


def may_manage(work_list: WorkList, actor: User) -> bool:
    """Whoever works with customers, and whose list it is or was."""
    own = actor.pk in (work_list.owner_id, work_list.created_by_id)
    return own or actor.can(Capability.EDIT_CUSTOMERS)


def _locked(work_list: WorkList) -> WorkList:
    return WorkList.objects.select_for_update().get(pk=work_list.pk)


def _locked_entry(entry: WorkEntry) -> WorkEntry:
    """Behind its list's lock; who was erased meanwhile is on no list."""
    found = WorkEntry.objects.select_for_update(of=("self",)).select_related(
        "work_list", "customer"
    )
    locked = found.filter(pk=entry.pk).first()
    if locked is None:
        raise NotFound("This customer is not on the list any more.")
    _refuse_closed(locked.work_list)
    return locked


def _refuse_closed(work_list: WorkList) -> None:
    if work_list.closed_at is not None:
        raise Conflict(f"{work_list.name} is closed. Open it again to work on it.")


def _refuse_stranger(work_list: WorkList, actor: User) -> None:
    if not may_manage(work_list, actor):
        raise NotAllowed(
            "Only its owner, whoever made it, and people who work with customers change a list."
        )


def _refuse_size(customers: int) -> None:
    if not customers:
        raise BadWorkList("Nobody is in it now, so there is nobody to contact.")
    if customers > MOST:
        raise BadWorkList(
            f"{whole(customers)} customers are too many to contact one by one; at most"
            f" {whole(MOST)} stand on a list. Narrow the segment, or prepare a campaign."
        )


def _checked_name(name: str) -> str:
    name = name.strip()[:120]
    if not name:
        raise BadWorkList("Give the list a name.", fields={"name": "empty"})
    return name


def _checked_owner(owner: User | None) -> User | None:
    if owner is not None and not owner.can(Capability.VIEW_CUSTOMERS):
        raise BadWorkList(f"{owner} may not see customers.", fields={"owner": "may not"})
    return owner


def _noted(actor: User, verb: str, work_list: WorkList, **detail: Any) -> None:
    """About the list, which has a number: its name may change."""
    told = {"name": work_list.name, **detail}
    record_audit(actor=actor, verb=verb, subject=f"work list {work_list.pk}", detail=told)
