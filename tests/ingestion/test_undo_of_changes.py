"""A load that changed what was there before: its undo puts the rows back as they were."""

from datetime import timedelta
from hashlib import sha256

import pytest
from django.utils import timezone

from core.errors import Conflict
from core.models import AuditEntry, RowBefore
from core.people import person_verbs
from customers.models import Consent, Customer, Interaction
from customers.services import close_contact
from ingestion.models import Load
from ingestion.services import load_numbered, request_undo, undo_load
from pipelines.flow import strike
from runs.services import perform
from tests.shops.checksums import checksums
from tests.shops.coming_in import bring_in
from transactions.agreement import mirror_differences
from transactions.models import Event, Order, OrderLine, Product
from transactions.services import update_mirror

pytestmark = pytest.mark.django_db(transaction=True)

LINES = "customer_id,order_id,line_number,occurred_at,sku,quantity,amount,store\n"
PEOPLE = "customer_id,name,email,region\n"
EVENTS = "customer_id,visitor_id,kind,at\n"
CONSENTS = "customer_id,channel,granted,at,source\n"
REQUESTS = "customer_id,channel,opened_at,closed_at,text,outcome\n"
ANSWERS = "customer_id,kind,score,text,at\n"
# A file of each kind, and another that changes its first row and adds one; whom the first is about.
TWICE = {
    "order_lines": (
        LINES + "A,o1,1,2026-02-01,p1,2,2.50,North\nA,o1,2,2026-02-01,p2,,1,North\n",
        LINES + "B,o1,1,2026-02-03T10:00,p3,3,9.99,South\nB,o2,1,2026-02-03,p1,1,1,\n",
    ),
    "customers": (
        PEOPLE + "A,Mara Klein,mara@x.example,West\n",
        PEOPLE + "A,Mara Groß,,\nB,Sam Ode,sam@x.example,East\n",
    ),
    "consents": (
        CONSENTS + "A,email,yes,2026-01-01,shop\n",
        CONSENTS + "A,email,no,2026-01-01,letter\nA,email,yes,2026-03-01,shop\n",
    ),
    "interactions": (
        REQUESTS + "A,email,2026-01-01,,Where is it?,\n",
        REQUESTS + "A,email,2026-01-01,2026-01-02,Where is it now?,solved\nA,sms,2026-01-03,,,\n",
    ),
    "feedback": (
        ANSWERS + "A,nps,9,Good,2026-01-01\n",
        ANSWERS + "A,nps,2,Bad,2026-01-01\nB,nps,3,,2026-01-01\n",
    ),
    "events": (
        EVENTS + ",v1,visit,2026-01-01\n,v1,visit,2026-01-02\n",
        EVENTS + "A,v1,visit,2026-01-01\nB,v2,visit,2026-01-01\n",
    ),
    "customer_features": (
        "customer_id,age,city\nA,41,Bonn\n", "customer_id,age,income\nA,42,900\nB,20,1\n",
    ),
    "products": ("sku,name,price\np1,Milk,1.50\n", "sku,name,price\np1,Oats,\np2,Tea,2\n"),
}  # fmt: skip


def undo(load: Load) -> dict[str, int]:
    run = perform(run=request_undo(load=load_numbered(load.pk), send=False), job=undo_load)
    assert run.error == ""
    return run.result["restored"]


def refused(load: Load) -> str:
    before = checksums()
    with pytest.raises(Conflict) as told:
        request_undo(load=load_numbered(load.pk))
    assert checksums() == before
    return told.value.message


@pytest.mark.parametrize("kind", TWICE)
def test_what_a_load_changed_is_put_back_and_what_it_added_is_gone(tmp_path, kind):
    first_file, second_file = TWICE[kind]
    empty = checksums()
    first = bring_in(tmp_path, first_file, kind)
    before = checksums()
    second = bring_in(tmp_path, second_file, kind)
    assert (second.changed, second.rejected) == (1, 0)
    assert f"import {second.pk} changed 1 of its rows" in refused(first)
    undo(second)
    assert checksums() == before
    assert RowBefore.objects.count() == 0
    undo(first)
    assert checksums() == empty


