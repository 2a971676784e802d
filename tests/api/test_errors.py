"""Every answer under /api/v1/ is JSON, also where no view was reached."""

import pytest
from django.test import Client

from segmentation.models import Segment
from tests.conftest import person
from tests.shops import nine_and_one as shop
from tests.shops.coming_in import bring_in, refreshed

pytestmark = pytest.mark.django_db(transaction=True)


def error_of(answer) -> tuple[int, str]:
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "fields"}
    assert error["message"]
    return answer.status_code, error["code"]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("customers/%00/", (404, "not_found")),
        ("customers/a%00b/features/", (404, "not_found")),
        ("customers/?search=%00", (400, "bad_request")),
        ("customers/?%00=1", (400, "bad_request")),
        ("nothing/here/", (404, "not_found")),
        ("runs/x/", (404, "not_found")),
    ],
)
def test_an_address_that_cannot_be_answered(path, said, ann, api_of):
    assert error_of(api_of(ann).get(f"/api/v1/{path}")) == said


@pytest.mark.parametrize("path", ["segmentation/assign/", "segments/", "segmentation/runs/"])
def test_json_without_an_end_is_refused(path, ann, api_of):
    answer = api_of(ann).post(f"/api/v1/{path}", "[" * 5000, content_type="application/json")
    assert error_of(answer) == (400, "bad_json")


def test_a_text_that_cannot_be_kept_is_refused(ann, api_of):
    rule = {"feature": "region", "op": "in", "value": ["a\x00"]}
    sent = {"name": "X", "definition": rule}
    answer = api_of(ann).post("/api/v1/segments/", sent, format="json")
    assert error_of(answer) == (400, "bad_json")
    assert not Segment.objects.exists()


def test_a_fault_of_ours_is_json_too(ann, api_of, monkeypatch):
    def breaks(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr("customers.api.search", breaks)
    client = api_of(ann)
    client.raise_request_exception = False
    assert error_of(client.get("/api/v1/customers/")) == (500, "failed")


@pytest.mark.parametrize("path", ["/customers/%00/", "/customers/?search=%00", "/nothing/"])
def test_a_page_says_not_found(path):
    client = Client()
    client.force_login(person("ann"))
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")


def test_a_customer_id_with_a_slash_has_its_addresses(tmp_path, ann, sam, api_of):
    rows = "x/y,s1,2026-02-01T12:00Z,p1,1,8\nx,s2,2026-02-02T12:00Z,p1,1,9\n"
    bring_in(tmp_path, shop.ORDER_LINES + rows)
    refreshed(shop.AS_OF)
    api, browser = api_of(ann), Client()
    for at in ("x/y", "x%2Fy"):
        assert api.get(f"/api/v1/customers/{at}/").json()["customer_id"] == "x/y"
        found = api.get(f"/api/v1/customers/{at}/features/").json()["features"]
        assert found["purchase_monetary_value"] == 8.0
        assert api.get(f"/api/v1/customers/{at}/consents/").json()["count"] == 0
    assert api.get("/api/v1/customers/x/").json()["customer_id"] == "x"
    assert error_of(api.get("/api/v1/customers/x/z/")) == (404, "not_found")
    said = {"channel": "email", "granted": True, "source": "desk"}
    answer = api_of(sam).post("/api/v1/customers/x/y/consents/", said, format="json")
    assert answer.status_code == 201
    browser.force_login(ann)
    assert "Customer x/y" in browser.get("/customers/x/y/").content.decode()
    assert 'href="/customers/x/y/"' in browser.get("/customers/?search=x/").content.decode()
