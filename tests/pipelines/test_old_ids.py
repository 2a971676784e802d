"""Files that go on naming a merged customer by their old id: they tell of who stands for it."""

import pytest

from customers.identity_models import Duplicate
from customers.models import Customer
from ingestion.services import request_undo, undo_load
from runs.services import perform
from tests.pipelines.merges import NOW, merged, pk, taken_back
from tests.shops.checksums import checksums
from tests.shops.coming_in import bring_in
from transactions.models import Order

pytestmark = pytest.mark.django_db(transaction=True)
HEADER = "customer_id,name,email,phone,region\n"


def said(customer_id: str) -> tuple[str | None, ...]:
    found = Customer.objects.get(customer_id=customer_id)
    return (found.name, found.email, found.region)


def counts(load) -> tuple[int, ...]:
    return (load.read, load.loaded, load.changed, load.identical, load.duplicate, load.rejected)


def test_a_row_by_the_old_id_describes_who_stands_for_it(folder, sue, ann, client):
    merged("A", "B", sue, keep="A")
    before, of_b = checksums(), said("B")
    moved = HEADER + "B,Anna Hill,anna@hill.example,,West\nZ,Zoe,,,\n"
    load = bring_in(folder, moved, "customers")
    assert counts(load) == (2, 1, 1, 0, 0, 0)
    assert said("A") == ("Anna Hill", "anna@hill.example", "West")
    assert said("B") == of_b
    assert load.run.result["customers"] == [pk("A"), pk("Z")]
    client.force_login(ann)
    page = client.get(f"/imports/{load.pk}/").content.decode()
    assert "1 row by an id that was merged: the kept customer’s now." in page
    again = bring_in(folder, moved, "customers")
    assert counts(again) == (2, 0, 0, 2, 0, 0)
    assert perform(run=request_undo(load=load, send=False), job=undo_load).error == ""
    assert checksums() == before


def test_an_export_that_still_has_both_changes_neither(folder, sue):
    both = HEADER + "B,Anna B. Berg,,,South\nA,Anna Berg,,,North\n"
    bring_in(folder, both, "customers")
    merged("A", "B", sue, keep="A")
    before = checksums()
    load = bring_in(folder, both, "customers")
    assert counts(load) == (2, 0, 0, 2, 0, 0)
    assert (checksums(), load.notes["by_old_id"]) == (before, 0)
    later = bring_in(folder, both.replace("South", "East").replace("North", "West"), "customers")
    assert counts(later) == (2, 0, 2, 0, 0, 0)
    assert (said("A")[2], said("B")[2]) == ("West", "East")


def test_of_two_old_ids_the_first_of_the_file_counts(folder, sue):
    merged("A", "B", sue, keep="A")
    first, second = Customer.objects.get(customer_id="A"), Customer.objects.get(customer_id="C")
    Duplicate.objects.create(
        first=first, second=second, found_by=["phone"], priority=1, found_at=NOW
    )
    merged("A", "C", sue, keep="A")
    load = bring_in(folder, HEADER + "C,Cleo,,,\nB,Bea,,,\nC,Cleo,,,\n", "customers")
    assert counts(load) == (3, 0, 2, 0, 1, 0)
    assert [said(one)[0] for one in "AB"] == ["Cleo", "Bea"]
    taken_back("A", "C", sue)
    assert said("A")[0] == "Cleo"


def test_rows_of_any_kind_by_an_old_id_are_counted(folder, sue):
    merged("A", "B", sue, keep="A")
    lines = "order_id,customer_id,occurred_at,sku,quantity,amount\n"
    load = bring_in(
        folder, f"{lines}7,B,2026-02-25T10:00Z,tea,1,1\n8,A,2026-02-25T10:00Z,tea,1,1\n"
    )
    assert load.notes["by_old_id"] == 1
    assert Order.objects.filter(order_id__in="78", customer=pk("A")).count() == 2
    other = bring_in(folder, f"{lines}9,C,2026-02-25T10:00Z,tea,1,1\n")
    assert "by_old_id" not in other.notes
