"""A slot as a form: entries that one can add, fill, move and take away before anything is saved.

Each entry has a number of its own in the form, so that moving one renames no other.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from campaigns.giving import KEYS, USUAL_PRODUCTS
from campaigns.services.slots import MOST_ENTRIES
from campaigns.slot_models import Kind, Slot, SlotEntry

EVERYBODY, SEGMENT, RULE = "everybody", "segment:", "rule"
FIELDS = ("name", "whom", "rule", "kind", "campaign", "goal", "k", "category", "title", "text",
          "code", "url")  # fmt: skip
BLANK = dict.fromkeys(FIELDS, "") | {
    "whom": EVERYBODY,
    "kind": Kind.PRODUCTS.value,
    "k": str(USUAL_PRODUCTS),
    "goal": "both",
}
# No campaign has this number.
UNKNOWN = -1
# The fallback's number in the form.
FALLBACK = 0


class Sent(Protocol):
    """What is needed of a request's form."""

    def get(self, name: str, default: str = ...) -> str | None: ...

    def getlist(self, name: str) -> list[str]: ...


@dataclass
class Part:
    """An entry, or the fallback: what the form says of it."""

    number: int
    said: dict[str, str] = field(default_factory=lambda: dict(BLANK))


@dataclass
class SlotForm:
    name: str = ""
    slug: str = ""
    place: str = ""
    version: str = ""
    entries: list[Part] = field(default_factory=list)
    fallback: Part = field(default_factory=lambda: Part(FALLBACK))

    def asked(self) -> dict[str, Any]:
        """Arguments of the services."""
        return {
            "name": self.name,
            "place": self.place,
            "entries": [_entry(part.said) for part in self.entries],
            "fallback": _gives(self.fallback.said),
        }


def blank_form() -> SlotForm:
    return SlotForm(entries=[Part(1)])


def from_slot(slot: Slot, entries: list[SlotEntry]) -> SlotForm:
    """The form of a slot that was saved."""
    return SlotForm(
        name=slot.name,
        slug=slot.slug,
        place=slot.place,
        version=str(slot.version),
        entries=[Part(n, _said(entry)) for n, entry in enumerate(entries, start=1)],
        fallback=Part(FALLBACK, _said_of(slot.fallback_kind, slot.fallback_gives)),
    )


def from_form(sent: Sent) -> SlotForm:
    """What a form holds; what does not fit together is left out."""
    numbers = [n for text in sent.getlist("entry") if (n := _number(text)) is not None and n > 0]
    return SlotForm(
        **{name: sent.get(name, "") or "" for name in ("name", "slug", "place", "version")},
        entries=[_part(sent, number) for number in dict.fromkeys(numbers)][:MOST_ENTRIES],
        fallback=_part(sent, FALLBACK),
    )


def changed(form: SlotForm, action: str) -> int | None:
    """Carry out a button: ``add``, ``up:NUMBER``, ``down:NUMBER``, ``remove:NUMBER``.

    The number of the entry that is to have the focus; None where nothing was moved.
    """
    verb, _, at = action.partition(":")
    entries = form.entries
    if verb == "add" and len(entries) < MOST_ENTRIES:
        entries.append(Part(max((part.number for part in entries), default=0) + 1))
        return entries[-1].number
    place = next((n for n, part in enumerate(entries) if str(part.number) == at), None)
    if place is None:
        return None
    if verb == "remove":
        del entries[place]
        return entries[min(place, len(entries) - 1)].number if entries else None
    other = place + {"up": -1, "down": 1}.get(verb, 0)
    if 0 <= other < len(entries):
        entries[place], entries[other] = entries[other], entries[place]
    return int(at)


def _part(sent: Sent, number: int) -> Part:
    return Part(number, {name: sent.get(f"{number}-{name}", "") or "" for name in FIELDS})


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _entry(said: Mapping[str, str]) -> dict[str, Any]:
    """What cannot be read is never everybody and no campaign: the service refuses it."""
    campaign = _number(said["campaign"]) or UNKNOWN if said["campaign"] else None
    definition = _definition(said["whom"], said["rule"])
    return {"name": said["name"], "definition": definition, "campaign": campaign, **_gives(said)}


def _definition(whom: str, rule: str) -> Any:
    if whom == EVERYBODY:
        return {}
    if whom.startswith(SEGMENT):
        return {"segment": whom.removeprefix(SEGMENT)}
    try:
        return json.loads(rule) or rule
    except ValueError:
        return rule


def _gives(said: Mapping[str, str]) -> dict[str, Any]:
    """Fields of another kind may be filled in the form; they are not of this one."""
    kind = said.get("kind", "")
    keys = KEYS[Kind(kind)] if kind in Kind.values else ()
    gives: dict[str, Any] = {key: said.get(key, "") for key in keys}
    if "k" in gives:
        number = _number(gives["k"])
        gives["k"] = gives["k"] if number is None else number
    return {"kind": kind, kind: gives}


def _said(entry: SlotEntry) -> dict[str, str]:
    said = _said_of(entry.kind, entry.gives)
    rule, said["whom"] = entry.definition, EVERYBODY
    if set(rule) == {"segment"}:
        said["whom"] = f"{SEGMENT}{rule['segment']}"
    elif rule:
        said |= {"whom": RULE, "rule": json.dumps(rule)}
    campaign = str(entry.campaign_id) if entry.campaign_id else ""
    return {**said, "name": entry.name, "campaign": campaign}


def _said_of(kind: str, gives: Mapping[str, Any]) -> dict[str, str]:
    return {**BLANK, "kind": kind, **{key: str(value) for key, value in gives.items()}}
