"""Keys that stand in a shop's pages: they send, read nothing, and change nothing of others."""

import json

import pytest
from rest_framework.test import APIClient

from accounts import write_keys
from accounts.models import ApiKey
from accounts.services import create_api_key, revoke_api_key, set_active
from accounts.write_keys import BadKey, checked_origins, create_write_key
from core.models import AuditEntry
from ingestion.models import Load
from ingestion.posted_queue import enter_posted
from tests.api.test_access import ROWS, address
from tests.conftest import person
from tests.shops.checksums import checksums
from transactions.models import Event, Order, OrderLine

pytestmark = pytest.mark.django_db(transaction=True)

SHOP = "https://shop.example"
VISIT = {"visitor_id": "v1", "kind": "visit", "at": "2026-02-01T10:00Z"}
LINE = {"customer_id": "A", "order_id": "o1", "line_number": 1, "occurred_at": "2026-02-01T10:00Z",
        "sku": "p1", "amount": 12.5}  # fmt: skip


@pytest.fixture
def key(transactional_db) -> str:
    return made()


def made(origins=(SHOP,), orders: bool = True, who: str = "ann", **more) -> str:
    _, key = create_write_key(
        email=person(who).email, name="till", origins=origins, orders=orders, **more
    )
    return key


def send(key: str, rows, to: str = "events", origin: str | None = SHOP, **more: str):
    body = rows if isinstance(rows, str) else "\n".join(map(json.dumps, rows))
    headers = {"Origin": origin} if origin else {}
    answer = APIClient().post(
        f"/api/v1/{to}/?key={key}", body, content_type="text/plain", headers=headers | more
    )
    # As the web process does each second.
    enter_posted()
    return answer


def test_what_it_sends_arrives_under_a_source_of_its_own_and_the_answer_says_nothing(key):
    seen = send(key, [VISIT])
    assert (seen.status_code, seen.content) == (204, b"")
    bought = send(key, [LINE], "transactions")
    assert (bought.status_code, bought.content) == (204, b"")
    assert Event.objects.values_list("visitor_id", "kind").get() == ("v1", "visit")
    order = Order.objects.select_related("source", "customer").get()
    assert (order.order_id, order.customer.customer_id, order.source.name) == (
        "o1",
        "A",
        "web: till",
    )


def test_the_same_order_twice_counts_once(key):
    send(key, [LINE], "transactions")
    before = checksums()
    assert send(key, [LINE], "transactions").status_code == 204
    assert checksums() == before
    # Said again from the same page, a minute later: the order is known by its number.
    later = [{**LINE, "occurred_at": "2026-02-01T10:01Z"}]
    assert send(key, later, "transactions").status_code == 204
    assert (Order.objects.count(), OrderLine.objects.get().amount_minor) == (1, 1250)


def test_it_cannot_choose_another_source_and_so_changes_no_order_of_it(key, api_of, ann):
    api_of(ann).post("/api/v1/transactions/?source=shop", [LINE], format="json")
    send(f"{key}&source=shop", [{**LINE, "amount": 0.01}], "transactions")
    found = Order.objects.order_by("source__name").values_list("source__name", flat=True)
    assert list(found) == ["shop", "web: till"]
    assert OrderLine.objects.get(order__source__name="shop").amount_minor == 1250


def test_it_opens_no_route_but_those_two(key):
    ours = {("POST", "api/v1/events/"), ("POST", "api/v1/transactions/")}
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}", HTTP_ORIGIN=SHOP)
    others = [row for row in ROWS if (row["method"], row["route"]) not in ours]
    assert len(others) == len(ROWS) - 2
    for row in others:
        answer = getattr(client, row["method"].lower())(address(row["route"]))
        expected = 403 if row["route"].startswith("api/") else 302
        assert (row["route"], answer.status_code) == (row["route"], expected)


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_the_two_addresses_themselves_read_nothing(method, key):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}", HTTP_ORIGIN=SHOP)
    for to in ("events", "transactions"):
        assert getattr(client, method)(f"/api/v1/{to}/").status_code == 405


def test_it_is_of_use_from_its_own_origins_only(key):
    for origin in ("https://evil.example", "http://shop.example", "null", None):
        assert send(key, [VISIT], origin=origin).status_code == 403
    assert not Load.objects.exists()
    app = made(origins=())
    assert send(app, [VISIT], origin=SHOP).status_code == 403
    assert not Load.objects.exists()
    assert send(app, [VISIT], origin=None).status_code == 204
    assert Load.objects.count() == 1


def test_it_sends_orders_only_where_that_was_chosen(transactional_db):
    assert send(made(orders=False), [LINE], "transactions").status_code == 403
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("to", "row", "status", "words"),
    [
        ("events", {**VISIT, "kind": "opened"}, 400, "no other events"),
        ("events", {**VISIT, "kind": ["visit"]}, 400, "no other events"),
        ("events", {**VISIT, "Kind": "opened"}, 400, "a field twice"),
        ("events", {**VISIT, "note": "x"}, 400, "does not send note"),
        ("transactions", {**LINE, "product_name": "Free"}, 400, "does not send product_name"),
        ("transactions", {**LINE, "sku": "x" * 2_200_000}, 413, "at most 1,000 rows"),
    ],
)
def test_it_sends_nothing_else(to, row, status, words, key):
    answer = send(key, [row], to)
    assert (answer.status_code, words in answer.json()["error"]["message"]) == (status, True)
    assert answer["Access-Control-Allow-Origin"] == SHOP
    assert not Load.objects.exists()