@pytest.mark.parametrize("kind", [kind for kind in TWICE if kind != "products"])
def test_what_is_kept_of_a_person_says_whom_it_is_about(tmp_path, kind):
    first_file, second_file = TWICE[kind]
    bring_in(tmp_path, "customer_id\nA\nB\n", "customers")
    bring_in(tmp_path, first_file, kind)
    bring_in(tmp_path, second_file, kind)
    names = dict(Customer.objects.values_list("pk", "customer_id"))
    kept = {(row.of_table, names.get(row.customer_pk)) for row in RowBefore.objects.all()}
    # The event was nobody's; the line went to the customer of its order before it changed itself.
    line = {("transactions_orderline", "B"), ("transactions_order", "A")}
    about = {
        "events": {("transactions_event", None)}, "order_lines": line,
        "customers": {("customers_customer", "A"), ("customers_customer", "B")},
    }  # fmt: skip
    if kind in about:
        assert kept == about[kind]
    else:
        assert [who for _, who in kept] == ["A"]


def test_three_loads_of_one_row_are_undone_from_the_top(tmp_path):
    states, loads = [], []
    for amount in (1, 2, 3):
        states.append(checksums())
        loads.append(bring_in(tmp_path, LINES + f"A,o1,1,2026-02-01,p1,1,{amount},\n"))
    assert f"import {loads[2].pk} changed 1 of its rows" in refused(loads[1])
    assert f"import {loads[1].pk} changed 1 of its rows" in refused(loads[0])
    for load, state in reversed(list(zip(loads, states, strict=True))):
        undo(load)
        assert checksums() == state


def test_loads_that_changed_different_rows_are_undone_in_any_order(tmp_path):
    bring_in(tmp_path, "sku,name\np1,Milk\np2,Tea\n", "products")
    before = checksums()
    second = bring_in(tmp_path, "sku,name\np1,Oats\n", "products")
    third = bring_in(tmp_path, "sku,name\np2,Chai\n", "products")
    undo(second)
    assert list(Product.objects.order_by("sku").values_list("name", flat=True)) == ["Milk", "Chai"]
    undo(third)
    assert checksums() == before


def test_a_load_that_only_corrected_an_order_gives_its_time_back(tmp_path):
    bring_in(tmp_path, LINES + "A,o1,1,2026-02-01,p1,1,1,\n")
    update_mirror()
    before = checksums()
    second = bring_in(tmp_path, LINES + "A,o1,1,2026-02-05,p1,1,1,\n")
    assert (second.changed, second.identical) == (0, 1)
    update_mirror()
    assert undo(second) == {
        "transactions_order": 1, "transactions_orderline": 0, "transactions_product": 0,
        "customers_customer": 0,
    }  # fmt: skip
    assert checksums() == before
    update_mirror()
    assert mirror_differences() == []


def test_products_and_customers_wait_for_the_undo_that_brings_their_rows_back(tmp_path):
    people = bring_in(tmp_path, "customer_id\nA\nB\n", "customers")
    things = bring_in(tmp_path, "sku,name\np1,Milk\np2,Tea\n", "products")
    lines = bring_in(tmp_path, LINES + "A,o1,1,2026-02-01,p1,1,1,\n")
    others = bring_in(tmp_path, "customer_id\nC\n", "customers")
    moved = bring_in(tmp_path, LINES + "C,o1,1,2026-02-01,,1,1,\nC,o2,1,2026-02-01,p3,1,1,\n")
    OrderLine.objects.filter(load_id=moved.pk).update(product=Product.objects.get(sku="p3"))
    assert "1 order lines name its products" in refused(things)
    assert "1 rows that later loads changed were of customers that it brought in" in refused(people)
    assert "1 orders belong to customers that it brought in" not in refused(people)
    for load in (moved, others, lines, things, people):
        undo(load)
    assert {rows for rows, _ in checksums().values()} == {0}


