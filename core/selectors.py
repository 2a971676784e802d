from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Max

from core.models import AuditEntry, Organisation
from core.once import asked_once


@asked_once
def organisation() -> Organisation:
    """The installation's shop; its defaults before anyone has named it."""
    return Organisation.objects.first() or Organisation()


def settings_changed_at() -> datetime | None:
    """When an admin last changed how the shop counts; None while nobody did."""
    entries = AuditEntry.objects.filter(verb="change_settings").order_by("-at")
    return entries.values_list("at", flat=True).first()


def organisation_zone() -> ZoneInfo:
    """The time zone that decides where the shop's days begin."""
    return ZoneInfo(organisation().time_zone)


def last_subjects(*, actor_id: str, verb: str, most: int) -> list[tuple[str, datetime]]:
    """[(subject, when)] of what somebody did last, each subject once, the newest first."""
    theirs = AuditEntry.objects.filter(actor_kind="user", actor_id=actor_id, verb=verb)
    latest = theirs.values("subject").annotate(when=Max("at")).order_by("-when")
    return list(latest.values_list("subject", "when")[:most])
