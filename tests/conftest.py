"""The people of the tests, and a client for each of them."""

import hypothesis
import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

from accounts.capabilities import Role
from accounts.models import User
from accounts.services import create_api_key, create_user

# A test judges what is answered; how long a busy machine takes is no finding.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

PASSWORD = "correct horse battery"

NAMES = {
    "mara": Role.MARKETING,
    "sam": Role.SALES,
    "sue": Role.SUPPORT,
    "pete": Role.PRODUCT,
    "ann": Role.ANALYST,
    "ada": Role.ADMIN,
    "vic": Role.VIEWER,
}


def person(name: str) -> User:
    email = f"{name}@shop.example"
    known = User.objects.filter(email=email).first()
    return known or create_user(email=email, role=NAMES[name], name=name, password=PASSWORD)


@pytest.fixture(autouse=True)
def fresh_limits():
    """Sign-in limits live in the cache: no test inherits another's wrong passwords."""
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def nobody_stays_erased(settings):
    """The erasure list is a file beside the database: no test inherits whom another erased."""
    yield
    (settings.CBA_HOME / "erasures" / "list").unlink(missing_ok=True)


@pytest.fixture
def mara(db):
    return person("mara")


@pytest.fixture
def sam(db):
    return person("sam")


@pytest.fixture
def sue(db):
    return person("sue")


@pytest.fixture
def pete(db):
    return person("pete")


@pytest.fixture
def ann(db):
    return person("ann")


@pytest.fixture
def ada(db):
    return person("ada")


@pytest.fixture
def vic(db):
    return person("vic")


@pytest.fixture
def api_of():
    """A client that sends a fresh key of that person."""

    def make(user: User, *scopes: str) -> APIClient:
        _, key = create_api_key(email=user.email, name="test", scopes=scopes)
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
        return client

    return make
