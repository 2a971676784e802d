"""Models: trained with the first refresh, anew on request, promoted by evidence or by somebody."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import Max
from django.test import Client

from pipelines.flow import follow_up
from pipelines.services import request_refresh
from pipelines.training import request_training, train
from runs.models import ModelVersion, Run, RunState
from runs.services import perform
from tests.conftest import PASSWORD
from tests.shops import nine_and_one as shop
from tests.shops.coming_in import bring_in, refreshed
from tests.shops.simulated import order_lines
from transactions.models import OrderLine

pytestmark = pytest.mark.django_db(transaction=True)
LATER = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_shop_too_young_for_models_says_what_each_lacks(tmp_path, vic):
    bring_in(tmp_path, shop.ORDER_LINES)
    run = refreshed(shop.AS_OF)
    assert set(run.result["not_yet"]) >= {"recommendations"}
    assert all(words.startswith("Not yet") for words in run.result["not_yet"].values())
    client = Client()
    client.login(email=vic.email, password=PASSWORD)
    page = client.get("/predictions/").content.decode()
    assert run.result["not_yet"]["recommendations"].split(".")[0] in page


def test_an_old_export_is_learnt_from_up_to_its_end(tmp_path, vic):
    bring_in(tmp_path, order_lines())
    refreshed(LATER + timedelta(days=300))
    last = OrderLine.objects.aggregate(last=Max("order__occurred_at"))["last"]
    churn = ModelVersion.objects.get(name="churn")
    assert last < churn.as_of < last + timedelta(days=2)
    by_method = {row["method"]: row for row in churn.evaluation["rows"]}
    assert by_method["promoted"]["auc"] > 0.6  # with nobody left there would be none
    for few in churn.evaluation["pictures"]["reliability"]:
        few["customers"] = 16
    churn.save(update_fields=["evaluation"])
    client = Client()
    client.login(email=vic.email, password=PASSWORD)
    pairs = round(100 * by_method["promoted"]["auc"])
    page = client.get("/predictions/churn/").content.decode()
    assert f"a leaver before a stayer in {pairs} of 100 pairs" in " ".join(page.split())


def test_a_training_is_joined_and_followed_by_scores(tmp_path, ann):
    bring_in(tmp_path, order_lines())
    refreshed(LATER, only=["features"])
    run = request_training(models=["orders"], profile="fast", actor=ann, send=False)
    assert request_training(models=["orders"], actor=ann, send=False) == run
    Run.objects.filter(pk=run.pk).update(arguments={**run.arguments, "as_of": LATER.isoformat()})
    run.refresh_from_db()
    ended = perform(run=run, job=train)
    assert (ended.error, list(ended.result["versions"])) == ("", ["orders"])
    assert follow_up(run_pk=run.pk)
    follow = Run.objects.get(name="refresh", state=RunState.QUEUED)
    assert follow.arguments["only"] == ["scores", "lists"]


def test_a_waiting_refresh_of_everything_is_not_narrowed(tmp_path):
    bring_in(tmp_path, shop.ORDER_LINES)
    whole = request_refresh(as_of=shop.AS_OF, send=False)
    assert whole.arguments["only"] == []
    same = request_refresh(as_of=shop.AS_OF, only=["scores"], send=False)
    assert (same.pk, same.arguments["only"]) == (whole.pk, [])


def test_an_unknown_model_or_version_is_not_found(ann):
    client = Client()
    client.login(email=ann.email, password=PASSWORD)
    for path in ("/predictions/weather/train/", "/predictions/churn/promote/99/"):
        assert client.post(path).status_code == 404
    assert client.get("/predictions/weather/").status_code == 404
    assert not ModelVersion.objects.exists()
