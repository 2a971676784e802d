"""The shop of nine and one, loaded once a module and rolled back after it: for tests that change no
file, and whose own changes are rolled back to here."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from django.db import transaction

from customers.models import Consent, Customer
from tests.shops import nine_and_one as shop
from tests.shops.coming_in import bring_in, refreshed

# customer_id → name, telephone, and the channels by which they may be reached.
KNOWN = {
    "F": ("Fay Ford", "+1 555 0101", ["phone"]),
    "G": ("Gus Gray", "+1 555 0102", ["email"]),
    "H": ("Hal Hill", None, []),
}


@contextmanager
def kept_shop(folder: Path) -> Iterator[None]:
    with transaction.atomic():
        bring_in(folder, shop.ORDER_LINES)
        _described()
        refreshed(shop.AS_OF)
        yield
        transaction.set_rollback(True)


def _described() -> None:
    """As files say it; a transaction holds one load."""
    for customer in Customer.objects.filter(customer_id__in=list(KNOWN)):
        customer.name, customer.phone, channels = KNOWN[customer.customer_id]
        customer.save()
        for channel in channels:
            at = datetime(2026, 1, 1, tzinfo=UTC)
            Consent.objects.create(customer=customer, channel=channel, granted=True, at=at)
