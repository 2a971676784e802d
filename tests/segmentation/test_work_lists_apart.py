"""Work lists where threads, files and whole transactions count: sent twice, erased, undone."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.urls import reverse

from core.errors import NotFound
from core.models import AuditEntry
from core.people import person_verbs
from customers.models import Customer
from ingestion.services import request_undo, undo_load
from runs.services import perform
from segmentation.models import WorkEntry, WorkList
from segmentation.services import finish_entry, note_entry, reopen_entry
from segmentation.work import ListFigures, entry_of, list_figures
from tests.pipelines.test_erasure import erased_now
from tests.segmentation.test_work_lists import NOW, entry, made, states
from tests.shops import nine_and_one as shop
from tests.shops.coming_in import bring_in, refreshed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def load(tmp_path):
    load = bring_in(tmp_path, shop.ORDER_LINES)
    refreshed(NOW)
    return load


def test_a_form_sent_twice_makes_one_list(load, sam, mara):
    def send(_) -> int:
        try:
            return made(sam, ticket="one form").pk
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(send, range(2))
    assert first == second
    assert made(mara, ticket="one form").pk != first
    assert WorkList.objects.count() == 2
    assert AuditEntry.objects.filter(verb="create_work_list").count() == 2


def test_an_erased_customer_is_gone_from_the_list_and_from_its_money(load, sam):
    work_list = made(sam)
    number = entry(work_list, "F").pk
    note_entry(entry=entry(work_list, "F"), note="Comes on Saturday", actor=sam)
    held = entry(work_list, "F")
    erased_now("F")
    assert list(states(work_list)) == ["G", "H", "I"]
    assert list_figures([work_list])[work_list.pk] == ListFigures(3, 0, 0, 105.0)
    with pytest.raises(NotFound, match="not on the list any more"):
        finish_entry(entry=held, actor=sam, at=NOW)
    with pytest.raises(NotFound):
        entry_of(work_list, number)
    assert not AuditEntry.objects.filter(subject="F").exists()


def test_an_undo_of_the_load_waits_for_what_people_wrote_and_not_for_the_list(load, sam):
    work_list = made(sam)
    finished = finish_entry(entry=entry(work_list, "F"), actor=sam, at=NOW)
    (verbs,) = (v for v in person_verbs() if v.key == "segmentation")
    assert verbs.holds(load.run_id) == "1 of its customers were worked on in lists"
    reopen_entry(entry=finished, actor=sam)
    assert verbs.holds(load.run_id) is None
    undone = perform(run=request_undo(load=load, send=False), job=undo_load)
    assert undone.state == "succeeded"
    assert WorkEntry.objects.count() == 0


def test_somebody_erased_meanwhile_is_said_to_be_gone_and_the_page_stands(load, sam, client):
    client.force_login(sam)
    work_list = made(sam)
    held = entry(work_list, "F")
    url = reverse("worklists:entry", args=[work_list.pk, held.pk])
    erased_now("F")
    answer = client.post(url, {"do": "done"}, follow=True)
    assert "This customer is not on the list any more." in answer.content.decode()
    assert [row["person"].customer_id for row in answer.context["page"]["rows"]] == [*"GHI"]
    Customer.objects.all().delete()
    page = client.get(f"/worklists/{work_list.pk}/").context["page"]
    assert page["finding"] == "Call them: nobody is on it any more."
