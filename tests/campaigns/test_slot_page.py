"""The pages about slots, by role, and the form that changes them without a script."""

import pytest
from django.test import Client

from campaigns.services.lifecycle import stop_campaign
from campaigns.slot_models import Slot, SlotEntry
from campaigns.slots import entries_of
from segmentation.models import Segment
from segmentation.services import archive_segment, create_segment
from tests.campaigns.slots import EVERYBODY, OFFER, WELCOME, offer_of, open_slot, running_now
from tests.conftest import PASSWORD

OFTEN = {"feature": "purchase_frequency", "op": ">=", "value": 3}
LAST = {"0-kind": "content", "0-title": "News"}


def browsing(user) -> Client:
    client = Client()
    client.login(email=user.email, password=PASSWORD)
    return client


def text_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def filled(number: int, name: str, **said) -> dict:
    told = {"name": name, "whom": "everybody", "kind": "offer", "title": name, **said}
    return {f"{number}-{key}": value for key, value in told.items()}


@pytest.fixture
def editor(ten, mara):
    return browsing(mara)


def test_an_empty_page_says_what_will_stand_there(ten, mara, vic):
    assert "No page asks yet what to show to a customer." in text_of(browsing(vic), "/slots/")
    assert "/slots/new/" not in text_of(browsing(vic), "/slots/")
    assert "/slots/new/" in text_of(browsing(mara), "/slots/")


def test_the_list_says_in_words_who_gets_what(ten, mara, sam, vic):
    spring = running_now(mara, sam)
    open_slot(offer_of(spring), {"name": "Often", "definition": OFTEN, **OFFER}, fallback=WELCOME)
    shown = text_of(browsing(vic), "/slots/")
    assert "One slot asks what to show; a running campaign speaks in it." in shown
    assert "Customers whose orders are at least 3" in shown
    assert "Offer “Ten off”, code TEN" in shown
    assert "Content “Welcome back”" in shown
    stop_campaign(campaign=spring, actor=mara, at=spring.launched_at)
    assert "Nobody gets it now: Spring was stopped." in text_of(browsing(vic), "/slots/home-page/")


def test_an_entry_whose_segment_is_gone_is_said_to_be_passed_over(ten, vic):
    segment = create_segment(name="Often", definition=OFTEN, actor=None)
    open_slot({"name": "Often", "definition": {"segment": "often"}, **OFFER}, EVERYBODY)
    archive_segment(segment=Segment.objects.get(pk=segment.pk), actor=None)
    shown = text_of(browsing(vic), "/slots/home-page/")
    assert "Home page has 2 entries; 1 of them cannot be answered." in shown
    assert "There is no segment &#x27;often&#x27;." in shown


def test_somebody_tries_a_slot_as_a_customer(ten, mara, sam, sue):
    spring = running_now(mara, sam)
    open_slot(offer_of(spring), EVERYBODY, {"name": "Last", **OFFER})
    shown = text_of(browsing(sue), "/slots/home-page/try/?customer=A")
    assert "A gets “Everybody”" in shown
    for words in (
        "The customer is in the control group of Spring.", "This one is shown.",
        "Not asked: an entry before it won.",
        "Welcome back",
    ):  # fmt: skip
        assert words in shown
    assert "An unknown visitor gets “Everybody”" in text_of(
        browsing(sue), "/slots/home-page/try/?customer=<b>"
    )


def test_who_may_not_see_customers_cannot_try_one(ten, vic):
    open_slot(EVERYBODY)
    assert 'name="customer"' not in text_of(browsing(vic), "/slots/home-page/")
    assert browsing(vic).get("/slots/home-page/try/?customer=A").status_code == 403


def test_a_slot_is_made_in_the_form(editor):
    sent = {"do": "save", "name": "Home page", "place": "top", "entry": ["2", "1"], **LAST,
            **filled(1, "Second", kind="products", goal="repeat", k="3", category=""),
            **filled(2, "First", code="TEN", url="/ten/")}  # fmt: skip
    answer = editor.post("/slots/new/", sent)
    assert (answer.status_code, answer["Location"]) == (302, "/slots/home-page/")
    first, second = entries_of(Slot.objects.get())
    assert (first.name, first.gives) == (
        "First", {"title": "First", "text": "", "code": "TEN", "url": "/ten/"},
    )  # fmt: skip
    assert (second.name, second.kind, second.gives) == (
        "Second", "products", {"goal": "repeat", "k": 3, "category": ""},
    )  # fmt: skip
    assert Slot.objects.get().fallback_gives == {"title": "News", "text": "", "url": ""}


