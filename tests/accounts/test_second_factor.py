"""Signing in with a second factor: set up, asked for, lost, and required of admins by a setting."""

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client

from accounts.services import create_api_key, login_link
from core.models import AuditEntry
from core.services import configure_organisation
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


def code_of(secret: str, *, later: int = 0) -> str:
    """What the app would show now; a code opens once, so that a test may need the next one."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + later))


def password(client: Client, user):
    return client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})


def inside(client: Client) -> bool:
    return client.get("/").status_code == 200


def show_again(client: Client) -> None:
    """Before the account is changed, its password is asked once more."""
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})


def set_up(user) -> tuple[Client, str, list[str]]:
    """Signed in, with the app's secret and the recovery codes."""
    client = Client()
    password(client, user)
    show_again(client)
    page = client.get("/accounts/2fa/totp/activate/")
    secret = page.context["form"].secret
    done = client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)}, follow=True)
    return client, secret, re.findall(r"<li><code>(\d{8})</code>", done.content.decode())


def test_the_square_is_a_picture_that_the_content_policy_lets_through(sam):
    client = Client()
    password(client, sam)
    assert client.get("/accounts/2fa/totp/activate/")["Location"].startswith(
        "/accounts/reauthenticate/"
    )
    show_again(client)
    page = client.get("/accounts/2fa/totp/activate/")
    assert 'src="data:image/svg+xml;base64,' in page.content.decode()
    assert "img-src 'self' data:" in page["Content-Security-Policy"]
    assert "style=" not in page.content.decode()


def test_sam_sets_it_up_and_is_asked_for_a_code_from_then_on(sam):
    _, secret, recovery = set_up(sam)
    assert len(recovery) == 10
    client = Client()
    assert password(client, sam)["Location"] == "/accounts/2fa/authenticate/"
    assert not inside(client)
    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret, later=1)})
    assert inside(client)
    last = AuditEntry.objects.filter(verb="sign_in").latest("pk")
    assert last.detail["how"] == "password, app code"
    assert AuditEntry.objects.filter(verb="set_up_second_factor").count() == 1


def test_a_wrong_code_leaves_sam_outside(sam):
    set_up(sam)
    client = Client()
    password(client, sam)
    answer = client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert "Incorrect code" in answer.content.decode()
    assert not inside(client)


def test_a_recovery_code_opens_once(sam):
    _, _, recovery = set_up(sam)
    first, second = Client(), Client()
    for client in (first, second):
        password(client, sam)
        client.post("/accounts/2fa/authenticate/", {"code": recovery[0]})
    assert (inside(first), inside(second)) == (True, False)


def test_a_login_link_asks_for_the_second_factor_too(sam):
    _, secret, _ = set_up(sam)
    sam.refresh_from_db()
    path = login_link(user=sam).partition("localhost:8000")[2]
    client = Client()
    assert client.get(path)["Location"] == "/accounts/2fa/authenticate/"
    assert not inside(client)
    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret, later=1)})
    assert inside(client)


def test_the_secret_and_the_seed_of_the_codes_lie_encrypted(sam):
    _, secret, _ = set_up(sam)
    kept = {row.type: row.data for row in Authenticator.objects.filter(user=sam)}
    assert kept["totp"]["secret"].startswith("aes:")
    assert secret not in kept["totp"]["secret"]
    assert kept["recovery_codes"]["seed"].startswith("aes:")


def test_ada_takes_it_off_for_sam_who_lost_the_telephone(sam, ada):
    his, _, _ = set_up(sam)
    admin = Client()
    password(admin, ada)
    address = f"/people/{sam.pk}/"
    refused = admin.post(address, {"verb": "reset", "typed": "sam"})
    assert "Nothing was done: this is not “sam@shop.example”." in refused.content.decode()
    assert inside(his)
    admin.post(address, {"verb": "reset", "typed": "sam@shop.example"})
    assert not inside(his)
    assert Authenticator.objects.filter(user=sam).count() == 0
    again = Client()
    assert password(again, sam)["Location"] == "/"
    entry = AuditEntry.objects.get(verb="reset_second_factor")
    assert (entry.actor_label, entry.subject) == ("ada", "sam@shop.example")


def test_where_it_is_required_an_admin_sets_it_up_before_all_else(ada, settings):
    settings.ADMINS_NEED_SECOND_FACTOR = True
    client = Client()
    password(client, ada)
    assert client.get("/people/")["Location"] == "/accounts/2fa/totp/activate/"
    assert client.post("/people/", {"verb": "invite"})["Location"] == "/accounts/2fa/totp/activate/"
    assert client.get("/api/v1/runs/").status_code == 403
    done, _, _ = set_up(ada)
    assert done.get("/people/").status_code == 200


def test_where_it_is_required_nobody_else_and_no_key_is_asked(sam, ada, settings):
    settings.ADMINS_NEED_SECOND_FACTOR = True
    client = Client()
    password(client, sam)
    assert inside(client)
    _, key = create_api_key(email=ada.email, name="till", scopes=["VIEW_OPERATIONS"])
    answer = Client().get("/api/v1/runs/", HTTP_AUTHORIZATION=f"Bearer {key}")
    assert answer.status_code == 200


def test_the_demo_is_never_locked(ada, settings):
    settings.ADMINS_NEED_SECOND_FACTOR = True
    configure_organisation(is_demo=True)
    client = Client()
    password(client, ada)
    assert client.get("/people/").status_code == 200


def test_sam_takes_off_his_own_and_it_is_written_down(sam):
    client, _, _ = set_up(sam)
    client.post("/accounts/2fa/totp/deactivate/")
    assert Authenticator.objects.filter(user=sam).count() == 0
    assert AuditEntry.objects.filter(verb="remove_second_factor").count() == 1


def test_ada_takes_her_own_off_only_where_her_password_is_asked(ada):
    hers, _, _ = set_up(ada)
    answer = hers.post(f"/people/{ada.pk}/", {"verb": "reset", "typed": ada.email})
    assert "Take off your own second factor under your account" in answer.content.decode()
    assert Authenticator.objects.filter(user=ada, type="totp").count() == 1
    assert not AuditEntry.objects.filter(verb="reset_second_factor").exists()
