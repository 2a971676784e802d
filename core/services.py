from collections.abc import Collection
from typing import Any

from core.models import AuditEntry, Organisation
from core.selectors import ask_organisation_again


def configure_organisation(**values: Any) -> Organisation:
    """Set the shop's name, clock, currency or caps; what is not named stays."""
    organisation, _ = Organisation.objects.update_or_create(id=1, defaults=values)
    ask_organisation_again()
    return organisation


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
