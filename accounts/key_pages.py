"""What the page of API keys says."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from accounts.capabilities import Capability
from accounts.forms import TypedForm
from accounts.models import ApiKey
from accounts.write_keys import SCOPES, Sends
from core.formats import counted, moment_words, short_day, whole

UNUSED_AFTER = timedelta(days=90)


def unused_days(key: ApiKey, now: datetime) -> int:
    """Whole days since a key was used last, or made."""
    return (now - (key.last_used_at or key.created_at)).days


def lies_unused(key: ApiKey, now: datetime) -> bool:
    return not key.revoked_at and unused_days(key, now) >= UNUSED_AFTER.days


def keys_words(keys: Sequence[ApiKey], now: datetime) -> dict[str, str]:
    """What lies about unused, first."""
    live = [key for key in keys if not key.revoked_at]
    idle = [key for key in live if lies_unused(key, now)]
    lede = "A key opens the API for a program, and never may more than its person."
    if not live:
        return {"finding": "No program has a key.", "lede": lede}
    if not idle:
        return {
            "finding": f"{counted(len(live), 'key opens', 'keys open')} the API; none lies unused.",
            "lede": lede,
        }
    longest = max(idle, key=lambda key: unused_days(key, now))
    return {
        "finding": f"{whole(len(idle))} of {counted(len(live), 'key')}"
        f" {'lies' if len(idle) == 1 else 'lie'} unused;"
        f" {longest.name} for {counted(unused_days(longest, now), 'day')}.",
        "lede": f"{lede} What nobody uses is best revoked.",
    }


def key_row(key: ApiKey, now: datetime) -> dict[str, Any]:
    able = {c.value for c in key.user.capabilities}
    if Capability.IMPORT_DATA.value in able:
        able |= set(Sends.values)
    held = [scope for scope in key.scopes if scope in able]
    lost = len(key.scopes) - len(held)
    return {
        "pk": key.pk,
        "name": key.name,
        "prefix": f"{key.prefix}…",
        "person": str(key.user),
        "person_pk": key.user.pk,
        "locked": not key.user.is_active,
        "may": [SCOPES[scope] for scope in held if scope in SCOPES],
        "public": bool(key.public_key),
        "origins": ", ".join(key.origins) or "from an app",
        "many": counted(len(held), "thing"),
        "lost": f"{whole(lost)} more that its person no longer may" if lost else "",
        "used": moment_words(key.last_used_at) if key.last_used_at else "never",
        "idle": counted(unused_days(key, now), "day"),
        "unused": lies_unused(key, now),
        "made": short_day(key.created_at),
        "revoked": short_day(key.revoked_at) if key.revoked_at else "",
        "form": None if key.revoked_at else revoke_form(key),
    }


def revoke_form(key: ApiKey, data: Any = None) -> TypedForm:
    label = f"Type {key.name} to revoke it for good"
    return TypedForm(data, wanted=key.name, label=label, prefix=f"key{key.pk}")
