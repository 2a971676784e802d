from datetime import UTC, datetime

import pytest
from django.db import transaction

from customers.models import Channel, Consent, Customer
from tests.shops import nine_and_one as shop
from tests.shops.coming_in import bring_in, refreshed


@pytest.fixture(scope="module")
def kept_shop(django_db_setup, django_db_blocker, tmp_path_factory):
    """The shop of nine and one, loaded once a module and rolled back after it.

    For tests that change no file: their own changes are rolled back to here.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        bring_in(tmp_path_factory.mktemp("shop"), shop.ORDER_LINES)
        _agree("ABCDEFGH")
        refreshed(shop.AS_OF)
        yield
        transaction.set_rollback(True)


def _agree(customer_ids: str) -> None:
    """As the file of consents says; a transaction holds one load."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    Consent.objects.bulk_create(
        Consent(customer=customer, channel=channel, granted=True, at=at)
        for customer in Customer.objects.filter(customer_id__in=list(customer_ids))
        for channel in (Channel.EMAIL, Channel.SMS)
    )


@pytest.fixture
def ten(kept_shop, db):
    """Ten customers, of whom A to I have bought something."""
