"""Slots over HTTP: what a shop's page asks, and how slots are made."""

import pytest

from campaigns.services.lifecycle import stop_campaign
from campaigns.slot_models import Slot
from core.models import AuditEntry
from tests.campaigns.slots import EVERYBODY, OFFER, WELCOME, offer_of, open_slot, running_now

SLOTS, ASK = "/api/v1/slots/", "/api/v1/personalise/"
OFTEN = {"feature": "purchase_frequency", "op": ">=", "value": 3}
TEN_OFF = {"title": "Ten off", "text": "", "url": "/offers/ten/", "code": "TEN"}


def told(client, customer: str, slot: str = "home-page") -> dict:
    answer = client.get(ASK, {"customer": customer, "slot": slot})
    assert answer.status_code == 200, answer.content
    assert answer["Cache-Control"] == "private, no-store"
    shown = answer.json()
    assert shown.pop("took_ms") >= 0
    return shown


def test_a_page_asks_for_one_customer(ten, sue, api_of):
    open_slot({"name": "Often", "definition": OFTEN, **OFFER}, EVERYBODY)
    assert told(api_of(sue), "A") == {
        "customer": "A", "slot": "home-page", "entry": "Often", "kind": "offer", "items": None,
        "offer": TEN_OFF, "content": None,
        "reason": "For customers whose orders are at least 3.", "campaign": None,
    }  # fmt: skip
    welcome = {"title": "Welcome back", "text": "", "url": ""}
    for unknown in ("", "nobody", "A/B\n"):
        shown = told(api_of(sue), unknown)
        assert (shown["entry"], shown["content"]) == ("Everybody", welcome)
        assert shown["reason"] == "For everybody."


def test_only_the_treated_are_told_of_a_campaign(ten, mara, sam, sue, api_of):
    spring = running_now(mara, sam)
    open_slot(offer_of(spring), EVERYBODY)
    open_slot(EVERYBODY, name="Plain")
    client = api_of(sue)
    shown = told(client, "C")
    assert (shown["entry"], shown["offer"]) == ("Spring offer", TEN_OFF)
    assert shown["campaign"] == {"id": spring.pk, "slug": "spring"}
    for held_out in ("A", "B", "D", "H", "I", "J", "nobody"):
        here, plain = told(client, held_out), told(client, held_out, "plain")
        assert here | {"slot": "plain"} == plain
        assert "Spring" not in str(here)
    stop_campaign(campaign=spring, actor=mara, at=spring.launched_at)
    assert told(client, "C")["entry"] == "Everybody"


def test_asking_writes_nothing(ten, sue, api_of):
    open_slot(EVERYBODY)
    client = api_of(sue)
    before = AuditEntry.objects.count()
    told(client, "A")
    assert AuditEntry.objects.count() == before


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({"slot": "gone", "customer": "A"}, 404, "not_found"),
        ({"customer": "A"}, 400, "no_slot"),
        ({"slot": "home-page\u2028", "customer": "A"}, 404, "not_found"),
    ],
)
def test_a_slot_that_is_not_there_is_said_to_be_none(ten, sue, api_of, asked, status, code):
    open_slot(EVERYBODY)
    answer = api_of(sue).get(ASK, asked)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_a_slot_is_made_changed_and_taken_away(ten, mara, vic, api_of):
    client = api_of(mara)
    entry = {"name": "Often", "definition": OFTEN, **OFFER}
    made = client.post(SLOTS, {"name": "Home page", "entries": [entry]}, format="json")
    assert made.status_code == 201, made.content
    shown = made.json()
    assert shown.pop("edited_at")
    assert shown == {
        "slug": "home-page", "name": "Home page", "place": "", "version": 1,
        "fallback": {"kind": "nothing"},
        "entries": [
            {"name": "Often", "definition": OFTEN, "kind": "offer", "offer": TEN_OFF,
             "campaign": None}
        ],
    }  # fmt: skip
    listed = api_of(vic).get(SLOTS).json()
    assert [slot["slug"] for slot in listed["results"]] == ["home-page"]
    whole = {**shown, "place": "under the menu", "entries": [EVERYBODY, entry]}
    changed = client.put(f"{SLOTS}home-page/", whole, format="json")
    assert changed.status_code == 200, changed.content
    assert [one["name"] for one in changed.json()["entries"]] == ["Everybody", "Often"]
    assert client.put(f"{SLOTS}home-page/", whole, format="json").status_code == 409
    assert client.delete(f"{SLOTS}home-page/").status_code == 204
    assert Slot.objects.count() == 0


def test_what_was_sent_comes_back_as_it_can_be_sent_again(ten, mara, api_of):
    open_slot({"name": "For you", "kind": "products"}, EVERYBODY, fallback=WELCOME)
    client = api_of(mara)
    read = client.get(f"{SLOTS}home-page/").json()
    assert read["entries"][0]["products"] == {"goal": "both", "k": 4, "category": ""}
    again = client.put(f"{SLOTS}home-page/", read, format="json").json()
    assert (again["entries"], again["fallback"]) == (read["entries"], read["fallback"])


def test_a_rule_of_a_feature_that_is_not_there_is_refused_with_its_place(ten, mara, api_of):
    entry = {"name": "x", "definition": {"feature": "moood", "op": "=", "value": 1}, **OFFER}
    answer = api_of(mara).post(SLOTS, {"name": "Home", "entries": [entry]}, format="json")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "bad_slot")
    assert list(error["fields"]) == ["entries.0.definition"]
    assert Slot.objects.count() == 0


def test_sales_can_neither_make_nor_change_nor_delete_a_slot(ten, sam, api_of):
    open_slot(EVERYBODY)
    client = api_of(sam)
    sent = {"name": "Other", "entries": []}
    assert client.post(SLOTS, sent, format="json").status_code == 403
    assert client.put(f"{SLOTS}home-page/", sent, format="json").status_code == 403
    assert client.delete(f"{SLOTS}home-page/").status_code == 403
    slot = Slot.objects.get()
    assert (slot.name, slot.version) == ("Home page", 1)


def test_a_key_for_results_alone_may_not_ask_for_a_customer(ten, sue, api_of):
    open_slot(EVERYBODY)
    answer = api_of(sue, "VIEW_RESULTS").get(ASK, {"customer": "A", "slot": "home-page"})
    assert answer.status_code == 403