def test_what_was_saved_is_saved_again_unchanged(editor, mara, sam):
    spring = running_now(mara, sam)
    create_segment(name="Often", definition=OFTEN, actor=None)
    slot = open_slot(
        offer_of(spring, definition=OFTEN),
        {"name": "Segment", "definition": {"segment": "often"}, **WELCOME},
        {"name": "Products", "kind": "products", "products": {"goal": "discover", "k": 7}},
    )
    stop_campaign(campaign=spring, actor=mara, at=spring.launched_at)
    archive_segment(segment=Segment.objects.get(slug="often"), actor=None)
    before = list(SlotEntry.objects.values("name", "definition", "kind", "gives", "campaign"))
    form = editor.get("/slots/home-page/edit/").context
    sent = {"do": "save", "name": slot.name, "place": slot.place, "version": "1", **LAST}
    sent["entry"] = [str(part["number"]) for part in form["entries"]]
    for part in form["entries"]:
        sent |= {f"{part['number']}-{key}": value for key, value in part.items()}
    # A segment that is gone is kept in the form, and refused until somebody chooses another.
    assert editor.post("/slots/home-page/edit/", sent).status_code == 400
    sent["2-whom"] = "everybody"
    assert editor.post("/slots/home-page/edit/", sent).status_code == 302
    before[1]["definition"] = {}
    after = SlotEntry.objects.values("name", "definition", "kind", "gives", "campaign")
    assert list(after) == before


@pytest.mark.parametrize(
    ("action", "order"),
    [("up:2", ["2", "1", "3"]), ("down:1", ["2", "1", "3"]), ("up:1", ["1", "2", "3"]),
     ("remove:2", ["1", "3"]), ("add", ["1", "2", "3", "4"]), ("look", ["1", "2", "3"]),
     ("down:x", ["1", "2", "3"])],
)  # fmt: skip
def test_a_button_changes_the_form_and_saves_nothing(editor, action, order):
    sent = {"do": action, "name": "Home page", "entry": ["1", "2", "3"]}
    for number in (1, 2, 3):
        sent |= filled(number, f"Entry {number}")
    answer = editor.post("/slots/new/", sent)
    assert answer.status_code == 200
    parts = answer.context["entries"]
    assert [str(part["number"]) for part in parts] == order
    kept = [part["title"] for part in parts if part["number"] < 4]
    assert kept == [f"Entry {number}" for number in order if number != "4"]
    assert Slot.objects.count() == 0


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"title": ""}, "Entry 1: It needs a title"),
        ({"whom": "segment:gone"}, "Entry 1: There is no segment"),
        ({"whom": ""}, "Entry 1: A rule is an object"),
        ({"whom": "rule", "rule": "{"}, "Entry 1: A rule is an object"),
        ({"campaign": "x"}, "Entry 1: There is no such campaign made here."),
        ({"kind": "products", "k": "many"}, "Entry 1: Products are from 1 to 50"),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_entry_and_kept_in_the_form(editor, said, words):
    sent = {"do": "save", "name": "Home page", "entry": ["5"], **filled(5, "Tea", **said)}
    answer = editor.post("/slots/new/", sent)
    assert answer.status_code == 400
    assert words in answer.content.decode().replace("&#x27;", "'")
    assert answer.context["entries"][0]["problem"].startswith(words)
    assert answer.context["entries"][0]["name"] == "Tea"
    assert Slot.objects.count() == 0


def test_a_slot_is_deleted_after_its_name_was_typed(editor):
    open_slot(EVERYBODY)
    refused = editor.post("/slots/home-page/delete/", {"sure": "home"})
    assert (refused.status_code, Slot.objects.count()) == (400, 1)
    assert editor.post("/slots/home-page/delete/", {"sure": "home-page"}).status_code == 302
    assert Slot.objects.count() == 0


def test_an_address_of_the_pages_is_no_name_of_a_slot(editor):
    for slug, words in (("new", "address of the pages"), ("a b", "letters, digits")):
        sent = {"do": "save", "name": "Home", "slug": slug, "entry": []}
        answer = editor.post("/slots/new/", sent)
        assert (answer.status_code, words in answer.content.decode()) == (400, True)
