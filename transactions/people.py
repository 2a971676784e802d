from typing import Any, ClassVar

from django.db import transaction
from django.forms.models import model_to_dict

from core.contracts.person import PersonVerbs
from core.money import from_minor
from core.selectors import organisation
from customers.people import move_rows, move_rows_back
from transactions.models import Event, Order, OrderLine
from transactions.services import mark_mirror_stale, remove_unused, update_mirror

TOLD_OF_EVENTS = ("kind", "at", "visitor_id", "sku", "url", "properties", "is_synthetic")


class TransactionsPeople(PersonVerbs):
    """Orders and their lines, in the record and in the mirror; web and app events."""

    key: ClassVar[str] = "transactions"
    models: ClassVar[tuple[str, ...]] = (
        "transactions.Order", "transactions.OrderLine", "transactions.Event",
    )  # fmt: skip
    stores: ClassVar[tuple[str, ...]] = ("mirror",)
    stays: ClassVar[dict[str, str]] = {"transactions.OrderLine": "goes with its order"}

    def forget(self, customer_pk: int) -> dict[str, int]:
        with transaction.atomic():
            mark_mirror_stale(load_ids=_loads_of(customer_pk))
            _, erased = Order.objects.filter(customer_id=customer_pk).delete()
            # What the person did before anybody knew them has joined them, and goes too.
            _, events = Event.objects.filter(customer_id=customer_pk).delete()
        written = update_mirror().written
        unused = remove_unused(at_once=True)
        return {**erased, **events, "mirror files": written, "unused files": unused}

    def disclose(self, customer_pk: int) -> dict[str, Any]:
        currency = organisation().currency
        lines = OrderLine.objects.filter(order__customer_id=customer_pk)
        rows = lines.select_related("order", "product").order_by("order__occurred_at", "pk")
        return {
            "order_lines": [
                {
                    "order_id": line.order.order_id,
                    "occurred_at": line.order.occurred_at.isoformat(),
                    "sku": line.product.sku if line.product else None,
                    "quantity": line.quantity,
                    "amount": from_minor(line.amount_minor, currency),
                }
                for line in rows
            ],
            "events": [
                model_to_dict(event, fields=TOLD_OF_EVENTS)
                for event in Event.objects.filter(customer_id=customer_pk).order_by("at", "pk")
            ],
        }

    def movable(self, source_pk: int, target_pk: int) -> list[Any]:
        return [model.objects.filter(customer_id=source_pk) for model in (Order, Event)]

    def repoint(self, source_pk: int, target_pk: int) -> dict[str, list[int]]:
        mark_mirror_stale(load_ids=_loads_of(source_pk))
        return move_rows(self.movable(source_pk, target_pk), target_pk)

    def repoint_back(self, journal: dict[str, list[int]], source_pk: int, target_pk: int) -> None:
        move_rows_back((Order, Event), journal, source_pk, target_pk)
        mark_mirror_stale(load_ids=_loads_of(source_pk))


def _loads_of(customer_pk: int) -> list[int]:
    lines = OrderLine.objects.filter(order__customer_id=customer_pk)
    return list(lines.values_list("load_id", flat=True).distinct())
