"""What the page of the audit says, and its rows as a file."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from accounts.audit import Asked, happened, verbs_known
from accounts.audit_words import KINDS, WORDS, behind, deed
from accounts.models import User
from core.downloads import csv_line
from core.formats import counted, moment_words
from core.listing import choice
from core.models import AuditEntry
from core.selectors import organisation_zone

DAY, CHUNK_ROWS = timedelta(days=1), 1000
COLUMNS = ("at", "who", "deed", "detail", "verb", "subject")


def entry_row(entry: AuditEntry) -> dict[str, Any]:
    return {
        "when": moment_words(entry.at),
        "who": entry.actor_label,
        "what": deed(entry),
        "behind": behind(entry),
        "bad": entry.verb == "denied" or bool(entry.detail.get("new_place")),
    }


def opening(of: Asked, count: int, now: datetime) -> dict[str, str]:
    """What happened in the last day; or how many entries there are of what is asked for."""
    unread = "".join(f" “{text}” is not a date, and was left out." for text in of.unread)
    if of.anything:
        many = counted(count, "entry", "entries") if count else "No entry"
        return {"finding": f"{many}: {_asked_words(of)}.", "lede": unread.strip()}
    many = happened(since=now - DAY, until=now)
    looks, exports, denied = (many[kind] for kind in ("looks", "exports", "denied"))
    turned = f"{counted(denied, 'refusal')}" if denied else "nobody was turned away"
    seen = counted(looks, "look") if looks else "No look"
    out = counted(exports, "export") if exports else "no export"
    finding = f"{seen} at personal data and {out} in the last day; {turned}."
    lede = "Who did what, the newest first. Entries cannot be changed here, by anybody."
    return {"finding": finding, "lede": lede + unread}


def filters(of: Asked) -> dict[str, Any]:
    """What narrows the table, and what of it is chosen, for templates/cotton/narrow.html."""
    verbs = sorted({*verbs_known(), of.verb} - {""}, key=verb_words)
    users = User.objects.order_by("email").values_list("email", "name")
    kinds = [("", "everything"), *((name, kind.label) for name, kind in KINDS.items())]
    deeds = [("", "any"), *((verb, verb_words(verb)) for verb in verbs)]
    people = [("", "anybody"), *((email, name or email) for email, name in users)]
    return {
        "selects": [
            choice("kind", "Kind", kinds, of.kind),
            choice("verb", "Deed", deeds, of.verb),
            choice("person", "Person", [*people, ("system", "the system itself")], of.person),
        ],
        "search": {"name": "customer", "label": "Customer", "value": of.customer},
        "days": [
            {"name": name, "label": label, "value": day.isoformat() if day else ""}
            for name, label, day in (("since", "From", of.since), ("until", "to", of.until))
        ],
        "cleared": reverse("audit") if of.anything else "",
    }


def verb_words(verb: str) -> str:
    return WORDS.get(verb, verb.replace("_", " ")).replace("{subject}", "…").strip()


def csv_rows(found: QuerySet[AuditEntry]) -> Iterator[bytes]:
    yield csv_line(COLUMNS)
    zone = organisation_zone()
    for entry in found.iterator(chunk_size=CHUNK_ROWS):
        at = entry.at.astimezone(zone).isoformat(timespec="seconds")
        told = (entry.actor_label, deed(entry), behind(entry), entry.verb, entry.subject)
        yield csv_line((at, *told))


def _asked_words(of: Asked) -> str:
    parts = [
        KINDS[of.kind].label.lower() if of.kind else "",
        f"“{verb_words(of.verb)}”" if of.verb else "",
        f"by or about {of.person}" if of.person else "",
        f"about customer {of.customer}" if of.customer else "",
        f"from {_day(of.since)}" if of.since else "",
        f"to {_day(of.until)}" if of.until else "",
    ]
    return ", ".join(filter(None, parts))


def _day(day: date) -> str:
    return day.strftime("%-d %b %Y")
