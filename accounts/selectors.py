"""Questions about people, their sessions and their keys."""

from dataclasses import dataclass, field
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db.models import QuerySet

from accounts.capabilities import ROLE_CAPABILITIES, Capability
from accounts.models import ApiKey, SignIn, User
from accounts.sign_ins import open_sign_ins
from core.errors import NotFound

FEW = 3
FACTOR = Authenticator.Type.TOTP


@dataclass(frozen=True)
class Standing:
    """How somebody comes in: with a second factor or not, when and where from, how often now."""

    factor: bool = False
    latest: SignIn | None = None
    sessions: list[SignIn] = field(default_factory=list)


def everybody() -> QuerySet[User]:
    """Those who may come in first."""
    return User.objects.order_by("-is_active", "email")


def people_who(capability: Capability) -> QuerySet[User]:
    """Everybody who may come in and do this, by name."""
    roles = [role for role, held in ROLE_CAPABILITIES.items() if capability in held]
    return User.objects.filter(is_active=True, role__in=roles).order_by("name", "email")


def who_gives_roles() -> list[User]:
    """Whom somebody asks who may not do a thing; a few of them are enough."""
    roles = [role for role, may in ROLE_CAPABILITIES.items() if Capability.MANAGE_PEOPLE in may]
    return list(User.objects.filter(role__in=roles, is_active=True).order_by("pk")[:FEW])


def person_numbered(number: int) -> User:
    found = User.objects.filter(pk=number).first()
    if found is None:
        raise NotFound("There is no such person here.")
    return found


def standings() -> dict[int, Standing]:
    """Of everybody who has a second factor or ever came in, by number; four queries."""
    with_factor = set(Authenticator.objects.filter(type=FACTOR).values_list("user_id", flat=True))
    latest = SignIn.objects.order_by("user_id", "-last_seen_at").distinct("user_id")
    last = {sign_in.user_id: sign_in for sign_in in latest}
    sessions: dict[int, list[SignIn]] = {}
    for sign_in in open_sign_ins():
        sessions.setdefault(sign_in.user_id, []).append(sign_in)
    return {
        pk: Standing(pk in with_factor, last.get(pk), sessions.get(pk, []))
        for pk in with_factor | set(last)
    }


def new_places(*, since: datetime) -> list[SignIn]:
    """Sign-ins from where that person had never come, the latest first."""
    found = SignIn.objects.filter(new_place=True, started_at__gte=since, user__is_active=True)
    return list(found.select_related("user").order_by("-started_at"))


def keys() -> QuerySet[ApiKey]:
    """Those that still open something first, then the newest."""
    return ApiKey.objects.select_related("user").order_by("-revoked_at", "-created_at")


def key_numbered(number: int) -> ApiKey:
    found = keys().filter(pk=number).first()
    if found is None:
        raise NotFound("There is no such key.")
    return found
