"""Segments over a shop of ten: previews, members, the ledger, exports, and the delta."""

import csv
import io
from pathlib import Path

import pytest

from core.errors import Conflict, Refused
from customers.models import Customer
from features.frames import customer_features, snapshot
from features.models import FeatureSnapshot
from pipelines.services import update_customers
from runs.services import perform, request
from segmentation.ledger import transitions
from segmentation.models import GroupTable, Membership, Segment
from segmentation.selectors import history, preview
from segmentation.services import create_segment
from tests.shops import nine_and_one as shop
from tests.shops.coming_in import bring_in, refreshed
from tests.shops.opened_once import opened_once

pytestmark = pytest.mark.django_db(transaction=True)

SILENT = {"feature": "recency_days", "op": ">=", "value": 30}


@opened_once
def open_ten(folder: Path) -> None:
    bring_in(folder, shop.ORDER_LINES)
    bring_in(
        folder,
        "customer_id,channel,granted,at\nG,email,yes,2026-01-01\nH,email,yes,2026-01-01\n"
        "H,email,no,2026-02-01\nA,sms,yes,2026-01-01\n",
        "consents",
    )
    refreshed(shop.AS_OF)


@pytest.fixture
def ten(tmp_path):
    open_ten(tmp_path)


def inside(segment: str) -> list[str]:
    rows = Membership.objects.filter(segment__slug=segment, left_at=None)
    return sorted(rows.values_list("customer__customer_id", flat=True))


def test_a_preview_counts_money_and_who_can_be_reached(ten):
    found = preview(SILENT)
    assert (found["total"], found["revenue"]) == (3, 105.0)
    assert found["reachable"] == {"email": 1, "sms": 0, "phone": 0, "post": 0}
    assert sorted(row["customer_id"] for row in found["sample"]) == ["G", "H", "I"]


def test_a_rule_becomes_a_segment_with_members(ten, mara):
    segment = create_segment(name="Long silent", definition=SILENT, actor=mara)
    refreshed(shop.AS_OF)
    assert inside("long-silent") == ["G", "H", "I"]
    segment.refresh_from_db()
    assert (segment.size, segment.revenue_minor) == (3, 10500)
    with pytest.raises(Conflict, match="already"):
        create_segment(name="Long silent", definition=SILENT, actor=mara)


def test_a_rule_that_cannot_be_answered_is_not_saved(ten, mara):
    with pytest.raises(Refused, match="There is no feature"):
        create_segment(name="X", definition={"feature": "y", "op": "=", "value": 1}, actor=mara)
    assert not Segment.objects.filter(name="X").exists()


def test_the_ledger_keeps_who_was_in_when(ten, mara, tmp_path):
    create_segment(name="Long silent", definition=SILENT, actor=mara)
    refreshed(shop.AS_OF)
    bring_in(tmp_path, "customer_id,order_id,occurred_at,amount\nG,o99,2026-03-01T12:00Z,1\n")
    refreshed(shop.A_DAY_LATER)
    assert inside("long-silent") == ["H", "I"]
    segment = Segment.objects.get(slug="long-silent")
    moves = [(m["at"], m["entered"], m["left"], m["size"]) for m in history(segment)]
    assert moves == [(shop.AS_OF, 3, 0, 3), (shop.A_DAY_LATER, 0, 1, 2)]


def test_transitions_say_who_moved_with_what_revenue(ten, tmp_path):
    bring_in(tmp_path, "customer_id,order_id,occurred_at,amount\nI,o99,2026-03-01T12:00Z,5\n")
    refreshed(shop.A_DAY_LATER)
    moved = [m for m in transitions(shop.AS_OF, shop.A_DAY_LATER) if m["from"] != m["to"]]
    # I is at R 5, 2 orders (4) and 15 spent (1): FM 3.
    assert moved == [{"from": "Dormant", "to": "Active", "customers": 1, "revenue": 15.0}]


def test_the_api_answers_who_moved_between_two_days(ten, tmp_path, vic, api_of):
    bring_in(tmp_path, "customer_id,order_id,occurred_at,amount\nI,o99,2026-03-01T12:00Z,5\n")
    refreshed(shop.A_DAY_LATER)
    path = "/api/v1/segments/transitions/?from=2026-03-01&to=2026-03-02"
    rows = api_of(vic).get(path).json()["results"]
    moved = [row for row in rows if row["from"] != row["to"]]
    assert moved == [{"from": "Dormant", "to": "Active", "customers": 1, "revenue": 15.0}]


def test_a_few_changed_customers_are_updated_at_once(ten, tmp_path):
    load = bring_in(
        tmp_path, "customer_id,order_id,occurred_at,amount\nI,o99,2026-02-28T12:00Z,90\n"
    )
    pks = load.run.result["customers"]
    assert pks == [Customer.objects.get(customer_id="I").pk]
    run = request(name="update_customers", task="t", arguments={"customers": pks}, send=False)
    ended = perform(run=run, job=update_customers)
    assert ended.error == ""
    assert FeatureSnapshot.objects.first().delta_path != ""
    found = customer_features(pks[0])
    assert (found["purchase_frequency"], found["purchase_monetary_value"]) == (2, 100.0)
    assert found["monetary_score"] == 5
    assert snapshot().collect().height == 10
    assert preview({"feature": "purchase_monetary_value", "op": "=", "value": 100})["total"] == 2


def test_an_export_is_safe_in_a_spreadsheet_and_masked(ten, tmp_path, ann, sam, api_of):
    bring_in(tmp_path, "customer_id,name,region\nI,=cmd|calc,+West\n", "customers")
    refreshed(shop.AS_OF)
    rows = export(api_of(ann), "dormant")
    assert [row["customer_id"] for row in rows] == ["I"]
    assert rows[0]["region"] == "'+West"
    assert "name" not in rows[0]
    assert export(api_of(sam), "dormant")[0]["name"] == "'=cmd|calc"


def export(client, slug: str) -> list[dict[str, str]]:
    response = client.get(f"/api/v1/segments/{slug}/members/?format=csv")
    assert response["Content-Type"].startswith("text/csv")
    text = b"".join(response.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text)))


def test_thresholds_stay_until_somebody_ranks_anew(ten, tmp_path):
    bring_in(tmp_path, "customer_id,order_id,occurred_at,amount\nE,o99,2026-02-19T12:00Z,500\n")
    kept = refreshed(shop.AS_OF)
    from segmentation.models import Grouping

    cuts = Grouping.objects.get(kind="rfm", promoted=True).thresholds["purchase_monetary_value"]
    assert cuts == [16.0, 35.0, 35.0, 54.0]
    refreshed(shop.AS_OF, rerank=True)
    cuts = Grouping.objects.get(kind="rfm", promoted=True).thresholds["purchase_monetary_value"]
    # 10 20 35 35 35 50 60 100 505: .2 is 20 + .6 × 15, .6 is 35 + .8 × 15, .8 is 60 + .4 × 40.
    assert cuts == pytest.approx([29.0, 35.0, 47.0, 76.0])
    assert kept.state == "succeeded"


def test_marketing_edits_the_group_table(ten):
    cells = {**GroupTable.objects.get().cells}
    cells["5"] = {**cells["5"], "4": "Stars", "5": "Stars"}
    GroupTable.objects.create(version=2, cells=cells)
    refreshed(shop.AS_OF)
    assert inside("stars") == ["A"]
    assert Segment.objects.get(slug="champions").archived_at == shop.AS_OF
    assert inside("champions") == []
