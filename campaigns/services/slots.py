"""Make a slot, change it, take it away."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from accounts.models import User
from campaigns.giving import checked
from campaigns.models import Campaign, Origin
from campaigns.slot_models import Kind, Slot, SlotEntry
from core.errors import Conflict, Refused
from core.services import record_audit
from segmentation.frames import expression

LONGEST_SLUG = 60
MOST_ENTRIES = 20
ADDRESS = re.compile(r"[-a-zA-Z0-9_]+")
# What stands beside slots in the addresses of pages.
RESERVED = ("new",)
NOTHING = {"kind": Kind.NOTHING.value}


class BadSlot(Refused):
    code = "bad_slot"


@transaction.atomic
def create_slot(
    *,
    name: str,
    actor: User | None,
    slug: str = "",
    place: str = "",
    entries: Sequence[Mapping[str, Any]] = (),
    fallback: Mapping[str, Any] = NOTHING,
) -> Slot:
    """``slug`` is what pages ask for; without one it is made of the name.

    An entry is {name, definition, kind, products | offer | content: {…}, campaign}, all but name
    and kind may be left out; ``campaign`` is its primary key. The fallback has a kind and what it
    gives: {"kind": "products", "products": {"goal": "both", "k": 4, "category": ""}}.
    """
    slot = Slot(slug=_address(slug, name), place=place.strip())
    _name(slot, name)
    _set_fallback(slot, fallback)
    try:
        with transaction.atomic():
            slot.save()
    except IntegrityError as error:
        raise Conflict(
            f"There is a slot {slot.slug!r} already. Choose another name.",
            fields={"slug": "taken"},
        ) from error
    _write_entries(slot, entries)
    record_audit(actor=actor, verb="create_slot", subject=slot.slug)
    return slot


@transaction.atomic
def edit_slot(
    *, slot: Slot, actor: User | None, version: int | None = None, **changes: Any
) -> Slot:
    """``changes`` are name, place, entries (all of them, in their order) and fallback.

    ``version`` is the one that was looked at; another edit since then is refused.
    """
    slot = Slot.objects.select_for_update().get(pk=slot.pk)
    if version is not None and version != slot.version:
        raise Conflict(
            "Somebody else has changed the slot meanwhile. Look at it again, then change it.",
            fields={"version": str(slot.version)},
        )
    if "name" in changes:
        _name(slot, changes["name"])
    slot.place = changes.get("place", slot.place).strip()
    if "fallback" in changes:
        _set_fallback(slot, changes["fallback"])
    if "entries" in changes:
        _write_entries(slot, changes["entries"])
    slot.version += 1
    slot.save()
    detail = {"changed": sorted(changes), "version": slot.version}
    record_audit(actor=actor, verb="edit_slot", subject=slot.slug, detail=detail)
    return slot


@transaction.atomic
def delete_slot(*, slot: Slot, actor: User | None) -> None:
    """Whoever asks for it afterwards is told that there is none."""
    slot.delete()
    record_audit(actor=actor, verb="delete_slot", subject=slot.slug)


def _address(slug: str, name: str) -> str:
    """What pages ask for: the one that was chosen, or the name's."""
    address = slug or slugify(name)[:LONGEST_SLUG].strip("-")
    if not address:
        raise BadSlot(
            "A slot needs a name of Latin letters or digits, or a name in addresses of its own.",
            fields={"name": "empty"},
        )
    if len(address) > LONGEST_SLUG or not ADDRESS.fullmatch(address):
        raise BadSlot(
            f"A name in addresses has letters, digits, - and _, at most {LONGEST_SLUG}.",
            fields={"slug": "letters, digits, - and _"},
        )
    if address in RESERVED:
        raise BadSlot(
            f"{address!r} is an address of the pages. Choose another.", fields={"slug": "reserved"}
        )
    return address


def _name(slot: Slot, name: str) -> None:
    slot.name = name.strip()[:120]
    if not slot.name:
        raise BadSlot("A slot needs a name.", fields={"name": "empty"})


def _set_fallback(slot: Slot, sent: Mapping[str, Any]) -> None:
    kind = sent.get("kind") or Kind.NOTHING
    try:
        slot.fallback_gives = checked(kind, sent.get(kind) or {})
    except Refused as refusal:
        raise _at("The fallback", "fallback", refusal) from refusal
    slot.fallback_kind = kind


def _write_entries(slot: Slot, sent: Sequence[Mapping[str, Any]]) -> None:
    if len(sent) > MOST_ENTRIES:
        raise BadSlot(f"A slot has at most {MOST_ENTRIES} entries.", fields={"entries": "too many"})
    made = [_entry(slot, place, one) for place, one in enumerate(sent)]
    if len({entry.name for entry in made}) < len(made):
        raise BadSlot("Each entry needs a name of its own.", fields={"entries": "names repeat"})
    SlotEntry.objects.filter(slot=slot).delete()
    SlotEntry.objects.bulk_create(made)


def _entry(slot: Slot, place: int, sent: Mapping[str, Any]) -> SlotEntry:
    """Refuses what could not be given to anybody: what is saved can be answered."""
    name, kind = str(sent.get("name") or "").strip()[:80], sent.get("kind") or ""
    definition = {} if sent.get("definition") is None else sent["definition"]
    try:
        if not name:
            raise BadSlot("It needs a name.", fields={"name": "empty"})
        if kind == Kind.NOTHING:
            raise BadSlot("An entry gives something.", fields={"kind": "nothing"})
        gives = checked(kind, sent.get(kind) or {})
        if definition != {}:
            expression(definition)
        campaign = _campaign(sent.get("campaign"))
    except Refused as refusal:
        raise _at(f"Entry {place + 1}", f"entries.{place}", refusal) from refusal
    return SlotEntry(
        slot=slot, position=place, name=name, definition=definition, kind=kind, gives=gives,
        campaign=campaign,
    )  # fmt: skip


def _campaign(pk: int | None) -> Campaign | None:
    if pk is None:
        return None
    found = Campaign.objects.filter(pk=pk, origin=Origin.OWN).first()
    if found is None:
        raise BadSlot("There is no such campaign made here.", fields={"campaign": str(pk)})
    return found


def _at(what: str, where: str, refusal: Refused) -> BadSlot:
    """The same refusal, with the place that it is about."""
    fields = {f"{where}.{name}": words for name, words in refusal.fields.items()}
    return BadSlot(f"{what}: {refusal.message}", fields=fields or {where: refusal.message})
