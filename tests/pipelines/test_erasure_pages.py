"""Erasure by page and API: typed twice, for admins, and a zip for whoever asks for their data."""

import io
import json
import zipfile

import pytest
from django.core.management import call_command
from django.test import Client

from core.models import AuditEntry
from customers import erased
from customers.models import Customer
from pipelines.erasure import erase
from runs.models import Run
from runs.services import perform
from tests.conftest import PASSWORD
from tests.shops import nine_and_one as shop
from tests.shops.coming_in import bring_in, refreshed

pytestmark = pytest.mark.django_db(transaction=True)
SAID = {
    "interactions": "customer_id,channel,opened_at,subject\nA,phone,2026-01-01,Card lost\n",
    "feedback": "customer_id,kind,score,at\nA,nps,9,2026-01-01\n",
    "events": "customer_id,visitor_id,kind,at,url\n,v,visit,2026-01-01,/before\n"
    "A,v,visit,2026-01-02,/after\n",
}
PEOPLE = "customer_id,name,email,region\nA,Mara Klein,mara@example.com,West\n"


@pytest.fixture
def at_the_page(ada):
    client = Client()
    assert client.login(email=ada.email, password=PASSWORD)
    return client


def test_a_person_is_found_typed_again_and_erased_by_the_page(tmp_path, at_the_page):
    bring_in(tmp_path, shop.ORDER_LINES)
    found = at_the_page.post("/erasures/", {"verb": "find", "customer_id": "A"})
    assert b"Erase this person?" in found.content
    mistyped = {"verb": "erase", "customer_id": "A", "typed": "B"}
    assert b"This is another number." in at_the_page.post("/erasures/", mistyped).content
    assert not Run.objects.filter(name="erase").exists()
    asked = at_the_page.post("/erasures/", {**mistyped, "typed": "A"})
    assert asked.status_code == 302
    run = perform(run=Run.objects.get(name="erase"), job=erase)
    page = at_the_page.get("/erasures/").content.decode()
    assert erased.pseudonym("A") in page
    told = at_the_page.get(f"/erasures/{run.pk}/certificate/").json()
    assert (told["person"], told["asked_by"]) == (erased.pseudonym("A"), "ada")
    refused = at_the_page.post("/erasures/", {"verb": "find", "customer_id": "A"})
    assert b"There is no customer" in refused.content


def test_the_api_erases_lists_and_answers_a_second_request_with_409(tmp_path, api_of, ada):
    bring_in(tmp_path, shop.ORDER_LINES)
    client = api_of(ada)
    asked = client.post("/api/v1/erasures/", {"customer_id": "A"}, format="json")
    assert (asked.status_code, asked.json()["state"]) == (202, "queued")
    same = client.post("/api/v1/erasures/", {"customer_id": "A"}, format="json")
    assert same.json()["id"] == asked.json()["id"]
    run = perform(run=Run.objects.get(pk=asked.json()["id"]), job=erase)
    told = client.get(f"/api/v1/erasures/{run.pk}/").json()
    assert told["touched"]["transactions"]["transactions.OrderLine"] == 4
    assert client.get("/api/v1/erasures/").json()["count"] == 1
    again = client.post("/api/v1/erasures/", {"customer_id": "A"}, format="json")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "erased_already")
    nobody = client.post("/api/v1/erasures/", {"customer_id": "nobody"}, format="json")
    assert nobody.status_code == 404


def test_the_zip_holds_everything_that_is_disclosed(tmp_path, api_of, ada, capsys):
    bring_in(tmp_path, PEOPLE, "customers")
    bring_in(tmp_path, "customer_id,channel,granted,at\nA,email,yes,2026-01-01\n", "consents")
    bring_in(tmp_path, shop.ORDER_LINES)
    for kind, text in SAID.items():
        bring_in(tmp_path, text, kind)
    refreshed(shop.AS_OF)
    answer = api_of(ada).get("/api/v1/customers/A/subject/")
    assert answer["Content-Type"] == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    told = {name: json.loads(archive.read(name)) for name in archive.namelist() if "json" in name}
    assert told["customers.json"]["person"]["email"] == "mara@example.com"
    assert [c["channel"] for c in told["customers.json"]["consents"]] == ["email"]
    assert [row["subject"] for row in told["customers.json"]["interactions"]] == ["Card lost"]
    assert [row["score"] for row in told["customers.json"]["feedback"]] == [9]
    assert len(told["transactions.json"]["order_lines"]) == 4
    assert [row["url"] for row in told["transactions.json"]["events"]] == ["/before", "/after"]
    assert told["features.json"]["features"]["purchase_frequency"] == 3
    assert told["features.json"]["features"]["consent_email"] is True
    assert "rfm_group" in told["features.json"]["features"]
    assert {s["segment"] for s in told["segmentation.json"]["segments"]}
    page = archive.read("index.html").decode()
    assert "mara@example.com" in page
    assert "Card lost" in page
    assert AuditEntry.objects.filter(verb="export_subject", subject="A").count() == 1
    out = tmp_path / "A.zip"
    call_command("export_subject", "A", "--out", str(out), "--json")
    assert json.loads(capsys.readouterr().out)["out"] == str(out)
    assert set(zipfile.ZipFile(out).namelist()) == set(archive.namelist())


def test_the_command_erases_and_prints_the_certificate(tmp_path, capsys):
    bring_in(tmp_path, shop.ORDER_LINES)
    call_command("erase_customer", "A", "--json")
    told = json.loads(capsys.readouterr().out)
    assert (told["state"], told["person"]) == ("succeeded", erased.pseudonym("A"))
    assert not Customer.objects.filter(customer_id="A").exists()
    with pytest.raises(SystemExit) as ended:
        call_command("erase_customer", "A", "--json")
    assert ended.value.code == 1
