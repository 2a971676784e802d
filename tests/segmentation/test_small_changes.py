"""Several small loads between two refreshes, and rules whose features have gone."""

import pytest

from features.frames import customer_features
from ingestion.services import request_undo, undo_load
from pipelines.services import update_customers
from runs.services import perform, request
from segmentation.models import Segment
from segmentation.services import create_segment
from tests.segmentation.test_segments import inside
from tests.shops import nine_and_one as shop
from tests.shops.coming_in import bring_in, refreshed
from tests.shops.opened_once import open_nine_and_one

pytestmark = pytest.mark.django_db(transaction=True)

HEADER = "customer_id,order_id,occurred_at,amount\n"
INCOMES = "customer_id,as_of,income\nA,2026-02-01,10\nB,2026-02-01,90\n"


@pytest.fixture
def ten(tmp_path):
    open_nine_and_one(tmp_path)


def updated(load) -> None:
    pks = load.run.result["customers"]
    run = request(name="update_customers", task="t", arguments={"customers": pks}, send=False)
    assert perform(run=run, job=update_customers).error == ""


def test_a_second_small_load_keeps_the_labels_of_the_first(ten, tmp_path):
    first = bring_in(tmp_path, HEADER + "I,o98,2026-02-28T12:00Z,90\n")
    updated(first)
    labels = ("monetary_score", "rfm_group", "cluster")
    before = customer_features(first.run.result["customers"][0])
    updated(bring_in(tmp_path, HEADER + "E,o99,2026-02-28T12:00Z,90\n"))
    after = customer_features(first.run.result["customers"][0])
    assert before["monetary_score"] == 5
    assert [after[name] for name in labels] == [before[name] for name in labels]


def test_a_rule_whose_feature_has_gone_stops_no_refresh(ten, tmp_path, mara):
    load = bring_in(tmp_path, INCOMES, "customer_features")
    refreshed(shop.AS_OF)
    create_segment(
        name="Well off", definition={"feature": "income", "op": ">", "value": 50}, actor=mara
    )
    refreshed(shop.AS_OF)
    assert inside("well-off") == ["B"]
    perform(run=request_undo(load=load, send=False), job=undo_load)
    refreshed(shop.A_DAY_LATER)
    stuck = Segment.objects.get(slug="well-off")
    assert "There is no feature 'income'" in stuck.problem
    assert inside("well-off") == ["B"]
    assert Segment.objects.get(slug="champions").problem == ""
    bring_in(tmp_path, INCOMES, "customer_features")
    refreshed(shop.A_DAY_LATER)
    stuck.refresh_from_db()
    assert (stuck.problem, stuck.size) == ("", 1)


def test_a_rule_before_the_first_refresh_finds_nobody(api_of, ann):
    rule = {"definition": {"feature": "recency_days", "op": "<", "value": 5}}
    answer = api_of(ann).post("/api/v1/segments/preview/", rule, format="json")
    assert (answer.status_code, answer.json()["total"]) == (200, 0)


def test_a_rule_nested_without_end_is_refused(ten, api_of, ann):
    depth = 20_000
    body = '{"definition": ' + '{"not": ' * depth + "{}" + "}" * depth + "}"
    answer = api_of(ann).post("/api/v1/segments/preview/", body, content_type="application/json")
    assert answer.status_code == 400
