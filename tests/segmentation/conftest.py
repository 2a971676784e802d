from pathlib import Path

import pytest

from core.services import configure_organisation
from tests.shops.coming_in import bring_in, refreshed
from tests.shops.four_in_berlin import AS_OF, LINES
from tests.shops.kept import kept_shop
from tests.shops.opened_once import opened_once


@pytest.fixture
def berlin(db):
    configure_organisation(time_zone="Europe/Berlin", currency="EUR")


@opened_once
def open_four(folder: Path) -> None:
    bring_in(folder, LINES)
    bring_in(folder, "customer_id,joined_at\ne,2026-03-02\nf,\n", "customers")
    refreshed(AS_OF)


@pytest.fixture
def four(berlin, tmp_path):
    open_four(tmp_path)


@pytest.fixture(scope="module")
def kept(django_db_setup, django_db_blocker, tmp_path_factory):
    with django_db_blocker.unblock(), kept_shop(tmp_path_factory.mktemp("shop")):
        yield


@pytest.fixture
def opened(kept, db):
    """The shop of nine and one after its refresh."""
