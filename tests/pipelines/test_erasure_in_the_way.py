"""Erasure beside other work: refreshes, killed workers, posted rows, restored backups."""

import json
import signal
from pathlib import Path

import pytest

from customers import erased
from customers.models import Customer
from features.models import FeatureFile
from ingestion.models import Load, Reject
from ingestion.pushes import push_rows
from ingestion.services import receive_file
from pipelines.erasure import certificate_of, erase, erase_returned, request_erasure
from pipelines.flow import follow_up
from runs.models import Run, RunState
from runs.services import claim, perform, reap, request
from tests.pipelines.test_erasure import erased_now
from tests.pipelines.test_kills import wait_until, worker
from tests.shops import nine_and_one as shop
from tests.shops.coming_in import bring_in, refreshed
from transactions.agreement import mirror_differences

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]


def test_an_erasure_waits_until_a_refresh_has_ended(tmp_path):
    bring_in(tmp_path, shop.ORDER_LINES)
    working = claim(run_pk=request(name="refresh", task="x", lane="refresh", send=False).pk)
    waits = perform(run=request_erasure(customer_id="A", send=False), job=erase)
    assert (waits.state, Customer.objects.filter(customer_id="A").count()) == ("queued", 1)
    Run.objects.filter(pk=working.pk).delete()
    assert perform(run=waits, job=erase).state == "succeeded"
    assert not Customer.objects.filter(customer_id="A").exists()


@pytest.mark.parametrize("step", ["forget features", "forget transactions", "forget customers"])
def test_an_erasure_killed_in_a_step_is_finished_by_the_next_attempt(step, tmp_path):
    bring_in(tmp_path, shop.ORDER_LINES)
    refreshed(shop.AS_OF)
    run = request_erasure(customer_id="A")
    with worker(hold_at=step) as first:
        wait_until(run, lambda r: r.steps and r.steps[-1]["step"] == step and r.steps[-1]["rows"])
        first.send_signal(signal.SIGKILL)
        first.wait()
    assert reap() == 1
    with worker():
        wait_until(run, lambda r: r.state == RunState.SUCCEEDED)
    assert run.attempt == 2
    assert not Customer.objects.filter(customer_id="A").exists()
    assert mirror_differences() == []
    kept = {file.path for file in FeatureFile.objects.all()}
    assert {str(path) for path in Path(next(iter(kept))).parent.glob("*")} == kept
    assert certificate_of(run)["touched"]["ingestion"]["rows of files"] == 4


def test_posted_rows_of_an_erased_person_are_turned_away():
    row = {"customer_id": "Z", "order_id": "z1", "occurred_at": "2026-02-01", "amount": 5}
    push_rows(rows=[row], kind="order_lines")
    erased_now("Z")
    again = push_rows(rows=[row, {**row, "customer_id": "Y", "order_id": "y1"}], kind="order_lines")
    assert (again.loaded, again.rejected) == (1, 1)
    assert Reject.objects.get(load=again).reason == "erased on request"
    assert list(Customer.objects.values_list("customer_id", flat=True)) == ["Y"]


def test_a_kept_json_file_is_left_without_the_person(tmp_path):
    rows = [{"customer_id": "Z", "name": "Zoe Zimmer"}, {"customer_id": "Y", "name": "Yan"}]
    path = tmp_path / "people.json"
    path.write_text(json.dumps(rows))
    load = receive_file(path=path, kind="customers", dry_run=True, send=False)
    bring_in(tmp_path, "customer_id,name\nZ,Zoe Zimmer\n", "customers")
    erased_now("Z")
    assert json.loads(Path(load.file_path).read_text()) == [{}, rows[1]]
    other = Load.objects.exclude(pk=load.pk).get()
    assert Path(other.file_path).read_text() == "customer_id,name\n\n"


def test_whom_a_restored_backup_brings_is_erased_again():
    Customer.objects.create(customer_id="Z", load_id=1)
    first = erased_now("Z")
    assert erase_returned() == []
    Customer.objects.create(customer_id="Z", load_id=1)
    (again,) = erase_returned()
    assert again.pk != first.pk
    assert perform(run=again, job=erase).state == "succeeded"
    assert not Customer.objects.exists()


def test_the_list_keeps_no_id_and_outlives_a_change_of_the_data_key(settings):
    Customer.objects.create(customer_id="somebody", load_id=1)
    erased_now("somebody")
    settings.DATA_KEY = settings.SECRET_KEY = "another"
    assert erased.erased_among(["somebody", "else"]) == {"somebody"}
    text = (settings.CBA_HOME / "erasures" / "list").read_text()
    assert "somebody" not in text
    assert len(text.splitlines()) == 1


def test_a_refresh_of_everybody_follows_an_erasure(tmp_path):
    bring_in(tmp_path, shop.ORDER_LINES)
    run = erased_now("A")
    assert follow_up(run_pk=run.pk)
    assert Run.objects.filter(name="refresh", state="queued").count() == 1
