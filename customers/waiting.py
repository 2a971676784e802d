"""Who waits for the shop: open requests, unhappy answers, and what came in lately."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from customers.models import Feedback, FeedbackKind, Interaction

# What a survey calls a detractor, and a dissatisfied customer.
UNHAPPY = Q(kind=FeedbackKind.NPS, score__lte=6) | Q(kind=FeedbackKind.CSAT, score__lte=2)


@dataclass(frozen=True)
class Lately:
    """What happened since a moment."""

    opened: int
    closed: int
    answered: int
    unhappy: int


def open_requests() -> QuerySet[Interaction]:
    """Of everybody, the oldest first."""
    found = Interaction.objects.filter(closed_at=None).select_related("customer")
    return found.order_by("opened_at", "pk")


def unhappy_answers(*, since: datetime) -> QuerySet[Feedback]:
    """The newest first; ``followed``: somebody has been in touch with them since."""
    after = Interaction.objects.filter(customer=OuterRef("customer"), opened_at__gt=OuterRef("at"))
    found = Feedback.objects.filter(UNHAPPY, at__gte=since).annotate(followed=Exists(after))
    return found.select_related("customer").order_by("-at", "-pk")


def lately(*, since: datetime, until: datetime) -> Lately:
    """Of [since, until)."""
    opened = Interaction.objects.filter(opened_at__gte=since, opened_at__lt=until)
    closed = Interaction.objects.filter(closed_at__gte=since, closed_at__lt=until)
    said = Feedback.objects.filter(at__gte=since, at__lt=until)
    counts = (opened.count(), closed.count(), said.count(), said.filter(UNHAPPY).count())
    return Lately(*counts)
