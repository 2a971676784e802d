"""Who the shop is: asked once a request, and never remembered beyond it."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.models import Organisation
from core.once import one_moment
from core.selectors import organisation
from core.services import configure_organisation
from tests.conftest import PASSWORD
from tests.shops import nine_and_one as shop
from tests.shops.coming_in import bring_in, refreshed

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_page_asks_for_it_once_however_many_figures_it_writes(tmp_path, mara):
    configure_organisation(name="Nine and one", currency="EUR")
    bring_in(tmp_path, shop.ORDER_LINES)
    refreshed(shop.AS_OF, only=["features", "segments"])
    client = Client()
    client.login(email=mara.email, password=PASSWORD)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get("/").status_code == 200
    table = Organisation._meta.db_table
    assert sum(f'FROM "{table}"' in query["sql"] for query in asked.captured_queries) == 1


def test_a_change_is_seen_within_the_request_that_makes_it_and_in_the_next():
    configure_organisation(name="Before")
    with one_moment():
        assert organisation().name == "Before"
        configure_organisation(name="After")
        assert organisation().name == "After"
        Organisation.objects.update(name="By somebody else")
        assert organisation().name == "After"
    assert organisation().name == "By somebody else"
