"""Sessions and keys, as an admin sees and ends them."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from accounts.audit_words import behind, deed
from accounts.models import ApiKey, SignIn, User
from accounts.services import create_api_key
from accounts.sign_ins import browser_words
from core.models import AuditEntry
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
)


def came_in(user, *, address: str = "203.0.113.5", agent: str = FIREFOX) -> Client:
    """By the form, as a person does it."""
    client = Client(REMOTE_ADDR=address, HTTP_USER_AGENT=agent)
    answer = client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    assert answer.status_code == 302
    return client


def inside(client: Client) -> bool:
    return client.get("/").status_code == 200


def test_a_sign_in_is_noted_with_where_and_how(sam):
    came_in(sam)
    seen = SignIn.objects.get()
    assert (seen.address, seen.browser, seen.new_place) == (
        "203.0.113.5", "Firefox on Linux", False,
    )  # fmt: skip
    assert AuditEntry.objects.get(verb="sign_in").detail == {
        "how": "password", "from": "203.0.113.5", "browser": "Firefox on Linux", "new_place": False,
    }  # fmt: skip


def test_a_place_is_new_when_the_person_never_came_from_there(sam):
    came_in(sam)
    came_in(sam)
    came_in(sam, address="198.51.100.9", agent=SAFARI)
    assert list(SignIn.objects.order_by("pk").values_list("address", "new_place")) == [
        ("203.0.113.5", False), ("203.0.113.5", False), ("198.51.100.9", True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("agent", "words"),
    [(FIREFOX, "Firefox on Linux"), (SAFARI, "Safari on an iPhone"), ("curl/8", "A browser")],
)
def test_of_a_browser_only_its_kind_is_kept(agent, words):
    assert browser_words(agent) == words


def test_ada_ends_one_session_and_the_other_stays(ada, sam):
    one, other = came_in(sam), came_in(sam, agent=SAFARI)
    number = SignIn.objects.get(browser="Safari on an iPhone").pk
    admin = came_in(ada)
    admin.post(f"/people/{sam.pk}/", {"verb": "end", "session": number})
    assert (inside(one), inside(other)) == (True, False)
    entry = AuditEntry.objects.get(verb="end_session")
    assert (entry.actor_label, entry.subject) == ("ada", "sam@shop.example")


def test_ada_signs_sam_out_everywhere_and_stays_herself(ada, sam):
    one, other, admin = came_in(sam), came_in(sam), came_in(ada)
    admin.post(f"/people/{sam.pk}/", {"verb": "end_all"})
    assert (inside(one), inside(other), inside(admin)) == (False, False, True)
    assert AuditEntry.objects.get(verb="end_sessions").detail == {"ended": 2}


def test_a_session_of_somebody_else_is_not_ended_under_sams_name(ada, sam, sue):
    hers, admin = came_in(sue), came_in(ada)
    number = SignIn.objects.get(user=sue).pk
    answer = admin.post(f"/people/{sam.pk}/", {"verb": "end", "session": number})
    assert "sam has no such session." in answer.content.decode()
    assert inside(hers)


def test_sam_can_neither_see_nor_end_sessions(sam, sue):
    hers, his = came_in(sue), came_in(sam)
    number = SignIn.objects.get(user=sue).pk
    assert his.get(f"/people/{sue.pk}/").status_code == 403
    assert his.post(f"/people/{sue.pk}/", {"verb": "end", "session": number}).status_code == 403
    assert inside(hers)


def test_the_page_of_people_counts_sessions_and_names_the_new_place(ada, sam):
    came_in(sam)
    came_in(sam, address="198.51.100.9")
    page = came_in(ada).get("/people/").context
    row = next(row for row in page["people"] if row["pk"] == sam.pk)
    assert (row["sessions"], row["place"], row["new_place"]) == ("2", "198.51.100.9", True)
    assert page["factors"] == "Nobody has a second factor yet"


def test_ada_changes_a_role_and_not_her_own(ada, sam):
    admin = came_in(ada)
    admin.post(f"/people/{sam.pk}/", {"verb": "role", "role": "support"})
    refused = admin.post(f"/people/{ada.pk}/", {"verb": "role", "role": "viewer"})
    assert "You cannot change your own role" in refused.content.decode()
    assert User.objects.get(pk=sam.pk).role == "support"
    assert User.objects.get(pk=ada.pk).role == "admin"


def test_a_key_is_shown_once_and_may_what_was_ticked(ada, ann):
    admin = came_in(ada)
    answer = admin.post(
        "/people/keys/",
        {"verb": "make", "name": "till", "person": ann.pk, "may": ["IMPORT_DATA"]},
    )
    key = answer.context["key"]
    assert key.startswith("cba_")
    assert answer.content.decode().count(key) == 1
    assert key not in admin.get("/people/keys/").content.decode()
    stored = ApiKey.objects.get()
    assert (stored.name, stored.user, stored.scopes) == ("till", ann, ["IMPORT_DATA"])
    entry = AuditEntry.objects.get(verb="create_api_key")
    assert deed(entry) == "made an API key for ann@shop.example"
    assert behind(entry) == "may upload, map and undo data; “till”"


def test_a_key_for_nothing_or_for_more_than_its_person_may_is_refused(ada, vic):
    admin = came_in(ada)
    nothing = admin.post("/people/keys/", {"verb": "make", "name": "x", "person": vic.pk})
    assert "Tick at least one thing" in nothing.content.decode()
    beyond = {"verb": "make", "name": "x", "person": vic.pk, "may": ["IMPORT_DATA"]}
    answer = admin.post("/people/keys/", beyond)
    assert "which may not IMPORT_DATA" in answer.content.decode()
    assert ApiKey.objects.count() == 0


def test_a_key_is_revoked_once_its_name_is_typed(ada, ann):
    key, _ = create_api_key(email=ann.email, name="till", scopes=["VIEW_RESULTS"])
    admin = came_in(ada)
    field = f"key{key.pk}-typed"
    wrong = admin.post("/people/keys/", {"verb": "revoke", "key": key.pk, field: "tile"})
    assert "Nothing was done: this is not “till”." in wrong.content.decode()
    assert ApiKey.objects.get().revoked_at is None
    admin.post("/people/keys/", {"verb": "revoke", "key": key.pk, field: "till"})
    assert ApiKey.objects.get().revoked_at is not None
    assert AuditEntry.objects.filter(verb="revoke_api_key").count() == 1


def test_a_key_that_nobody_uses_is_named(ada, ann):
    key, _ = create_api_key(email=ann.email, name="till", scopes=["VIEW_RESULTS"])
    page = came_in(ada).get("/people/keys/").context
    assert page["finding"] == "1 key opens the API; none lies unused."
    ApiKey.objects.filter(pk=key.pk).update(created_at=datetime(2020, 1, 1, tzinfo=UTC))
    page = came_in(ada).get("/people/keys/").context
    assert page["finding"].startswith("1 of 1 key lies unused; till for ")


def test_a_login_link_that_ada_makes_stands_under_her_name_in_the_audit(ada, sam):
    answer = came_in(ada).post(f"/people/{sam.pk}/", {"verb": "link"})
    assert "/accounts/link/" in answer.context["link"]
    entry = AuditEntry.objects.get(verb="make_login_link")
    assert (entry.actor_label, deed(entry)) == ("ada", "made a login link for sam@shop.example")