def test_a_customer_whom_a_load_only_completed_stays(tmp_path):
    bring_in(tmp_path, LINES + "A,o1,1,2026-02-01,p1,1,1,\n")
    people = bring_in(tmp_path, PEOPLE + "A,Mara Klein,mara@x.example,West\n", "customers")
    bring_in(tmp_path, CONSENTS + "A,email,yes,2026-01-01,shop\n", "consents")
    Consent.objects.create(
        customer=Customer.objects.get(), channel="sms", granted=True, at=timezone.now()
    )
    undo(people)
    customer = Customer.objects.get()
    assert (customer.name, customer.email_index, customer.is_placeholder) == (None, None, True)
    assert Order.objects.get().customer_id == customer.pk


def test_a_visitors_events_are_nobodys_again(tmp_path):
    bring_in(tmp_path, EVENTS + ",v1,visit,2026-01-01\n,v1,search,2026-01-02\n", "events")
    second = bring_in(tmp_path, EVENTS + "A,v1,search,2026-01-02\n", "events")
    assert Event.objects.filter(customer__customer_id="A").count() == 2
    assert undo(second) == {"transactions_event": 1, "customers_customer": 1}
    assert list(Event.objects.values_list("customer", "identified")) == [(None, False)] * 2


def test_what_somebody_closed_by_hand_since_holds_the_undo(tmp_path, sam):
    bring_in(tmp_path, REQUESTS + "A,email,2026-01-01,,Hello,\n", "interactions")
    second = bring_in(tmp_path, REQUESTS + "A,email,2026-01-01,,Hello there,\n", "interactions")
    contact = Interaction.objects.get()
    close_contact(contact=contact, outcome="solved", actor=sam, at=timezone.now())
    assert "1 of its requests were closed by hand" in refused(second)


def test_what_was_closed_by_hand_before_comes_back_closed(tmp_path, sam):
    bring_in(tmp_path, REQUESTS + "A,email,2026-01-01,,Hello,\n", "interactions")
    close_contact(contact=Interaction.objects.get(), outcome="ok", actor=sam, at=timezone.now())
    before = checksums()
    second = bring_in(tmp_path, REQUESTS + "A,email,2026-01-01,,Hi,sent again\n", "interactions")
    undo(second)
    assert checksums() == before


def test_an_erased_person_leaves_what_is_kept_and_holds_no_undo(tmp_path):
    bring_in(tmp_path, PEOPLE + "A,Mara Klein,,\nB,Sam Ode,,\n", "customers")
    bring_in(tmp_path, LINES + "A,o1,1,2026-02-01,p1,1,1,\nB,o2,1,2026-02-01,p1,1,1,\n")
    people = bring_in(tmp_path, PEOPLE + "A,Mara Groß,,\nB,Sam Ohde,,\n", "customers")
    bring_in(tmp_path, LINES + "A,o1,1,2026-02-02,p1,1,5,\nB,o2,1,2026-02-02,p1,1,5,\n")
    pk = Customer.objects.get(customer_id="A").pk
    for verbs in person_verbs():
        verbs.forget(pk)
    sams = Customer.objects.get().pk
    assert set(RowBefore.objects.values_list("customer_pk", flat=True)) == {sams}
    assert RowBefore.objects.count() == 3
    assert undo(people) == {"customers_customer": 1}
    assert Customer.objects.get().name == "Sam Ode"


def test_a_load_of_before_changes_were_kept_cannot_be_undone(tmp_path):
    bring_in(tmp_path, "sku,name\np1,Milk\n", "products")
    second = bring_in(tmp_path, "sku,name\np1,Oats\n", "products")
    RowBefore.objects.all().delete()
    second.notes = {}
    second.save()
    assert "what they said is kept no longer" in refused(second)


