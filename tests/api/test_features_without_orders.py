"""A file with one row per customer is a shop's data too."""

from pathlib import Path

import pytest
from django.utils import timezone

from segmentation.models import Grouping
from tests.conftest import person
from tests.shops.coming_in import bring_in, refreshed
from tests.shops.opened_once import opened_once

pytestmark = pytest.mark.django_db(transaction=True)

THREE = """customer_id,recency_days,purchase_frequency,purchase_monetary_value,\
purchase_day_of_week,product_category
3456,25,4,320,2,Electronics
4789,60,2,90,4,Clothing
2134,10,8,580,1,Home
"""
FIGURES = [
    {"recency_days": 25, "purchase_frequency": 4, "purchase_monetary_value": 320},
    {"recency_days": 60, "purchase_frequency": 2, "purchase_monetary_value": 90},
    {"recency_days": 10, "purchase_frequency": 8, "purchase_monetary_value": 580},
]


@opened_once
def open_three(folder: Path) -> None:
    load = bring_in(folder, THREE, "customer_features")
    assert (load.read, load.loaded, load.rejected) == (3, 3, 0)
    refreshed(timezone.now())


@pytest.fixture
def client(tmp_path, transactional_db, api_of):
    open_three(tmp_path)
    return api_of(person("ann"))


def test_it_gives_features_scores_and_groups(client):
    found = {}
    for customer in ("3456", "4789", "2134"):
        f = client.get(f"/api/v1/customers/{customer}/features/").json()["features"]
        found[customer] = (f["recency_days"], f["rfm_score"], f["rfm_group"])
        found[customer] += (f["purchase_day_of_week"], f["product_category"])
    assert found == {
        "3456": (25, "333", "Needs attention", 2, "Electronics"),
        "4789": (60, "111", "Dormant", 4, "Clothing"),
        "2134": (10, "555", "Champions", 1, "Home"),
    }


def test_the_assignment_is_marked_weak(client):
    assert Grouping.objects.get(is_standard=True).is_weak
    answers = client.post("/api/v1/segmentation/assign/", FIGURES, format="json").json()
    assert [a["weak"] for a in answers] == [True, True, True]
    assert len({a["name"] for a in answers}) == 3
    one = client.post("/api/v1/segmentation/assign/", FIGURES[0], format="json").json()
    assert one == answers[0]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("many", "is a number"),
        (-1, "cannot be negative"),
        (None, "is a number"),
        (True, "a number"),
    ],
)
def test_an_assignment_that_is_no_figure_is_refused(client, value, words):
    wrong = {**FIGURES[0], "recency_days": value}
    answer = client.post("/api/v1/segmentation/assign/", [FIGURES[1], wrong], format="json")
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert "Item 1" in error["message"]
    assert words in error["message"]
    assert list(error["fields"]) == ["recency_days"]


def test_nan_is_refused(client):
    body = '{"recency_days": NaN, "purchase_frequency": 1, "purchase_monetary_value": 1}'
    answer = client.post("/api/v1/segmentation/assign/", body, content_type="application/json")
    assert answer.status_code == 400


def test_the_same_file_again_changes_nothing(tmp_path, client):
    again = bring_in(tmp_path, THREE, "customer_features")
    assert (again.read, again.identical, again.changed) == (3, 3, 0)
