"""Keys that may only send: they stand in a shop's pages, so that everybody knows them.

Such a key reads nothing. It is of use from the origins that it names, for the rows that it may
bring, and so often a minute.
"""

import re
import secrets
from collections.abc import Sequence
from urllib.parse import urlsplit

from django.core.cache import cache
from django.db import models, transaction
from django.db.models import QuerySet

from accounts.capabilities import Capability
from accounts.models import ApiKey, User, key_hash
from accounts.services import PREFIX_LETTERS, BadPerson
from core.errors import NotAllowed, NotFound, Refused
from core.services import record_audit

# What the snippet sends; responses to campaigns are nobody's to say from a web page.
USUAL_EVENTS = ("visit", "product_view", "search", "basket", "order", "sign_in")
MOST_ORIGINS = 20
# The sources of such keys begin with it.
WEB = "web: "
EVENT_KIND = re.compile(r"[a-z][a-z0-9_]{0,63}")
MINUTE = 60
FROM_ONE_ADDRESS = 120
FROM_ALL = 6_000


class Sends(models.TextChoices):
    """What a write-only key may send. No capability: it opens no page and no answer."""

    EVENTS = "SEND_EVENTS", "send what people do on your pages"
    ORDERS = "SEND_ORDERS", "send orders, too"


# What any key may do, in words.
SCOPES = {each.value: str(each.label) for each in (*Capability, *Sends)}


class BadKey(Refused):
    code = "bad_key"


class TooOften(Refused):
    code = "too_often"
    status = 429


@transaction.atomic
def create_write_key(
    *,
    email: str,
    name: str,
    origins: Sequence[str] = (),
    orders: bool = False,
    event_kinds: Sequence[str] = USUAL_EVENTS,
    actor: User | None = None,
) -> tuple[ApiKey, str]:
    """A key for a shop's pages; without ``origins`` for an app, which names none."""
    user = User.objects.filter(email__iexact=email).first()
    if user is None:
        raise NotFound(f"There is no account for {email}.")
    if not user.can(Capability.IMPORT_DATA):
        raise BadPerson(
            f"{email} has the role {user.role}, which may not bring in data.",
            fields={"person": user.role},
        )
    if wrong := [kind for kind in event_kinds if not EVENT_KIND.fullmatch(kind)]:
        raise BadKey(f"{wrong[0][:60]!r} is no kind of event: write it like product_view.")
    key = f"cba_w_{secrets.token_urlsafe(24)}"
    stored = ApiKey.objects.create(
        user=user,
        name=name,
        prefix=key[:PREFIX_LETTERS],
        key_hash=key_hash(key),
        scopes=[Sends.EVENTS.value, *([Sends.ORDERS.value] if orders else [])],
        public_key=key,
        origins=checked_origins(origins),
        event_kinds=sorted(set(event_kinds)),
    )
    detail = {"name": name, "may": stored.scopes, "origins": stored.origins}
    record_audit(actor=actor, verb="create_api_key", subject=user.email, detail=detail)
    return stored, key


def checked_origins(said: Sequence[str]) -> list[str]:
    """Each as a browser writes it: scheme, host and port, in small letters."""
    if len(said) > MOST_ORIGINS:
        raise BadKey(f"A key names at most {MOST_ORIGINS} addresses.")
    return sorted({_origin(text.strip()) for text in said if text.strip()})


def _origin(text: str) -> str:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    whole = parts.scheme in ("http", "https") and parts.hostname and "*" not in text
    if not whole or parts.path not in ("", "/") or parts.query or parts.username:
        raise BadKey(
            f"{text[:80]!r} is no address of a shop. Write it like https://shop.example.",
            fields={"origins": text[:80]},
        )
    usual = {"http": 80, "https": 443}[parts.scheme]
    host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != usual else "")


def write_keys() -> QuerySet[ApiKey]:
    """Those in use."""
    found = ApiKey.objects.exclude(public_key="").filter(revoked_at=None, user__is_active=True)
    return found.select_related("user").order_by("name", "pk")


def source_of(key: ApiKey) -> str:
    """Its rows stand under a source of their own: they change nothing that another brought."""
    return f"{WEB}{key.name}"


def is_known_origin(origin: str) -> bool:
    return any(origin in key.origins for key in write_keys())


def refuse_sending(key: ApiKey, *, sends: str, origin: str | None, address: str) -> None:
    """Refuse what this key may not send, from where it may not, or too often."""
    for who, most in ((f"{key.pk}:{address}", FROM_ONE_ADDRESS), (str(key.pk), FROM_ALL)):
        counter = f"sent:{who}"
        cache.add(counter, 0, timeout=MINUTE)
        if _one_more(counter) > most:
            raise TooOften("Too much was sent within a minute. Send it again in the next.")
    if not key.user.can(Capability.IMPORT_DATA) or sends not in key.scopes:
        raise NotAllowed("This key may not send these rows.")
    if key.origins and origin not in key.origins:
        raise NotAllowed("This key is of use from the shop's own pages only.")
    if origin and not key.origins:
        raise NotAllowed("This key is an app's, and of no use from a page.")


def _one_more(counter: str) -> int:
    try:
        return cache.incr(counter)
    except ValueError:
        # The minute ended between the two.
        cache.add(counter, 1, timeout=MINUTE)
        return 1