def test_what_is_kept_about_a_person_is_disclosed_to_them(tmp_path):
    bring_in(tmp_path, PEOPLE + "A,Mara Klein,mara@x.example,West\n", "customers")
    second = bring_in(tmp_path, PEOPLE + "A,Mara Groß,,East\n", "customers")
    verbs = next(v for v in person_verbs() if v.key == "customers")
    told = verbs.disclose(Customer.objects.get().pk)["before_imports"]
    assert [
        (row["replaced_by_import"], row["name"], row["email"], row["region"]) for row in told
    ] == [(second.pk, "Mara Klein", "mara@x.example", "West")]
    assert not {"email_index", "name_index", "personal_marks"} & told[0].keys()


def test_what_was_replaced_is_let_go_of_after_so_many_days(tmp_path, settings):
    settings.UNDO_DAYS = 30
    first = bring_in(tmp_path, "sku,name\np1,Milk\np2,Tea\n", "products")
    second = bring_in(tmp_path, "sku,name\np1,Oats\n", "products")
    now = timezone.now()
    strike(now=now + timedelta(days=29))
    assert request_undo(load=second, send=False).state == "queued"
    strike(now=now + timedelta(days=31))
    assert "what they said is kept no longer" in refused(second)
    assert f"import {second.pk} changed 1 of its rows" in refused(first)
    entry = AuditEntry.objects.get(verb="clear_undo")
    assert (entry.actor_kind, entry.detail) == ("system", {"rows": 1})
    strike(now=now + timedelta(days=32))
    assert AuditEntry.objects.filter(verb="clear_undo").count() == 1


def test_a_load_says_where_its_rows_come_from_and_what_became_of_them(tmp_path, ann, api_of):
    first = bring_in(tmp_path, "sku,name\np1,Milk\np2,Tea\n", "products", source="till", actor=ann)
    second = bring_in(tmp_path, "sku,name\np1,Oats\n", "products", actor=ann)
    api = api_of(ann)
    told = api.get(f"/api/v1/imports/{first.pk}/").json()["lineage"]
    assert (told["source"], told["asked_by"]) == ("till", str(ann))
    assert told["file_sha256"] == sha256(b"sku,name\np1,Milk\np2,Tea\n").hexdigest()
    assert told["mapping"] == first.mapping
    above = {"import": second.pk, "table": "transactions_product", "rows": 1}
    assert (told["changed"], told["changed_by"]) == ({}, [above])
    told = api.get(f"/api/v1/imports/{second.pk}/").json()["lineage"]
    assert (told["changed"], told["changed_by"]) == ({"transactions_product": 1}, [])
    undo(second)
    told = api.get(f"/api/v1/imports/{second.pk}/").json()["lineage"]
    assert told["changed"] == told["restored"] == {"transactions_product": 1}
    assert api.get(f"/api/v1/imports/{first.pk}/").json()["lineage"]["changed_by"] == []


def test_the_page_of_a_load_says_so_too(tmp_path, ann, client):
    first = bring_in(tmp_path, "sku,name\np1,Milk\np2,Tea\n", "products", actor=ann)
    second = bring_in(tmp_path, "sku,name\np1,Oats\n", "products")
    client.force_login(ann)
    page = client.get(f"/imports/{first.pk}/").content.decode()
    assert f"Changed by import {second.pk}" in page
    assert f"by {ann}, " in page
    assert first.file_sha256 in page
    kept = '<td class="nowrap">Replaced, kept for an undo</td><td class="break-all">1 product</td>'
    page = client.get(f"/imports/{second.pk}/").content.decode()
    assert kept in page
    assert "by a command or a program, " in page
    undo(second)
    page = client.get(f"/imports/{second.pk}/").content.decode()
    assert kept not in page
    assert '<td class="nowrap">Put back or taken out</td>' in page
    assert " until " in page
    tried = bring_in(tmp_path, "sku,name\np1,Oats\n", "products", dry_run=True)
    assert kept not in client.get(f"/imports/{tried.pk}/").content.decode()
