"""A session that ended while somebody wrote: nothing typed is lost, and nobody else sees it."""

import pytest
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from core.models import AuditEntry
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)

INVITE = {"verb": "invite", "email": "new@shop.example", "name": "Nell", "role": "viewer"}
HERE = {"HTTP_ORIGIN": "http://testserver", "HTTP_REFERER": "http://testserver/people/"}


def signed_in(user, **options) -> Client:
    client = Client(**options)
    _sign_in(client, user)
    return client


def _sign_in(client: Client, user, to: str = "") -> None:
    token = client.get("/accounts/login/").cookies["csrftoken"].value
    client.post(
        "/accounts/login/",
        {"login": user.email, "password": PASSWORD, "next": to, "csrfmiddlewaretoken": token},
    )


def invited() -> bool:
    return User.objects.filter(email="new@shop.example").exists()


def test_what_ada_sent_after_her_session_ended_waits_and_is_sent_on(ada):
    client = signed_in(ada)
    Session.objects.all().delete()
    answer = client.post("/people/", INVITE, **HERE)
    assert answer["Location"] == "/accounts/login/?next=/accounts/held/"
    assert "what you typed waits for you" in client.get(answer["Location"]).content.decode()
    assert not invited()
    _sign_in(client, ada)
    page = client.get("/accounts/held/")
    assert page.context["held"].fields == list(INVITE.items())
    assert "new@shop.example" in page.content.decode()
    sent = client.post("/accounts/held/?verb=send", INVITE)
    assert (sent.status_code, sent["Location"]) == (307, "/people/")
    client.post(sent["Location"], INVITE)
    assert invited()
    assert client.get("/accounts/held/").status_code == 302


def test_who_signs_in_next_on_the_same_browser_sees_nothing_of_it(ada, sam):
    client = signed_in(ada)
    Session.objects.all().delete()
    client.post("/people/", INVITE, **HERE)
    _sign_in(client, sam)
    assert client.get("/accounts/held/")["Location"] == "/"
    client.post("/accounts/logout/")
    _sign_in(client, ada)
    assert client.get("/accounts/held/")["Location"] == "/"


def test_what_is_thrown_away_is_gone(ada):
    client = signed_in(ada)
    Session.objects.all().delete()
    client.post("/people/", INVITE, **HERE)
    _sign_in(client, ada)
    assert client.post("/accounts/held/")["Location"] == "/people/"
    assert client.get("/accounts/held/")["Location"] == "/"
    assert not invited()


def test_signing_out_forgets_it(ada):
    client = signed_in(ada)
    Session.objects.all().delete()
    client.post("/people/", INVITE, **HERE)
    _sign_in(client, ada)
    client.post("/accounts/logout/")
    _sign_in(client, ada)
    assert client.get("/accounts/held/")["Location"] == "/"


def test_passwords_and_files_are_never_kept(ada):
    client = signed_in(ada)
    Session.objects.all().delete()
    sent = {**INVITE, "new_password": "secret", "file": SimpleUploadedFile("a.csv", b"x")}
    client.post("/people/", sent, **HERE)
    _sign_in(client, ada)
    page = client.get("/accounts/held/")
    assert page.context["held"].fields == list(INVITE.items())
    assert "Files are not kept" in page.content.decode()


def test_what_is_too_large_for_a_form_is_told_to_be_lost(ada):
    client = signed_in(ada)
    Session.objects.all().delete()
    answer = client.post("/people/", {"name": "x" * 100_001}, **HERE)
    assert answer["Location"] == "/accounts/login/?next=/people/"
    assert "what you sent was not kept" in client.get(answer["Location"]).content.decode()


def test_a_part_of_a_page_is_told_that_it_is_signed_out(ada):
    answer = Client().get("/people/", HTTP_HX_REQUEST="true")
    assert answer.status_code == 401


def test_a_form_with_an_old_token_from_our_own_page_is_sent_once_more(ada):
    client = signed_in(ada, enforce_csrf_checks=True)
    answer = client.post("/people/", {**INVITE, "csrfmiddlewaretoken": "x" * 32}, **HERE)
    assert answer.status_code == 403
    assert "This form was too old to be sent as it was." in answer.content.decode()
    assert not invited()
    token = client.cookies["csrftoken"].value
    again = {**INVITE, "csrfmiddlewaretoken": token}
    sent = client.post("/accounts/held/?verb=send", again, **HERE)
    client.post(sent["Location"], again, **HERE)
    assert invited()


def test_a_form_from_another_site_is_not_offered_again(ada):
    client = signed_in(ada, enforce_csrf_checks=True)
    answer = client.post("/people/", INVITE, HTTP_ORIGIN="http://evil.example")
    assert answer.status_code == 403
    assert "new@shop.example" not in answer.content.decode()
    assert client.get("/accounts/held/")["Location"] == "/"
    assert AuditEntry.objects.filter(verb="denied").count() == 1


def test_what_waits_lies_encrypted(ada):
    client = signed_in(ada)
    Session.objects.all().delete()
    client.post("/people/", INVITE, **HERE)
    assert "new@shop.example" not in str(Session.objects.get().get_decoded())


def test_what_is_thrown_away_leads_to_a_page_of_our_own(ada):
    client = signed_in(ada)
    Session.objects.all().delete()
    client.post("/people/", INVITE, HTTP_REFERER="http://testserver//evil.example/people/")
    _sign_in(client, ada)
    assert client.post("/accounts/held/")["Location"] == "/evil.example/people/"
