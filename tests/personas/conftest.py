import pytest

from tests.shops.kept import kept_shop


@pytest.fixture(scope="module")
def kept(django_db_setup, django_db_blocker, tmp_path_factory):
    with django_db_blocker.unblock(), kept_shop(tmp_path_factory.mktemp("shop")):
        yield


@pytest.fixture
def opened(kept, db):
    """The shop of nine and one after its refresh."""
