"""Pages and verbs: what the bar holds, and what one may do from anywhere."""

from dataclasses import dataclass

from django.urls import reverse

from accounts.capabilities import Capability
from accounts.models import User
from personas.navigation import AREAS
from personas.search.found import MOST, Hit, Part, best_first, words_of

NAMES = ("page", "pages")
# With nothing typed, this much of what one may do is offered.
OFFERED = 8


@dataclass(frozen=True)
class Verb:
    """Something to do, and other words by which people look for it."""

    label: str
    route: str
    capability: Capability
    also: str = ""


VERBS = (
    Verb("Find a customer", "customers", Capability.VIEW_CUSTOMERS, "person household who"),
    Verb("Build an audience", "audience", Capability.EDIT_SEGMENTS, "rule segment new make"),
    Verb("Prepare a campaign", "new_campaign", Capability.PREPARE_CAMPAIGN, "new start offer"),
    Verb("See who moved between groups", "segmentation:moves", Capability.VIEW_RESULTS, "slipped"),
    Verb("Read how campaigns ended", "campaigns", Capability.VIEW_RESULTS, "result verdict uplift"),
    Verb("See how good the predictions are", "models", Capability.VIEW_RESULTS, "churn evidence"),
    Verb("Bring in a file", "ingestion:new", Capability.IMPORT_DATA, "upload import load data"),
    Verb("Look at rejected rows", "ingestion:list", Capability.IMPORT_DATA, "errors imports"),
    Verb("Decide who is one person", "duplicates:list", Capability.VIEW_CUSTOMERS, "merge twice"),
    Verb("Invite somebody", "people", Capability.MANAGE_PEOPLE, "user role lock out account"),
    Verb("Erase a customer", "erasures:page", Capability.ERASE_CUSTOMERS, "forget gdpr delete"),
    Verb("Look up how a figure is computed", "glossary", Capability.VIEW_RESULTS, "meaning help"),
    Verb("Read which pages help", "told_useful", Capability.VIEW_OPERATIONS, "feedback useful"),
    Verb("Get help", "help", Capability.VIEW_RESULTS, "keys tour handbook how"),
)


def find(text: str, user: User) -> Part:
    """Pages and verbs that hold every word; with nothing typed what the role does most."""
    verbs = [v for v in VERBS if user.can(v.capability)]
    if not text.strip():
        hits = [Hit(v.label, reverse(v.route), icon="play") for v in verbs]
        return Part("What you can do", hits[:OFFERED])
    words = words_of(text)
    acts = [
        Hit(v.label, reverse(v.route), icon="play")
        for v in verbs
        if _holds(f"{v.label} {v.also}", words)
    ]
    done = {act.url for act in acts}
    pages = [
        Hit(page.label, reverse(page.route), note="" if area == page.label else area)
        for area, inside in AREAS
        for page in inside
        if user.can(page.capability)
        and reverse(page.route) not in done
        and _holds(f"{page.label} {area}", words)
    ]
    found = best_first([*acts, *pages], text)
    return Part("Pages and what you can do", found[:MOST], names=NAMES)


def _holds(said: str, words: list[str]) -> bool:
    """Each word is the beginning of one that is said."""
    known = said.casefold().split()
    return all(any(one.startswith(word) for one in known) for word in words)
