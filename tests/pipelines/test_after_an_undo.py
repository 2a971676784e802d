"""What was made of a load's rows is made anew after its undo: mirror, totals, snapshot, groups,
segments and lists say again what they said before it came."""

from datetime import timedelta

import pytest
from django.utils import timezone

from features.frames import snapshot
from ingestion.models import Load
from ingestion.services import load_numbered, request_undo, undo_load
from pipelines.flow import follow_up
from pipelines.services import NothingToRefresh, refresh, request_refresh
from runs.models import Run, RunState
from runs.services import perform
from segmentation.models import Membership, Segment
from segmentation.selectors import preview
from segmentation.services.segments import create_segment
from tests.pipelines.test_kills import results
from tests.shops import nine_and_one as shop
from tests.shops.checksums import checksums
from tests.shops.coming_in import bring_in, refreshed
from transactions.agreement import mirror_differences
from transactions.totals import Grain, daily_totals

pytestmark = pytest.mark.django_db(transaction=True)


def undone(load: Load) -> Run:
    run = perform(run=request_undo(load=load_numbered(load.pk), send=False), job=undo_load)
    assert run.error == ""
    return run


def said() -> dict[str, object]:
    """What a refresh says of the shop. Who was in a group in between is history, and stays; so do
    the empty groups of clusters that were there in between."""
    found = results()
    inside = Membership.objects.filter(left_at=None).order_by("segment__slug", "customer_id")
    return {
        "columns": found["columns"],
        "snapshot": found["snapshot"],
        "lists": found["lists"],
        "groups": [(kind, groups) for kind, _, groups, _ in found["groupings"]],
        "segments": [row for row in found["segments"] if row[1]],
        "inside": list(inside.values_list("segment__slug", "customer_id")),
        "days": daily_totals(Grain.DAY).collect().rows(),
        "categories": daily_totals(Grain.CATEGORY).collect().rows(),
        "mirror": mirror_differences(),
    }


HEADER = "customer_id,order_id,occurred_at,sku,quantity,amount\n"
# An order goes to another customer, one grows and moves to another day, and somebody new comes.
CORRECTIONS = (
    HEADER
    + """\
B,o2,2026-02-18T12:00:00Z,p1,1,10.00
A,o1,2026-02-21T12:00:00Z,p3,4,70.00
Z,z1,2026-02-19T12:00:00Z,p9,1,900
"""
)


def test_all_that_was_said_before_a_load_is_said_again_after_its_undo(tmp_path, ann):
    bring_in(tmp_path, shop.ORDER_LINES)
    refreshed(shop.AS_OF)
    rule = {"feature": "purchase_monetary_value", "op": ">=", "value": 30}
    create_segment(name="Spenders", definition=rule, actor=ann)
    record, before = checksums(), said()
    load = bring_in(tmp_path, CORRECTIONS)
    refreshed(shop.AS_OF)
    assert before["mirror"] == []
    assert said() != before

    run = undone(load)
    assert checksums() == record
    follow_up(run_pk=run.pk)
    waiting = Run.objects.get(name="refresh", state=RunState.QUEUED)
    assert timezone.now() < waiting.not_before < timezone.now() + timedelta(minutes=1)
    waiting.delete()
    refreshed(shop.AS_OF)
    assert said() == before


PAGES = (
    "/", "/customers/", "/segments/", "/segments/spenders/", "/predictions/", "/campaigns/",
    "/insights/retention/", "/insights/concentration/", "/imports/", "/pipelines/",
)  # fmt: skip


def test_an_undo_of_the_only_load_leaves_nothing_said_of_anybody(tmp_path, ann, client):
    empty = checksums()
    load = bring_in(tmp_path, shop.ORDER_LINES)
    refreshed(shop.AS_OF)
    rule = {"feature": "purchase_monetary_value", "op": ">=", "value": 30}
    segment = create_segment(name="Spenders", definition=rule, actor=ann)
    assert (segment.size, preview(rule)["total"]) == (6, 6)

    run = undone(load)
    assert checksums() == empty
    follow_up(run_pk=run.pk)
    waiting = Run.objects.get(name="refresh", state=RunState.QUEUED)
    Run.objects.update(not_before=None)
    assert perform(run=waiting, job=refresh).error == ""
    assert preview(rule)["total"] == 0
    assert list(Segment.objects.filter(archived_at=None).values_list("slug", "size")) == [
        ("spenders", 0)
    ]
    assert snapshot().collect().height == 0
    assert mirror_differences() == []
    client.force_login(ann)
    assert {page: client.get(page).status_code for page in PAGES} == dict.fromkeys(PAGES, 200)

    with pytest.raises(NothingToRefresh):
        request_refresh(as_of=shop.AS_OF)
    bring_in(tmp_path, shop.ORDER_LINES)
    refreshed(shop.AS_OF)
    assert preview(rule)["total"] == 6
