from collections.abc import Collection
from typing import Any

from django.db import transaction

from core.errors import Conflict
from core.models import AuditEntry, Organisation
from core.once import ask_again
from core.selectors import organisation

FIXED = {"time_zone": "The time zone", "currency": "The currency"}


def configure_organisation(**values: Any) -> Organisation:
    """Set the shop's name, clock, currency or caps; what is not named stays."""
    changed, _ = Organisation.objects.update_or_create(id=1, defaults=values)
    ask_again(organisation)
    return changed


@transaction.atomic
def change_organisation(*, values: dict[str, Any], recorded: bool, actor: Any) -> Organisation:
    """Set what an admin may set; ``recorded`` says that orders came in already.

    Days and money of orders are kept as the time zone and the currency of their coming in made
    them: neither is changed under them.
    """
    before = Organisation.objects.select_for_update().first() or Organisation()
    changed = {
        name: {"before": getattr(before, name), "now": value}
        for name, value in values.items()
        if getattr(before, name) != value
    }
    if fixed := [name for name in FIXED if name in changed and recorded]:
        raise Conflict(
            f"{FIXED[fixed[0]]} cannot be changed once orders are recorded: they are kept by it."
            " Take their imports out again, or begin a new installation.",
            fields={fixed[0]: str(values[fixed[0]])},
        )
    if changed:
        configure_organisation(**values)
        record_audit(actor=actor, verb="change_settings", detail=changed)
    return organisation()


def record_audit(
    *, actor: Any, verb: str, subject: str = "", detail: dict[str, Any] | None = None
) -> AuditEntry:
    """Write down who did it. ``actor`` is a user, or None where the system acts by itself."""
    kind = "system" if actor is None else "user"
    return AuditEntry.objects.create(
        actor_kind=kind,
        actor_id="" if actor is None else str(actor.pk),
        actor_label="system" if actor is None else str(actor),
        verb=verb,
        subject=subject,
        detail=detail or {},
    )


def rename_in_audit(*, verbs: Collection[str], subject: str, pseudonym: str) -> int:
    """Let entries about a person name a pseudonym; that they happened stays."""
    about = AuditEntry.objects.filter(verb__in=verbs, subject=subject)
    return about.update(subject=pseudonym)
