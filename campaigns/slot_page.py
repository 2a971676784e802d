"""What the pages about slots say."""

import json
from typing import Any

from django.utils import timezone

from campaigns.giving import Given
from campaigns.models import Campaign, CampaignState, Origin
from campaigns.slot_form import SEGMENT, Part, SlotForm
from campaigns.slot_models import Kind, Slot, SlotEntry
from campaigns.slots import Answer, entries_of, not_running, personalise, slots
from core.errors import Refused
from core.formats import counted, readable, whole
from segmentation.fitting import Fitting
from segmentation.frames import compiler
from segmentation.models import Segment
from segmentation.selectors import offered_segments, segments
from transactions.selectors import categories

GOALS = {
    "both": "bought before, and new to them",
    "repeat": "bought before",
    "discover": "new to them",
}
KINDS = {Kind.PRODUCTS: "Products", Kind.OFFER: "An offer", Kind.CONTENT: "Content",
         Kind.NOTHING: "Nothing"}  # fmt: skip
LATER = "Not asked: an entry before it won."
WINS = "This one is shown."
FIRST_WINS = (
    "The first entry that fits a customer is shown. A campaign’s entry never reaches its control"
    " group."
)
ENTRIES = ("entry", "entries")


def list_words() -> dict[str, Any]:
    rows = [slot_words(slot) for slot in slots()]
    if not rows:
        finding = "No page asks yet what to show to a customer."
        lede = (
            "A slot is a named place on a page or in an e-mail; its first fitting entry is shown."
        )
        return {"finding": finding, "lede": lede, "slots": []}
    many = f"{whole(len(rows))} slots ask" if len(rows) > 1 else "One slot asks"
    with_campaigns = sum(any(entry["gives_now"] for entry in row["entries"]) for row in rows)
    where = f"{whole(with_campaigns)} of them" if len(rows) > 1 else "it"
    campaigns = f"; a running campaign speaks in {where}" if with_campaigns else ""
    broken = sum(bool(entry["problem"]) for row in rows for entry in row["entries"])
    lede = FIRST_WINS
    if broken:
        lede = f"Passed over, as they cannot be answered any more: {counted(broken, *ENTRIES)}."
    return {"finding": f"{many} what to show{campaigns}.", "lede": lede, "slots": rows}


def slot_words(slot: Slot) -> dict[str, Any]:
    """A slot with its entries in words, in their order."""
    words, compiled = Fitting(None), compiler()
    entries = [
        _entry_words(n, entry, words, compiled) for n, entry in enumerate(entries_of(slot), 1)
    ]
    return {
        "slug": slot.slug,
        "name": slot.name,
        "place": slot.place,
        "entries": entries,
        "fallback": gives_words(slot.fallback_kind, slot.fallback_gives),
        "finding": _finding(slot, entries),
    }


def _finding(slot: Slot, entries: list[dict[str, Any]]) -> str:
    if not entries:
        return f"{slot.name} shows the same to everybody."
    many = counted(len(entries), *ENTRIES)
    broken = sum(bool(entry["problem"]) for entry in entries)
    if broken:
        return f"{slot.name} has {many}; {whole(broken)} of them cannot be answered."
    speaking = [entry["campaign"] for entry in entries if entry["gives_now"]]
    if speaking:
        return f"{slot.name} has {many}; {speaking[0]} speaks to those whom it treats."
    return f"{slot.name} has {many}; the first that fits is shown."


def _entry_words(number: int, entry: SlotEntry, words: Fitting, compiled: Any) -> dict[str, Any]:
    problem, resting = "", ""
    if entry.definition:
        try:
            compiled(entry.definition)
        except Refused as refusal:
            problem = refusal.message
    if entry.campaign:
        resting = not_running(entry.campaign, timezone.now())
    return {
        "number": number,
        "name": entry.name,
        "whom": f"Customers {words.words(entry.definition)}" if entry.definition else "Everybody",
        "gives": gives_words(entry.kind, entry.gives),
        "campaign": entry.campaign.name if entry.campaign else "",
        "resting": resting,
        "gives_now": bool(entry.campaign) and not resting,
        "problem": problem,
    }


def gives_words(kind: str, gives: dict[str, Any]) -> str:
    if kind == Kind.PRODUCTS:
        category = f", of {readable(gives['category'])}" if gives["category"] else ""
        return f"{counted(gives['k'], 'product')}: {GOALS[gives['goal']]}{category}"
    if kind == Kind.OFFER:
        return f"Offer “{gives['title']}”" + (f", code {gives['code']}" if gives["code"] else "")
    return f"Content “{gives['title']}”" if kind == Kind.CONTENT else "Nothing"


