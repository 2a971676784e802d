"""Alerts: raised once while something lasts, and resolved when it is over."""

from collections.abc import Collection

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from core.models import Alert


@transaction.atomic
def raise_alert(*, topic: str, subject: str, says: str) -> Alert:
    """The open alert of this kind about the subject; what it says follows how things stand."""
    alert, _ = Alert.objects.update_or_create(
        topic=topic, subject=subject, resolved_at=None, defaults={"says": says}
    )
    return alert


def resolve_alerts(*, topic: str, subject: str) -> int:
    """How many there were."""
    return open_alerts([topic]).filter(subject=subject).update(resolved_at=timezone.now())


def open_alerts(topics: Collection[str]) -> QuerySet[Alert]:
    """The oldest first."""
    return Alert.objects.filter(topic__in=topics, resolved_at=None).order_by("opened_at", "id")
