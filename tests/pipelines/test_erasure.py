"""A person erased on request leaves no trace, and does not come back."""

from pathlib import Path

import pytest

from core.errors import NotFound
from core.models import AuditEntry
from customers import erased
from customers.models import Customer
from ingestion.models import Reject
from ingestion.services import request_undo, undo_load
from pipelines.erasure import ErasedAlready, certificate_of, erase, request_erasure
from runs.models import Run
from runs.services import perform
from tests.shops import nine_and_one as shop
from tests.shops.coming_in import bring_in, refreshed
from transactions.agreement import mirror_differences
from transactions.models import Event, OrderLine
from transactions.services import update_mirror

pytestmark = pytest.mark.django_db(transaction=True)


def erased_now(customer_id: str) -> Run:
    run = perform(run=request_erasure(customer_id=customer_id, send=False), job=erase)
    assert (run.state, run.error) == ("succeeded", "")
    return run


def test_the_certificate_counts_what_was_touched_and_names_a_pseudonym(tmp_path):
    bring_in(tmp_path, shop.ORDER_LINES)
    refreshed(shop.AS_OF)
    told = certificate_of(erased_now("A"))
    assert told["person"] == erased.pseudonym("A")
    assert told["touched"]["transactions"]["transactions.OrderLine"] == 4
    assert told["touched"]["customers"]["customers.Customer"] == 1
    assert told["touched"]["features"]["snapshots"] == 3
    assert not Customer.objects.filter(customer_id="A").exists()
    assert OrderLine.objects.filter(order__customer__customer_id="A").count() == 0
    assert mirror_differences() == []


def test_an_import_does_not_bring_the_person_back(tmp_path):
    bring_in(tmp_path, shop.ORDER_LINES)
    erased_now("A")
    again = bring_in(tmp_path, shop.ORDER_LINES)
    assert (again.rejected, again.loaded, again.read) == (4, 0, again.identical + 4)
    told = Reject.objects.order_by().filter(load=again).values_list("column", "value", "reason")
    assert list(told.distinct()) == [("customer_id", "", "erased on request")]
    assert not Customer.objects.filter(customer_id="A").exists()
    assert again.sums["amount_minor"]["difference"] == 0


def test_a_load_can_be_undone_after_its_customer_was_erased(tmp_path):
    load = bring_in(tmp_path, shop.ORDER_LINES)
    erased_now("A")
    load.refresh_from_db()
    undone = perform(run=request_undo(load=load, send=False), job=undo_load)
    assert undone.state == "succeeded"
    assert OrderLine.objects.count() == Customer.objects.count() == 0
    update_mirror()


def test_nobody_is_erased_twice_and_a_stranger_not_at_all(tmp_path):
    bring_in(tmp_path, shop.ORDER_LINES)
    run = erased_now("A")
    with pytest.raises(ErasedAlready, match=rf"was erased on .* run {run.pk}\."):
        request_erasure(customer_id="A")
    with pytest.raises(NotFound):
        request_erasure(customer_id="nobody")
    assert AuditEntry.objects.filter(verb="erase_customer").count() == 1


def test_a_browser_that_was_the_person_alone_is_turned_away_and_a_shared_one_is_not(tmp_path):
    header = "customer_id,visitor_id,kind,at\n"
    own = ",phone-1,visit,2026-02-01T10:00Z\nA,phone-1,sign_in,2026-02-01T11:00Z\n"
    shared = "A,desk,visit,2026-02-01T10:00Z\nB,desk,visit,2026-02-01T11:00Z\n"
    # The id of A's browser is the number of another customer.
    rows = f"{header}{own}{shared}A,77,visit,2026-02-01T12:00Z\n77,,visit,2026-02-01T12:00Z\n"
    load = bring_in(tmp_path, rows, "events")
    erased_now("A")
    kept = set(Event.objects.values_list("customer__customer_id", "visitor_id"))
    assert kept == {("B", "desk"), ("77", None)}
    file = Path(load.file_path).read_text()
    assert "phone-1" not in file
    assert file.split() == [header.strip(), shared.split()[1], "77,,visit,2026-02-01T12:00Z"]
    again = bring_in(tmp_path, rows, "events")
    assert (again.rejected, again.identical, again.loaded) == (4, 2, 0)
    late = "B,phone-1,visit,2026-02-02\n,phone-1,visit,2026-02-03\n"
    assert bring_in(tmp_path, header + late, "events").rejected == 1
