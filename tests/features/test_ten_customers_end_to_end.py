"""The hand-made shop of ten, through its four files and a refresh, to the API."""

from zoneinfo import ZoneInfo

import pytest

from core.selectors import organisation
from tests.conftest import person
from tests.shops import ten_customers as shop
from tests.shops.coming_in import bring_in, refreshed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def client(tmp_path, transactional_db, api_of):
    ours = organisation()
    ours.time_zone, ours.currency = shop.TIME_ZONE, shop.CURRENCY
    ours.save()
    for kind, text in shop.FILES.items():
        load = bring_in(tmp_path, text, kind=kind)
        assert (load.loaded, load.rejected) == (text.count("\n") - 1, 0), kind
    return api_of(person("ann"))


def told(client):
    """{customer_id: features} of everybody, from the API."""
    paths = {c: f"/api/v1/customers/{c}/features/" for c in shop.CUSTOMER_IDS}
    return {c: client.get(path).json()["features"] for c, path in paths.items()}


def moment(as_of):
    return as_of.replace(tzinfo=ZoneInfo(shop.TIME_ZONE))


def assert_features(found, as_of):
    for customer_id in shop.CUSTOMER_IDS:
        expected = shop.features(customer_id, as_of=as_of)
        assert {name: found[customer_id][name] for name in expected} == {
            name: pytest.approx(value, rel=1e-6) if isinstance(value, float) else value
            for name, value in expected.items()
        }


def rfm(found):
    names = ("recency_score", "frequency_score", "monetary_score", "rfm_group")
    return {c: tuple(row[name] for name in names) for c, row in found.items()}


def test_every_feature_score_and_group_and_a_day_later(client):
    refreshed(moment(shop.AS_OF))
    found = told(client)
    assert_features(found, shop.AS_OF)
    assert rfm(found) == shop.RFM

    refreshed(moment(shop.NEXT_DAY))
    later = told(client)
    assert_features(later, shop.NEXT_DAY)
    assert rfm(later) == shop.RFM_NEXT_DAY


def test_a_day_later_reranked_everybody_is_measured_anew(client):
    refreshed(moment(shop.AS_OF))
    refreshed(moment(shop.NEXT_DAY), rerank=True)

    assert rfm(told(client)) == shop.RFM_NEXT_DAY_RERANKED