def test_what_could_not_be_used_stays_between_us_and_the_shop(key, ann, client):
    answer = send(key, [VISIT, {**VISIT, "at": "yesterday"}])
    assert (answer.status_code, answer.content) == (204, b"")
    load = Load.objects.get()
    assert (load.loaded, load.rejected) == (1, 1)
    client.force_login(ann)
    page = client.get("/imports/snippet/").content.decode()
    assert "till sent 2 rows in 24 hours." in page
    assert "1 of them could not be used." in page
    assert f"/imports/{load.pk}/" in page
    assert key in page
    assert f"load-{load.pk}" not in client.get("/imports/").content.decode()
    assert f"load-{load.pk}" in client.get("/imports/?source=web: till").content.decode()


def test_too_much_within_a_minute_is_refused(key, monkeypatch):
    monkeypatch.setattr(write_keys, "FROM_ONE_ADDRESS", 2)
    assert [send(key, [VISIT]).status_code for _ in range(3)] == [204, 204, 429]
    assert Load.objects.count() == 2


def test_what_all_send_within_a_minute_has_a_limit_too(key, monkeypatch):
    monkeypatch.setattr(write_keys, "FROM_ALL", 1)
    assert [send(key, [VISIT]).status_code for _ in range(2)] == [204, 429]
    assert send(made(), [VISIT]).status_code == 204


def test_a_browser_that_asks_beforehand_learns_of_known_origins_only(key):
    asks = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    yes = APIClient().options("/api/v1/events/", headers=asks | {"Origin": SHOP})
    assert (yes.status_code, yes["Access-Control-Allow-Origin"]) == (204, SHOP)
    assert yes["Access-Control-Allow-Methods"] == "POST"
    no = APIClient().options("/api/v1/events/", headers=asks | {"Origin": "https://evil.example"})
    assert (no.status_code, no.has_header("Access-Control-Allow-Origin")) == (204, False)
    other = APIClient().options("/api/v1/customers/", headers=asks | {"Origin": SHOP})
    assert (other.status_code, other.has_header("Access-Control-Allow-Origin")) == (401, False)


def test_it_dies_when_it_is_revoked_or_its_person_may_bring_in_nothing(key, ada, ann):
    other = made(who="ann")
    revoke_api_key(key=ApiKey.objects.get(public_key=key), actor=ada)
    assert send(key, [VISIT]).status_code == 401
    ann.role = "viewer"
    ann.save()
    assert send(other, [VISIT]).status_code == 403
    set_active(user=ann, active=False, actor=ada)
    assert send(other, [VISIT]).status_code == 401
    assert not Load.objects.exists()


def test_a_key_that_reads_does_not_belong_into_an_address(ann):
    _, secret = create_api_key(email=ann.email, name="nightly")
    assert send(secret, [VISIT], origin=None).status_code == 401
    assert not Load.objects.exists()


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("https://Shop.Example/", "https://shop.example"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("https://shop.example:443", "https://shop.example"),
    ],
)
def test_an_origin_is_kept_as_a_browser_writes_it(said, kept):
    assert checked_origins([said]) == [kept]


@pytest.mark.parametrize(
    "said", ["shop.example", "https://*.shop.example", "https://shop.example/cart", "ftp://x", "*"]
)
def test_what_is_no_origin_is_refused(said):
    with pytest.raises(BadKey, match="no address of a shop"):
        checked_origins([said])


def test_an_admin_makes_one_on_the_page_of_keys(ada, ann, client):
    client.force_login(ada)
    form = {
        "verb": "make_write_only",
        "web-name": "Shop",
        "web-person": ann.pk,
        "web-origins": "https://shop.example\nhttps://www.shop.example",
        "web-orders": "on",
    }
    page = client.post("/people/keys/", form).content.decode()
    stored = ApiKey.objects.get()
    assert stored.public_key in page
    assert stored.scopes == ["SEND_EVENTS", "SEND_ORDERS"]
    assert stored.origins == ["https://shop.example", "https://www.shop.example"]
    assert AuditEntry.objects.filter(verb="create_api_key").count() == 1
    wrong = client.post("/people/keys/", form | {"web-origins": "shop"}).content.decode()
    assert "no address of a shop" in wrong
    assert ApiKey.objects.count() == 1


def test_whom_nobody_lets_bring_in_data_gets_none(ada, mara, client):
    client.force_login(ada)
    form = {"verb": "make_write_only", "web-name": "Shop", "web-person": mara.pk}
    client.post("/people/keys/", form)
    assert not ApiKey.objects.exists()


def test_the_page_of_the_snippet_leads_on_whoever_may_make_a_key(client, ann, ada):
    client.force_login(ann)
    assert "/people/keys/" not in client.get("/imports/snippet/").content.decode()
    client.force_login(ada)
    assert 'href="/people/keys/"' in client.get("/imports/snippet/").content.decode()
