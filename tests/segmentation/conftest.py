import pytest

from core.services import configure_organisation
from tests.shops.coming_in import bring_in, refreshed
from tests.shops.four_in_berlin import AS_OF, LINES
from tests.shops.kept import kept_shop


@pytest.fixture
def berlin(db):
    configure_organisation(time_zone="Europe/Berlin", currency="EUR")


@pytest.fixture
def four(berlin, tmp_path):
    bring_in(tmp_path, LINES)
    bring_in(tmp_path, "customer_id,joined_at\ne,2026-03-02\nf,\n", "customers")
    refreshed(AS_OF)


@pytest.fixture(scope="module")
def kept(django_db_setup, django_db_blocker, tmp_path_factory):
    with django_db_blocker.unblock(), kept_shop(tmp_path_factory.mktemp("shop")):
        yield


@pytest.fixture
def opened(kept, db):
    """The shop of nine and one after its refresh."""
