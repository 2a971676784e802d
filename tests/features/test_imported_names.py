"""Columns of a shop's own file beside those that are worked out here."""

import pytest

from customers.models import Customer
from features.frames import customer_features
from tests.shops import nine_and_one as shop
from tests.shops.coming_in import bring_in, refreshed

FILE_WITH_KEY = "customer_id,as_of,customer_pk,income\nA,2026-02-01,7,10\n"
pytestmark = pytest.mark.django_db(transaction=True)


def features_of(customer_id: str) -> dict:
    return customer_features(Customer.objects.get(customer_id=customer_id).pk)


def test_a_label_of_ours_is_never_the_files(tmp_path):
    bring_in(tmp_path, shop.ORDER_LINES)
    text = (
        "customer_id,as_of,rfm_group,cluster,rfm_score,income\n"
        "A,2026-02-01,Gold,North,9,10\nX,2026-02-01,Tin,South,8,20\n"
    )
    bring_in(tmp_path, text, "customer_features")
    for _ in range(2):
        refreshed(shop.AS_OF)
        a, x = features_of("A"), features_of("X")
        assert (a["rfm_group"], a["rfm_score"], a["income"]) == ("Champions", "552", 10)
        assert (x["rfm_group"], x["rfm_score"], x["cluster"]) == ("Prospects", None, None)
        assert a["cluster"] != "North"


def test_a_column_cannot_take_the_place_of_our_own_key(tmp_path):
    load = bring_in(tmp_path, FILE_WITH_KEY, "customer_features")
    assert load.loaded == 1
    bring_in(tmp_path, shop.ORDER_LINES)
    refreshed(shop.AS_OF)
    assert features_of("A")["income"] == 10
    assert "customer_pk" not in features_of("A")
