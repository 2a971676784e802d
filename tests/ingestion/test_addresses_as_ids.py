"""A file that calls customers by their e-mail address: the id is made of it, and is not it."""

from pathlib import Path

import pytest

from core.errors import Refused
from core.services import configure_organisation
from customers.addresses_as_ids import id_of_address
from customers.models import Customer
from customers.selectors import identity
from ingestion.known_kinds import kind_named
from ingestion.mapping import chosen_mapping
from ingestion.models import Load, Reject
from ingestion.services import load_file, load_numbered, receive_file, request_undo, undo_load
from pipelines.erasure import erase, request_erasure
from runs.services import perform
from tests.conftest import person
from tests.ingestion.test_first_look import walked
from tests.shops.checksums import checksums
from transactions.models import Order, OrderLine

pytestmark = pytest.mark.django_db(transaction=True)

SHOPIFY = (
    "Name,Email,Currency,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,"
    "Lineitem discount,Source,Billing Country\n"
    "#1,Kim@example.com,USD,2026-01-05 12:04:18 -0500,2,Tea,4.50,T1,0,web,US\n"
    "#2,kim@example.com ,USD,2026-01-06 12:04:18 -0500,1,Tea,4.50,T1,0,web,US\n"
    "#3,lou@example.com,USD,2026-01-06 12:05:18 -0500,1,Tea,4.50,T1,0,web,US\n"
    "#4,4711,USD,2026-01-06 12:06:18 -0500,1,Tea,4.50,T1,0,web,US\n"
)
KIM, LOU = id_of_address("kim@example.com"), id_of_address("lou@example.com")


def brought(tmp_path, text: str = SHOPIFY, *, kind: str = "order_lines", **said) -> Load:
    path = tmp_path / "export.csv"
    path.write_text(text)
    said = said or {"preset": "shopify"}
    load = receive_file(path=path, kind=kind, send=False, **said)
    assert perform(run=load.run, job=load_file).error == ""
    return load_numbered(load.pk)


def emails() -> dict[str, str]:
    return {c.customer_id: c.email or "" for c in Customer.objects.all()}


def test_spellings_of_one_address_are_one_customer_and_a_number_stays(tmp_path):
    load = brought(tmp_path)
    assert (load.loaded, load.notes["unknown_customers"]) == (4, 3)
    assert (KIM[:5], len(KIM)) == ("mail-", 29)
    bought = Order.objects.values_list("order_id", "customer__customer_id").order_by("order_id")
    assert list(bought) == [("#1", KIM), ("#2", KIM), ("#3", LOU), ("#4", "4711")]
    assert emails() == {KIM: "Kim@example.com", LOU: "lou@example.com", "4711": ""}


def test_many_new_orders_that_go_straight_in_keep_their_addresses_too(tmp_path, monkeypatch):
    monkeypatch.setattr("transactions.kinds.order_lines.OrderLines.straight_from", 1)
    assert brought(tmp_path).loaded == 4
    assert emails()[LOU] == "lou@example.com"


def test_the_same_file_again_changes_nothing_and_an_undo_takes_all_of_it_out(tmp_path):
    before = checksums()
    load = brought(tmp_path)
    with_them = checksums()
    assert brought(tmp_path).identical == 4
    assert checksums() == with_them
    assert perform(run=request_undo(load=load, send=False), job=undo_load).error == ""
    assert checksums() == before


def test_a_dry_run_keeps_no_address(tmp_path):
    brought(tmp_path, preset="shopify", dry_run=True)
    assert emails() == {}


def test_an_address_that_somebody_has_said_stays(tmp_path):
    brought(tmp_path)
    text = f"customer_id,email\n{KIM},kim@work.example\n"
    brought(tmp_path, text, kind="customers", preset="generic")
    brought(tmp_path, SHOPIFY.replace("#1", "#9"))
    assert emails()[KIM] == "kim@work.example"


def test_the_address_finds_the_customer_and_is_masked(client, tmp_path):
    brought(tmp_path)
    client.force_login(person("sue"))
    found = client.get("/api/v1/customers/", {"search": "kim@example.com"}).json()["results"]
    assert [one["customer_id"] for one in found] == [KIM]
    client.force_login(person("mara"))
    page = client.get(f"/customers/{KIM}/").content.decode()
    assert KIM in page
    assert "kim@example.com" not in page.lower()


def test_an_erasure_finds_the_rows_by_the_address_and_nobody_comes_back(tmp_path):
    load = brought(tmp_path, SHOPIFY + "#5,mo@example.com,USD,yesterday,1,Tea,4.50,T1,0,web,US\n")
    assert perform(run=request_erasure(customer_id=KIM, send=False), job=erase).error == ""
    kept = Path(load.file_path).read_text().lower()
    assert "kim@" not in kept
    assert "lou@" in kept
    again = brought(tmp_path)
    assert (again.identical, again.rejected) == (2, 2)
    assert set(Reject.objects.filter(load=again).values_list("value", "reason")) == {
        ("", "erased on request")
    }
    assert "kim@" not in Path(again.file_path).read_text().lower()
    assert OrderLine.objects.count() == 2


def test_a_broken_line_of_somebody_erased_is_not_quoted(tmp_path):
    brought(tmp_path)
    assert perform(run=request_erasure(customer_id=KIM, send=False), job=erase).error == ""
    broken = "#7,kim@example.com,USD,2026-01-06 12:04:18 -0500,1,Tea,4.50,T1,0,web,US,and more\n"
    load = brought(tmp_path, SHOPIFY.splitlines()[0] + "\n" + broken)
    assert Reject.objects.get(load=load).value == ""


def test_without_the_option_the_shops_own_id_stands(tmp_path):
    text = "customer_id,occurred_at,amount\nkim@example.com,2026-01-05,5\n"
    brought(tmp_path, text, mapping={"options": {"customers_by_email": False}})
    assert emails() == {"kim@example.com": ""}
    with pytest.raises(Refused, match="customers_by_email is true or false"):
        chosen_mapping(
            kind=kind_named("order_lines"),
            preset="",
            mapping={"options": {"customers_by_email": "yes"}},
        )


def test_the_wizard_says_so_and_reads_any_file_so(client):
    configure_organisation(currency="USD")
    text = "E-Mail;Bestelldatum;Betrag;Kundennummer\nkim@example.com;2026-01-05;5,00;\n"
    draft = walked(client, text)
    url = f"/imports/drafts/{draft.pk}/columns/"
    lines = client.get(url).context["lines"]
    said = {line["field"].html_name: line["chosen"] for line in lines}
    said["column-customer_id"] = ["E-Mail"]
    page = client.post(url, {**said, "do": "look"}).content.decode()
    assert "each customer gets an id made of theirs" in page
    client.post(url, said)
    draft.refresh_from_db()
    assert draft.mapping["options"]["customers_by_email"] is True
    client.post(url, {**said, "column-customer_id": ["Kundennummer"]})
    draft.refresh_from_db()
    assert "customers_by_email" not in draft.mapping["options"]


def test_consents_of_the_same_addresses_are_of_the_same_customers(tmp_path):
    brought(tmp_path)
    text = (
        "customer_id,channel,purpose,granted,at\nlou@example.com,email,marketing,yes,2026-01-01\n"
    )
    brought(tmp_path, text, kind="consents", mapping={"options": {"customers_by_email": True}})
    assert Customer.objects.count() == 3
    assert identity(Customer.objects.get(customer_id=LOU).pk).customer_id == LOU
