"""A segment is full from the moment it is saved, and its page says one thing."""

import pytest

from segmentation.models import Membership, Segment
from segmentation.selectors import offered_segments
from segmentation.services import create_segment
from tests.shops import nine_and_one as shop
from tests.shops.coming_in import refreshed
from tests.shops.opened_once import open_nine_and_one

pytestmark = pytest.mark.django_db(transaction=True)

SILENT = {"feature": "recency_days", "op": ">=", "value": 30}


@pytest.fixture
def ten(tmp_path):
    open_nine_and_one(tmp_path)


def page(client, person, path: str) -> str:
    client.force_login(person)
    response = client.get(path)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_a_new_segment_knows_its_members_at_once(ten, ann, api_of, client):
    sent = {"name": "Long silent", "definition": SILENT}
    answer = api_of(ann).post("/api/v1/segments/", sent, format="json").json()
    assert (answer["size"], answer["revenue"]) == (3, 105.0)
    assert answer["refreshed_at"] is not None
    inside = Membership.objects.filter(segment__slug="long-silent", left_at=None)
    assert sorted(inside.values_list("customer__customer_id", flat=True)) == ["G", "H", "I"]
    assert set(inside.values_list("entered_at", flat=True)) == {shop.AS_OF}
    refreshed(shop.AS_OF)
    assert Membership.objects.filter(segment__slug="long-silent").count() == 3
    assert "Long silent: 3 customers who spent $105." in page(client, ann, "/segments/long-silent/")


def test_before_the_first_refresh_it_is_empty_and_says_so(mara):
    segment = create_segment(name="Long silent", definition=SILENT, actor=mara)
    assert (segment.size, segment.revenue_minor, segment.refreshed_at) == (0, 0, None)


def test_the_headline_counts_the_rows_of_the_table(ten, ann, client):
    create_segment(name="Long silent", definition=SILENT, actor=ann)
    # The ledger is of another moment than the rows.
    Segment.objects.filter(slug="long-silent").update(size=9, revenue_minor=0)
    shown = page(client, ann, "/segments/long-silent/")
    assert "Long silent: 3 customers who spent $105." in shown
    assert "$35" in shown  # revenue each


@pytest.mark.parametrize("number", ["2", "99999", "9" * 5000])
def test_beyond_the_last_page_the_last_page_stands(ten, ann, client, number):
    create_segment(name="Long silent", definition=SILENT, actor=ann)
    shown = page(client, ann, f"/segments/long-silent/?page={number}")
    assert "Nobody is in this segment now" not in shown
    assert "1–3 of 3" in shown


def test_a_number_of_a_page_that_no_list_has_is_refused_by_the_api(ten, ann, api_of):
    create_segment(name="Long silent", definition=SILENT, actor=ann)
    answer = api_of(ann).get(f"/api/v1/segments/long-silent/members/?page={'9' * 5000}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_query")


@pytest.mark.parametrize("name", ["日本", "Клиенты", "!!!"])
def test_a_name_without_latin_letters_is_a_name(ten, ann, api_of, client, name):
    api = api_of(ann)
    sent = {"name": name, "definition": SILENT}
    answer = api.post("/api/v1/segments/", sent, format="json")
    if name == "!!!":
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_segment")
        return
    assert (answer.status_code, answer.json()["name"]) == (201, name)
    slug = answer.json()["slug"]
    assert slug.isascii()
    assert name in page(client, ann, f"/segments/{slug}/")
    assert api.get(f"/api/v1/segments/{slug}/members/").json()["count"] == 3
    again = api.post("/api/v1/segments/", sent, format="json")
    assert (again.status_code, again.json()["error"]["fields"]) == (409, {"name": "taken"})


def test_a_feature_named_twice_is_refused_before_it_runs(ten, ann, api_of):
    sent = {"features": ["recency_days", "recency_days"]}
    answer = api_of(ann).post("/api/v1/segmentation/runs/", sent, format="json")
    assert answer.status_code == 400
    assert answer.json()["error"]["fields"] == {"features": "recency_days"}


def test_of_ten_thousand_segments_a_select_offers_fifty_and_the_chosen_one(db):
    rule = {"feature": "recency_days", "op": ">=", "value": 1}
    Segment.objects.bulk_create(
        Segment(slug=f"s{n}", name=f"Segment {n}", kind="rule", definition=rule, size=n)
        for n in range(10_000)
    )
    champions = Segment.objects.create(slug="champions", name="C", kind="rfm", definition=rule)
    offered = offered_segments("s17")
    assert (len(offered), offered[0], offered[1].slug, offered[-1].slug) == (
        52, champions, "s9999", "s17",
    )  # fmt: skip
    assert len(offered_segments("nothing")) == 51
