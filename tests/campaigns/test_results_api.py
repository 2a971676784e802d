"""Results as programs read them, and what has them worked out."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.models import Campaign, Result
from campaigns.services.results import update_results
from ingestion.services import request_undo, undo_load
from pipelines.flow import follow_up, strike
from pipelines.measuring import measure
from runs.models import Run
from runs.services import perform
from tests.campaigns.launched import launched_campaign
from tests.shops.coming_in import bring_in

pytestmark = pytest.mark.django_db(transaction=True)
HEADER = "customer_id,order_id,occurred_at,amount\n"


def campaign(days_ago: int, **options) -> Campaign:
    at = timezone.now() - timedelta(days=days_ago)
    people = {"treated": ["a", "b", "c", "d"], "control": ["e", "f"]}
    return launched_campaign(launched_at=at, horizon_days=7, **people, **options)


def line(customer: str, order: str, days_ago: float, amount: str = "10.00") -> str:
    at = timezone.now() - timedelta(days=days_ago)
    return f"{customer},{order},{at.isoformat()},{amount}\n"


def answer(client, pk: int) -> dict:
    return client.get(f"/api/v1/campaigns/{pk}/results/").json()


def test_a_result_is_read_with_its_looks_and_its_data_version(tmp_path, api_of, vic):
    spring = campaign(days_ago=3)
    load = bring_in(tmp_path, HEADER + line("a", "o1", 2))
    update_results(timezone.now() - timedelta(days=1))
    update_results(timezone.now())
    told = answer(api_of(vic), spring.pk)
    assert (told["id"], told["state"], told["frozen"]) == (spring.pk, "too_early", False)
    assert told["verdict"].startswith("Too early: ")
    assert [metric["name"] for metric in told["metrics"]] == ["revenue", "orders", "conversion"]
    assert told["metrics"][0]["treated"] == 2.5
    assert told["data_version"]["newest_load"] == load.pk
    assert told["looks"][0]["as_of"] == told["as_of"]
    assert told["arms"]["control"]["customers"] == 2


def test_before_the_first_look_it_is_too_early(api_of, vic):
    told = answer(api_of(vic), campaign(days_ago=0).pk)
    assert (told["verdict"], told["looks"], told["as_of"]) == ("Too early: 0 of 7 days.", [], None)


def test_a_campaign_that_was_not_launched_has_no_result(api_of, vic):
    spring = campaign(days_ago=0)
    Campaign.objects.update(launched_at=None, ends_at=None)
    client = api_of(vic)
    assert client.get(f"/api/v1/campaigns/{spring.pk}/results/").status_code == 404
    assert client.get("/api/v1/campaigns/999999/results/").status_code == 404


def test_a_frozen_result_says_what_came_and_went_since(tmp_path, api_of, vic):
    spring = campaign(days_ago=9)
    counted = bring_in(tmp_path, HEADER + line("a", "o1", 5) + line("z", "o2", 0))
    update_results(timezone.now())
    client = api_of(vic)
    before = answer(client, spring.pk)
    assert (before["frozen"], before["since_frozen"]) == (True, "")
    bring_in(tmp_path, HEADER + line("e", "o3", 4, "500.00"))
    perform(run=request_undo(load=counted, send=False), job=undo_load)
    after = answer(client, spring.pk)
    assert after["metrics"] == before["metrics"]
    assert after["since_frozen"] == (
        "1 load came in and 1 load that it counted was taken out after it was frozen;"
        " they change nothing here."
    )


def test_each_load_is_followed_by_one_look_at_the_results(tmp_path):
    campaign(days_ago=3)
    first = bring_in(tmp_path, HEADER + line("a", "o1", 2))
    second = bring_in(tmp_path, HEADER + line("b", "o2", 2))
    follow_up(run_pk=first.pk)
    follow_up(run_pk=second.pk)
    (run,) = Run.objects.filter(name="measure")
    ended = perform(run=run, job=measure)
    assert ended.result["campaigns"] == [Result.objects.get().campaign_id]


def test_without_a_campaign_nothing_follows_a_load(tmp_path):
    follow_up(run_pk=bring_in(tmp_path, HEADER + line("a", "o1", 2)).pk)
    assert not Run.objects.filter(name="measure").exists()


def test_a_running_campaign_is_looked_at_once_a_night():
    campaign(days_ago=3)
    now = timezone.now()
    strike(now=now)
    strike(now=now + timedelta(minutes=5))
    (run,) = Run.objects.filter(name="measure")
    perform(run=run, job=measure)
    strike(now=now)
    assert Run.objects.filter(name="measure").count() == 1
