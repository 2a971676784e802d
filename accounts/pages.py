"""What the page of people says: who may come in, and what each role may do."""

from collections.abc import Sequence
from typing import Any

from accounts.capabilities import ROLE_CAPABILITIES, Capability, Role
from accounts.models import User
from core.formats import counted, moment_words

NAMES = Capability.VIEW_PERSONAL_DATA


def people_words(people: Sequence[User]) -> dict[str, str]:
    active = [person for person in people if person.is_active]
    see = sum(person.can(NAMES) for person in active)
    out = len(people) - len(active)
    one = len(active) == 1
    seeing = "none sees" if not see else f"{see:,}\u00a0{'sees' if see == 1 else 'see'}"
    lede = "A role decides what somebody may see and do. A login link works once, within a day."
    if out:
        lede = f"{counted(out, 'person is', 'people are')} locked out. {lede}"
    return {
        "finding": "Only you may come in."
        if one
        else f"{len(active):,} people may come in; {seeing} names and addresses.",
        "lede": lede,
    }


def person_row(person: User, viewer: User) -> dict[str, Any]:
    return {
        "pk": person.pk,
        "name": str(person),
        "email": "" if str(person) == person.email else person.email,
        "role": person.get_role_display(),
        "active": person.is_active,
        "last": moment_words(person.last_login) if person.last_login else "never",
        "you": person == viewer,
        "verb": "lock" if person.is_active else "unlock",
        "verb_words": "Lock out" if person.is_active else "Let in",
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
