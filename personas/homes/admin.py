"""Where an admin begins the day: who came in, what failed, what left, what to decide."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

from accounts.audit import Asked, entries, happened
from accounts.audit_pages import entry_row, opening
from accounts.forms import InviteForm
from accounts.key_pages import key_row, keys_words, lies_unused, unused_days
from accounts.models import ApiKey, SignIn, User
from accounts.pages import NONE, factor_words, person_row, role_table
from accounts.selectors import everybody, keys, new_places, standings
from core.formats import counted, moment_words
from core.health import Part
from core.selectors import organisation
from personas import sections
from personas.health import parts, parts_words
from personas.settings_views import settings_words
from transactions.selectors import last_order_at

WEEK = timedelta(days=7)
ENTRIES, KEYS = 8, 4


@dataclass(frozen=True)
class AdminHome:
    finding: str
    lede: str
    next: dict[str, Any]
    waiting: list[dict[str, Any]]
    people: list[dict[str, Any]]
    factors: str
    roles: dict[str, Any]
    invite: InviteForm
    keys: dict[str, Any]
    settings: dict[str, Any]
    audit: dict[str, Any]
    health: dict[str, Any]
    runs: dict[str, Any]
    loads: dict[str, Any]


def home(user: User, now: datetime) -> AdminHome:
    people, known = list(everybody()), standings()
    all_keys, health = list(keys()), parts()
    strange = new_places(since=now - WEEK)
    decisions = [
        *_strange(strange, user),
        *_broken(health),
        *sections.source_alerts(),
        *sections.failed_runs(since=now - WEEK),
        *_idle_keys(all_keys, now),
        *_without_factor(people, {pk for pk, of in known.items() if of.factor}, user),
    ]
    live = [key for key in all_keys if not key.revoked_at]
    return AdminHome(
        finding=_finding(people, strange),
        lede=since_last_week(now),
        next=decisions[0] if decisions else NOTHING,
        waiting=decisions[1:],
        people=[person_row(one, user, known.get(one.pk, NONE)) for one in people],
        factors=factor_words(people, known),
        roles=role_table(),
        invite=InviteForm(auto_id="invite_%s"),
        keys={
            "finding": keys_words(all_keys, now)["finding"].rstrip("."),
            "rows": [key_row(key, now) for key in live[:KEYS]],
        },
        settings=settings_words(organisation(), recorded=last_order_at() is not None),
        audit={
            "finding": opening(Asked(), 0, now)["finding"].partition(";")[0].rstrip("."),
            "entries": [entry_row(entry) for entry in entries(Asked())[:ENTRIES]],
        },
        health={"finding": parts_words(health), "parts": health},
        runs=sections.latest_runs(),
        loads=sections.loads(),
    )


def since_last_week(now: datetime) -> str:
    """One line: what was done in these seven days, and how often in the seven before."""
    told, start = [], now - WEEK
    this, before = happened(since=start, until=now), happened(since=start - WEEK, until=start)
    for kind, one, many in (
        ("sign_ins", "sign-in", ""),
        ("looks", "look at personal data", "looks at personal data"),
        ("exports", "export", ""),
        ("denied", "refusal", ""),
    ):
        if this[kind] or before[kind]:
            past = before[kind] or "none"
            told.append(f"{counted(this[kind], one, many)} ({past} the week before)")
    return f"In seven days: {', '.join(told)}." if told else "Nobody came in for two weeks."


def _finding(people: list[User], strange: list[SignIn]) -> str:
    active = sum(person.is_active for person in people)
    failed = sections.failed_lately()
    ended = f"{counted(failed, 'run')} failed" if failed else "nothing failed"
    places = f"; {counted(len(strange), 'sign-in')} from a new place" if strange else ""
    who = counted(active, "person", "people")
    return f"{who} may come in; {ended} in the last seven days{places}."


NOTHING = {
    "title": "nothing waits for you",
    "text": "Nobody came from a new place, every part answers, and nothing failed.",
    "verb": "Read the audit",
    "url": "/audit/",
}


def _strange(strange: list[SignIn], user: User) -> list[dict[str, Any]]:
    """Somebody came from where they never had come: was it them?"""
    return [
        {
            "title": f"was this {sign_in.user}?",
            "text": f"{sign_in.address}, {moment_words(sign_in.started_at)}, {sign_in.browser}."
            " They had never come from there before.",
            "verb": "Sign them out everywhere",
            "post": {"verb": "end_all"} if sign_in.user != user else {},
            "url": reverse("person", args=[sign_in.user.pk]),
            "second": f"See {sign_in.user}",
            "second_url": reverse("person", args=[sign_in.user.pk]),
        }
        for sign_in in strange[:2]
    ]


def _broken(health: list[Part]) -> list[dict[str, Any]]:
    return [
        {
            "title": f"{part.name} needs a look",
            "text": f"{part.says}. {part.detail}",
            "verb": "See all parts",
            "url": "#parts",
        }
        for part in health
        if not part.ok
    ]


def _idle_keys(known: list[ApiKey], now: datetime) -> list[dict[str, Any]]:
    idle = [key for key in known if lies_unused(key, now)]
    if not idle:
        return []
    longest = max(idle, key=lambda key: unused_days(key, now))
    return [
        {
            "title": f"is the key {longest.name} still needed?",
            "text": f"Nobody has used it for {counted(unused_days(longest, now), 'day')}.",
            "verb": "See the keys",
            "url": reverse("api_keys"),
        }
    ]


def _without_factor(people: list[User], have: set[int], user: User) -> list[dict[str, Any]]:
    """Passwords alone open these accounts; those of admins are told first."""
    lacking = [one for one in people if one.is_active and one.pk not in have]
    if not lacking:
        return []
    admins = [one for one in lacking if one.is_staff]
    many = counted(len(lacking), "person has", "people have")
    return [
        {
            "title": f"{many} no second factor",
            "text": f"{counted(len(admins), 'admin')} among them: a password alone opens"
            " everybody’s keys."
            if admins
            else "A password alone opens their accounts. Each sets one up from the menu with"
            " their initials.",
            "verb": "Set up yours" if user in lacking else "See people",
            "url": reverse("mfa_index" if user in lacking else "people"),
        }
    ]
