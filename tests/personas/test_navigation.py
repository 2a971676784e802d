"""The bar: only what the role may open, and the pages of the area one is in."""

import pytest
from django.urls import reverse

from accounts.capabilities import Role
from personas.homes.by_role import HOMES

pytestmark = pytest.mark.django_db


def labels(items) -> list[str]:
    return [item["label"] for item in items]


def test_marketing_finds_the_pages_of_an_area_in_a_second_row(client, mara):
    client.force_login(mara)
    page = client.get(reverse("outbox")).context
    assert labels(page["nav"]) == [
        "Home",
        "Customers",
        "Segments",
        "Predictions",
        "Campaigns",
        "Insights",
    ]
    assert [item["label"] for item in page["nav"] if item["current"]] == ["Campaigns"]
    assert page["area"] == "Campaigns"
    assert labels(page["subnav"]) == ["Campaigns", "Slots", "Outbox"]
    assert [item["label"] for item in page["subnav"] if item["current"]] == ["Outbox"]


def test_a_page_below_another_is_marked_and_not_the_one_above(client, mara):
    client.force_login(mara)
    page = client.get(reverse("segmentation:moves")).context
    assert [item["label"] for item in page["subnav"] if item["current"]] == ["Who moved"]


def test_the_bar_holds_only_what_the_role_may_open(client, vic, ada):
    client.force_login(vic)
    page = client.get(reverse("campaigns")).context
    assert labels(page["nav"]) == ["Home", "Segments", "Predictions", "Campaigns", "Insights"]
    assert page["subnav"] == []
    client.force_login(ada)
    page = client.get(reverse("people")).context
    assert labels(page["nav"]) == [
        "Home",
        "Segments",
        "Predictions",
        "Campaigns",
        "Insights",
        "Data",
        "People",
    ]
    assert labels(page["subnav"]) == ["People", "API keys", "Settings", "Erasure"]


def test_every_role_has_a_home():
    assert set(HOMES) == set(Role)
