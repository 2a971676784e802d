"""What the page of people says: who may come in, and what each role may do."""

from collections.abc import Mapping, Sequence
from typing import Any

from accounts.capabilities import ROLE_CAPABILITIES, Capability, Role
from accounts.models import SignIn, User
from accounts.selectors import Standing
from core.formats import counted, moment_words, short_day, whole

NONE = Standing()
NAMES = Capability.VIEW_PERSONAL_DATA


def people_words(people: Sequence[User]) -> dict[str, str]:
    active = [person for person in people if person.is_active]
    see = sum(person.can(NAMES) for person in active)
    out = len(people) - len(active)
    one = len(active) == 1
    seeing = "none sees" if not see else f"{whole(see)}\u00a0{'sees' if see == 1 else 'see'}"
    lede = "A role decides what somebody may see and do. A login link works once, within a day."
    if out:
        lede = f"{counted(out, 'person is', 'people are')} locked out. {lede}"
    return {
        "finding": "Only you may come in."
        if one
        else f"{whole(len(active))} people may come in; {seeing} names and addresses.",
        "lede": lede,
    }


def person_row(person: User, viewer: User, of: Standing) -> dict[str, Any]:
    latest = of.latest
    return {
        "pk": person.pk,
        "name": str(person),
        "email": "" if str(person) == person.email else person.email,
        "role": person.get_role_display(),
        "active": person.is_active,
        "factor": "app code" if of.factor else "",
        "last": last_seen(person, of),
        "place": latest.address if latest else "",
        "new_place": bool(latest and latest.new_place and of.sessions),
        "sessions": whole(len(of.sessions)),
        "you": person == viewer,
        "verb": "lock" if person.is_active else "unlock",
        "verb_words": "Lock out" if person.is_active else "Let in",
    }


def last_seen(person: User, of: Standing) -> str:
    """When somebody was here last; to a few minutes."""
    seen = of.latest.last_seen_at if of.latest else person.last_login
    return moment_words(seen) if seen else "never"


def factor_words(people: Sequence[User], known: Mapping[int, Standing]) -> str:
    """Five of seven have a second factor."""
    active = [person for person in people if person.is_active]
    have = sum(known.get(person.pk, NONE).factor for person in active)
    if have == len(active):
        return "Everybody has a second factor"
    if not have:
        return "Nobody has a second factor yet"
    return f"{whole(have)} of {whole(len(active))} {'has' if have == 1 else 'have'} a second factor"


def session_row(sign_in: SignIn, here: str | None) -> dict[str, Any]:
    return {
        "pk": sign_in.pk,
        "browser": sign_in.browser or "A browser",
        "address": sign_in.address or "an unknown address",
        "new_place": sign_in.new_place,
        "since": moment_words(sign_in.started_at),
        "seen": moment_words(sign_in.last_seen_at),
        "here": sign_in.session_key == here,
    }


def person_opening(person: User, of: Standing) -> dict[str, str]:
    """The sentence of one person's page."""
    many = len(of.sessions)
    if not person.is_active:
        finding = f"{person} is locked out; nothing of theirs opens anything."
    elif many:
        finding = f"{person} is signed in {'once' if many == 1 else f'in {whole(many)} places'}."
    elif of.latest or person.last_login:
        finding = f"{person} is signed out; here last {last_seen(person, of)}."
    else:
        finding = f"{person} has never come in."
    factor = "a second factor" if of.factor else "no second factor"
    may = counted(len(ROLE_CAPABILITIES[Role(person.role)]), "thing")
    return {
        "finding": finding,
        "lede": f"{person.get_role_display()}: may do {may} of {len(Capability)}. They have"
        f" {factor}. Account since {short_day(person.date_joined)}.",
    }


def role_table() -> dict[str, Any]:
    """Every capability with the roles that have it, in words."""
    seers = sum(NAMES in may for may in ROLE_CAPABILITIES.values())
    return {
        "finding": f"{seers} of {len(Role)} roles see names and addresses",
        "roles": [role.label for role in Role],
        "rows": [
            {
                "may": capability.label[0].upper() + capability.label[1:],
                "who": ", ".join(r.label for r in Role if capability in ROLE_CAPABILITIES[r]),
                "cells": [
                    {"role": role.label, "has": capability in ROLE_CAPABILITIES[role]}
                    for role in Role
                ],
            }
            for capability in Capability
        ],
    }
