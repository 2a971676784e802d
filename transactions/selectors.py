"""Questions about orders and where they come from."""

from datetime import datetime

from django.db.models import Max, Min

from core.once import asked_once
from transactions.models import Event, Order, Product, Source


@asked_once
def last_order_at() -> datetime | None:
    return Order.objects.aggregate(at=Max("occurred_at"))["at"]


def first_order_at() -> datetime | None:
    return Order.objects.aggregate(at=Min("occurred_at"))["at"]


@asked_once
def shifted_sources() -> list[Source]:
    """Sources whose dates were moved on by whole weeks, so that old data look like today's."""
    return list(Source.objects.filter(shift_days__gt=0).order_by("name"))


def categories() -> list[str]:
    """What products are sorted into, by name."""
    known = Product.objects.exclude(category=None).order_by("category")
    return list(known.values_list("category", flat=True).distinct())


def visitors_of(customer_pk: int) -> set[str]:
    """The visitors that were this customer and nobody else, as far as events have named them."""
    theirs = Event.objects.filter(customer_id=customer_pk).exclude(visitor_id=None)
    ids = set(theirs.values_list("visitor_id", flat=True))
    others = Event.objects.filter(visitor_id__in=ids).exclude(customer_id=customer_pk)
    return ids - set(others.values_list("visitor_id", flat=True))
