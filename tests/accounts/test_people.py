"""Coming in: by password, by a link that works once, and not at all."""

import io
import json

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.services import DeadLink, create_user, login_link, set_role, user_of_link
from core.errors import Conflict, Refused
from core.models import AuditEntry
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


def command(*words: str, stdin: str = "", monkeypatch=None) -> dict:
    out = io.StringIO()
    if monkeypatch:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
    call_command(*words, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_the_first_admin_comes_in_by_a_link_once():
    answer = command("first_admin", "ada@shop.example")
    path = answer["login_link"].partition("localhost:8000")[2]
    client = Client()
    assert client.get(path).status_code == 302
    assert client.get("/people/").status_code == 200
    again = Client().get(path)
    assert again.status_code == 404
    assert "used already" in again.content.decode()


def test_an_altered_or_old_link_is_dead(ada):
    token = login_link(user=ada).rstrip("/").rpartition("/")[2]
    assert user_of_link(token=token) == ada
    with pytest.raises(DeadLink):
        user_of_link(token=token[:-2] + "xx")
    ada.last_login = timezone.now()
    ada.save()
    with pytest.raises(DeadLink):
        user_of_link(token=token)


def test_a_link_of_somebody_locked_out_is_dead(ada):
    token = login_link(user=ada).rstrip("/").rpartition("/")[2]
    User.objects.filter(pk=ada.pk).update(is_active=False)
    with pytest.raises(DeadLink):
        user_of_link(token=token)


def test_an_account_is_made_with_a_password_from_stdin(monkeypatch):
    answer = command(
        "create_user", "sam@shop.example", "--role", "sales", "--password-stdin",
        stdin=f"{PASSWORD}\n", monkeypatch=monkeypatch,
    )  # fmt: skip
    assert answer["role"] == "sales"
    assert Client().login(email="sam@shop.example", password=PASSWORD)


def test_one_account_an_email_whatever_its_case(sam):
    with pytest.raises(Conflict, match="already"):
        create_user(email="SAM@shop.example", role="sales")


@pytest.mark.parametrize(
    ("email", "role", "password"),
    [("nobody", "sales", None), ("a@b.example", "king", None), ("a@b.example", "sales", "short")],
)
def test_a_bad_account_is_refused(email, role, password):
    with pytest.raises(Refused):
        create_user(email=email, role=role, password=password)
    assert User.objects.count() == 0


def test_a_key_of_a_person_without_the_capability_is_refused(vic):
    with pytest.raises(SystemExit) as ended:
        call_command(
            "create_api_key", vic.email, "--name", "x", "--scope", "IMPORT_DATA",
            stdout=io.StringIO(), stderr=io.StringIO(),
        )  # fmt: skip
    assert ended.value.code == 1


def test_a_wrong_usage_ends_with_2():
    with pytest.raises(SystemExit) as ended:
        call_command("create_user", "a@b.example", stderr=io.StringIO())
    assert ended.value.code == 2


def test_a_wrong_password_ten_times_is_told_to_wait(ada):
    client = Client()
    words = []
    for _ in range(10):
        answer = client.post("/accounts/login/", {"login": ada.email, "password": "wrong"})
        words.append(answer.content.decode())
    assert "not correct" in words[0]
    assert "Too many failed login attempts" in words[-1]
    right = client.post("/accounts/login/", {"login": ada.email, "password": PASSWORD})
    assert "Too many failed login attempts" in right.content.decode()


def test_nobody_signs_up_by_themselves():
    answer = Client().post("/accounts/signup/", {"email": "x@y.example", "password1": PASSWORD})
    assert User.objects.count() == 0
    assert answer.status_code in (200, 403)


def test_roles_change_with_an_entry_in_the_audit_and_the_history(sam, ada):
    set_role(user=sam, role="support", actor=ada)
    entry = AuditEntry.objects.get(verb="set_role")
    assert (entry.actor_label, entry.subject) == ("ada", "sam@shop.example")
    from django.apps import apps

    events = apps.get_model("accounts.UserRoleIsActiveEvent").objects.filter(pgh_obj_id=sam.pk)
    assert events.count() == 1
    with pytest.raises(Conflict, match="your own role"):
        set_role(user=ada, role="sales", actor=ada)


def test_each_look_at_personal_data_is_audited(sam, vic, mara, api_of):
    from customers.models import Customer

    Customer.objects.create(customer_id="A", name="Mara Klein", load_id=1)
    seen = api_of(sam).get("/api/v1/customers/A/").json()
    assert (seen["name"], seen["masked"]) == ("Mara Klein", False)
    masked = api_of(mara).get("/api/v1/customers/A/").json()
    assert (masked["name"], masked["masked"]) == ("M••• K•••", True)
    assert AuditEntry.objects.filter(verb="view_customer").count() == 1


def test_a_name_is_found_by_words_and_prefixes_only_by_those_who_may(sam, mara, api_of, tmp_path):
    from tests.shops.coming_in import bring_in

    people = "customer_id,name,email\n1,Mara Klein,mk@x.example\n2,Marta Groß,mg@x.example\n"
    bring_in(tmp_path, people, "customers")

    def found(user, text: str) -> list[str]:
        answer = api_of(user).get("/api/v1/customers/", {"search": text}).json()
        return [row["customer_id"] for row in answer["results"]]

    assert found(sam, "klein") == ["1"]
    assert found(sam, "mar") == ["1", "2"]
    assert found(sam, "MG@x.example") == ["2"]
    assert found(sam, "2") == ["2"]
    assert found(mara, "klein") == []
