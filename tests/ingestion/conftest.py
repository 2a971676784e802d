import pytest
from django.test import Client

from tests.conftest import PASSWORD, person


@pytest.fixture
def ann_in(transactional_db) -> Client:
    client = Client()
    assert client.login(email=person("ann").email, password=PASSWORD)
    return client
