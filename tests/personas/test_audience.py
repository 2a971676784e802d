"""The audience builder's page: what it counts, what it refuses, whom it tells what."""

import pytest

from segmentation.models import Segment
from tests.shops.opened_once import open_nine_and_one

pytestmark = pytest.mark.django_db(transaction=True)

TWICE = {
    "node": ["0 0 group", "1 0 feature"],
    "0-mode": "all",
    "1-feature": "purchase_frequency",
    "1-op": ">=",
    "1-value": "2",
}


@pytest.fixture
def page_of(client, tmp_path):
    open_nine_and_one(tmp_path)

    def asked(user, **form):
        client.force_login(user)
        response = client.post("/audience/", form) if form else client.get("/audience/")
        assert response.status_code == 200
        return response.context["page"]

    return asked


def test_everybody_is_in_before_a_condition_is_made(page_of, mara):
    page = page_of(mara)
    assert page["rule"] is None
    assert page["preview"]["total"] == "10"


def test_each_condition_says_whom_it_finds_and_whom_it_leaves(page_of, mara):
    page = page_of(mara, **TWICE)
    alone = [child["alone"] for child in page["tree"]["children"]]
    left = [child["after"] for child in page["tree"]["children"]]
    assert alone == left == [page["preview"]["total"]]
    assert page["rule"] == {"all": [{"feature": "purchase_frequency", "op": ">=", "value": 2}]}


def test_a_condition_that_cannot_be_answered_says_why_at_its_place(page_of, mara):
    page = page_of(mara, **{**TWICE, "1-feature": "no_such_thing"})
    assert page["tree"]["children"][0]["problem"].startswith("There is no feature 'no_such_thing'.")
    assert page["finding"] == "The rule cannot be answered yet."


def test_why_somebody_is_out_is_told_by_every_condition(page_of, mara):
    page = page_of(mara, **TWICE, who="J")
    assert page["why"]["rows"][0]["what"] == "orders"
    assert page["why"]["rows"][0]["asked"] == "at least 2"
    assert page["why"]["finding"] in ("Why is J in?", "Why is J out?")
    nobody = page_of(mara, **TWICE, who="nobody")
    assert nobody["why"] == {"finding": "There is no customer nobody in the figures", "rows": []}


def test_nothing_is_saved_without_a_condition_or_a_name(page_of, mara, client):
    page_of(mara)
    client.post("/audience/save/", {"name": "All", "definition": ""})
    rule = '{"feature": "recency_days", "op": "<", "value": 9}'
    client.post("/audience/save/", {"name": " ", "definition": rule})
    assert not Segment.objects.filter(kind="rule").exists()
