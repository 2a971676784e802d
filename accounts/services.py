"""Verbs of people: invite them, change what they may do, give programs keys."""

import secrets
from collections.abc import Iterable
from datetime import timedelta

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.capabilities import Capability, Role
from accounts.models import ApiKey, User, key_hash
from accounts.sign_ins import end_sessions
from core.errors import Conflict, NotFound, Refused
from core.services import record_audit

LINK_LIFE = timedelta(hours=24)
SALT = "accounts.login-link"
PREFIX_LETTERS = 8


class BadPerson(Refused):
    code = "bad_person"


class DeadLink(Refused):
    code = "dead_link"


@transaction.atomic
def create_user(
    *, email: str, role: str, name: str = "", password: str | None = None, actor: User | None = None
) -> User:
    """Make an account; without a password it is entered by a login link."""
    if role not in Role.values:
        known = ", ".join(Role.values)
        raise BadPerson(f"There is no role {role!r}. Roles are: {known}.", fields={"role": known})
    try:
        validate_email(email)
        if password is not None:
            validate_password(password)
    except ValidationError as error:
        raise BadPerson(" ".join(error.messages), fields={"email": email}) from error
    try:
        with transaction.atomic():
            user = User.objects.create_user(email, password, role=role, name=name)
    except IntegrityError as error:
        raise Conflict(f"There is an account for {email} already.") from error
    record_audit(actor=actor, verb="create_user", subject=email, detail={"role": role})
    return user


@transaction.atomic
def set_role(*, user: User, role: str, actor: User) -> User:
    """Give somebody another role. Nobody changes their own: the last admin would lock up."""
    if role not in Role.values:
        raise BadPerson(f"There is no role {role!r}.")
    if user == actor:
        raise Conflict("You cannot change your own role; ask another admin.")
    detail = {"before": user.role, "role": role}
    user.role = role
    user.save(update_fields=["role"])
    record_audit(actor=actor, verb="set_role", subject=user.email, detail=detail)
    return user


@transaction.atomic
def set_active(*, user: User, active: bool, actor: User) -> User:
    """Let somebody in, or lock them out at once: their sessions end."""
    if user == actor:
        raise Conflict("You cannot deactivate yourself; ask another admin.")
    user.is_active = active
    user.save(update_fields=["is_active"])
    if not active:
        end_sessions(user=user)
    record_audit(actor=actor, verb="activate" if active else "deactivate", subject=user.email)
    return user


@transaction.atomic
def reset_second_factor(*, user: User, actor: User) -> None:
    """For somebody who lost app and recovery codes: forget both, and sign them out everywhere.

    One's own is taken off under one's own account, where the password is asked once more.
    """
    if user == actor:
        raise Conflict("Take off your own second factor under your account, with your password.")
    removed, _ = Authenticator.objects.filter(user=user).delete()
    if not removed:
        raise Conflict(f"{user} has no second factor.")
    end_sessions(user=user)
    record_audit(actor=actor, verb="reset_second_factor", subject=user.email)


@transaction.atomic
def login_link(*, user: User, actor: User | None = None) -> str:
    """A link that signs in once, within a day. It dies with the next sign-in, by whatever way.

    Written down: whoever holds it comes in as somebody else.
    """
    record_audit(actor=actor, verb="make_login_link", subject=user.email)
    token = signing.dumps({"user": user.pk, "after": _last_login(user)}, salt=SALT)
    return f"{settings.SITE_URL}{reverse('login_link', args=[token])}"


def user_of_link(*, token: str) -> User:
    """Whom a login link belongs to; raises DeadLink where it was used, is old or was altered."""
    dead = DeadLink("This link was used already or is too old. Ask your admin for a new one.")
    try:
        content = signing.loads(token, salt=SALT, max_age=LINK_LIFE)
    except signing.BadSignature as error:
        raise dead from error
    user = User.objects.filter(pk=content["user"], is_active=True).first()
    if user is None or _last_login(user) != content["after"]:
        raise dead
    return user


@transaction.atomic
def create_api_key(
    *, email: str, name: str, scopes: Iterable[str] = (), actor: User | None = None
) -> tuple[ApiKey, str]:
    """A key for a person's programs, and the key itself: it is never shown again."""
    user = User.objects.filter(email__iexact=email).first()
    if user is None:
        raise NotFound(f"There is no account for {email}.")
    wanted = list(scopes) or sorted(capability.value for capability in user.capabilities)
    unknown = [scope for scope in wanted if scope not in Capability.values]
    beyond = [scope for scope in wanted if scope not in {c.value for c in user.capabilities}]
    if unknown:
        raise BadPerson(f"There is no capability {unknown[0]!r}.", fields={"scope": unknown[0]})
    if beyond:
        raise BadPerson(
            f"{email} has the role {user.role}, which may not {beyond[0]}.",
            fields={"scope": beyond[0]},
        )
    key = f"cba_{secrets.token_urlsafe(32)}"
    stored = ApiKey.objects.create(
        user=user, name=name, prefix=key[:PREFIX_LETTERS], key_hash=key_hash(key), scopes=wanted
    )
    detail = {"name": name, "may": wanted}
    record_audit(actor=actor, verb="create_api_key", subject=user.email, detail=detail)
    return stored, key


@transaction.atomic
def revoke_api_key(*, key: ApiKey, actor: User) -> None:
    """It opens nothing from now on; a second time changes nothing."""
    if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now()):
        detail = {"of": key.user.email, "key": f"{key.prefix}…"}
        record_audit(actor=actor, verb="revoke_api_key", subject=key.name, detail=detail)


def _last_login(user: User) -> str:
    return user.last_login.isoformat() if user.last_login else ""