def trial(slot: Slot, customer_id: str) -> dict[str, Any]:
    """Which entry wins for one customer, and why the ones before did not."""
    answer = personalise(slot=slot, customer_id=customer_id, at=timezone.now(), explained=True)
    why = {one.entry.pk: one.why for one in answer.passed}
    winner = answer.entry.pk if answer.entry else None
    rows = [
        {
            "name": entry.name,
            "wins": entry.pk == winner,
            "asked": entry.pk == winner or entry.pk in why,
            "why": WINS if entry.pk == winner else why.get(entry.pk, LATER),
        }
        for entry in entries_of(slot)
    ]
    return {
        "customer": customer_id,
        "finding": _trial_finding(answer),
        "rows": rows,
        "falls_back": winner is None,
        **shown(answer.given),
    }


def _trial_finding(answer: Answer) -> str:
    who = answer.customer_id if answer.known else "An unknown visitor"
    if answer.entry:
        return f"{who} gets “{answer.entry.name}”"
    return f"{who} gets nothing" if answer.given.is_nothing else f"{who} gets the fallback"


def shown(given: Given) -> dict[str, Any]:
    items = [{"name": readable(item.name), "reason": item.reason} for item in given.items]
    return {"items": items, "content": dict(given.words)}


def _offered(form: SlotForm) -> list[Segment]:
    """What the selects of all entries offer, with each that is chosen."""
    found = {segment.pk: segment for segment in offered_segments()}
    chosen = [part.said["whom"].removeprefix(SEGMENT) for part in form.entries]
    found |= {segment.pk: segment for segment in segments().filter(slug__in=chosen)}
    return list(found.values())


def form_words(
    form: SlotForm, *, focus: int | None, problem: str, at: int | None
) -> dict[str, Any]:
    """The form with its choices. ``problem`` stands at entry ``at``, or above all of them."""
    words = Fitting(None)
    choices = {
        "segments": [(f"{SEGMENT}{s.slug}", s.name) for s in _offered(form)],
        "campaigns": _campaigns(),
    }
    parts = [_part_words(part, words) | _kept(part, choices) for part in form.entries]
    for place, part in enumerate(parts):
        part |= {
            "place": place + 1,
            "first": place == 0,
            "last": place == len(parts) - 1,
            "focus": part["number"] == focus,
            "problem": problem if place == at else "",
        }
    return {
        "form": form,
        "entries": parts,
        "fallback": _part_words(form.fallback, words),
        **choices,
        "categories": categories(),
        "goals": GOALS.items(),
        "kinds": [(kind.value, label) for kind, label in KINDS.items() if kind != Kind.NOTHING],
        "every_kind": [(kind.value, label) for kind, label in KINDS.items()],
    }


def _part_words(part: Part, words: Fitting) -> dict[str, Any]:
    return {"number": part.number, **part.said, "rule_words": _rule_words(part, words)}


def _kept(part: Part, choices: dict[str, list[tuple[str, str]]]) -> dict[str, Any]:
    """What an entry says that is no choice any more: it stays until somebody chooses anew."""
    whom, campaign = part.said["whom"], part.said["campaign"]
    gone = whom.startswith(SEGMENT) and whom not in dict(choices["segments"])
    over = campaign and campaign not in dict(choices["campaigns"])
    named = Campaign.objects.filter(pk=campaign).first() if over and campaign.isdigit() else None
    return {
        "gone_segment": f"{whom.removeprefix(SEGMENT)}, which is gone" if gone else "",
        "over_campaign": f"{named} ({named.state})" if named else campaign if over else "",
    }


def _rule_words(part: Part, words: Fitting) -> str:
    """A rule of the entry's own, which came by the API: kept as it is."""
    try:
        rule = json.loads(part.said.get("rule") or "null")
        return f"customers {words.words(rule)}" if rule else ""
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""


def _campaigns() -> list[tuple[str, str]]:
    """Those that run or may run yet, the newest first."""
    over = (CampaignState.FINISHED, CampaignState.STOPPED)
    open_ones = Campaign.objects.filter(origin=Origin.OWN).exclude(state__in=over)
    return [(str(campaign.pk), f"{campaign} ({campaign.state})") for campaign in open_ones]
