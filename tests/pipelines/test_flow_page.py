"""The page of what follows what says what is true of the runs, to those who may see it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from pipelines.flow_page import flow_page
from pipelines.services import request_refresh
from runs.models import ModelVersion, Run, RunState

pytestmark = pytest.mark.django_db(transaction=True)


def ended(name: str, **fields) -> Run:
    now = timezone.now()
    fields = {"state": RunState.SUCCEEDED, "started_at": now, "finished_at": now} | fields
    return Run.objects.create(name=name, task="t", followed_up_at=now, **fields)


def row(key: str) -> dict:
    return next(row for row in flow_page(timezone.now())["rows"] if row["key"] == key)


def test_before_the_first_load_it_says_that_nothing_has_followed():
    page = flow_page(timezone.now())
    assert page["finding"] == "Nothing has followed yet: no rows have come in."
    assert {r["last"] for r in page["rows"]} == {"–"}
    assert [r["title"] for r in page["rows"]] == [
        "Rows come in", "Changed customers", "Everybody", "Messages leave", "Campaign results",
        "Models learn again", "Scores and lists anew",
    ]  # fmt: skip


def test_each_step_tells_its_last_run_and_its_result(something_to_rank):
    ended("import", result={"read": 5, "loaded": 4, "customers": [1]})
    ended("update_customers", result={"customers": [1, 2]})
    as_of = timezone.now().isoformat()
    whole = ended("refresh", arguments={"as_of": as_of, "only": []}, result={"customers": "all"})
    part = ended("refresh", arguments={"as_of": as_of, "only": ["lists", "scores"]})
    assert row("import")["result"] == "4 of 5 rows entered"
    assert row("update")["result"] == "2 customers"
    assert (row("refresh")["run"], row("scores")["run"]) == (whole.pk, part.pk)
    assert row("refresh")["next"].endswith("03:00")
    assert flow_page(timezone.now())["finding"] == "Everything has followed the newest rows."
    request_refresh(as_of=timezone.now(), send=False)
    page = flow_page(timezone.now())
    assert page["finding"] == "New rows are in; everybody’s figures follow soon."
    assert (row("refresh")["state"], row("refresh")["next"]) == ("queued", "in a moment")


def test_a_training_tells_what_was_promoted_and_why_not(something_to_rank):
    run = ended("train")
    told = {"path": "", "sha256": "", "as_of": timezone.now(), "run": run}
    ModelVersion.objects.create(
        name="churn", promoted=True, promoted_at=timezone.now(), verdict="It beats.", **told
    )
    ModelVersion.objects.create(name="spend", verdict="Not promoted: worse.", **told)
    assert row("train")["result"] == "1 of 2 models promoted"
    decided = {d["name"]: (d["state"], d["verdict"]) for d in flow_page(timezone.now())["decided"]}
    assert decided == {
        "churn": ("in use", "It beats."), "spend": ("kept beside", "Not promoted: worse."),
    }  # fmt: skip


def test_what_failed_comes_first(something_to_rank):
    ended("train", state=RunState.FAILED, error="Too few orders.")
    page = flow_page(timezone.now() + timedelta(minutes=1))
    assert page["finding"] == "“Models learn again” failed the last time."
    assert row("train")["result"] == "Too few orders."


@pytest.mark.parametrize(("name", "buttons"), [("ann", 2), ("ada", 0)])
def test_only_who_manages_models_may_run_a_step_now(name, buttons, request):
    client = Client()
    client.force_login(request.getfixturevalue(name))
    answer = client.get("/pipelines/").content.decode()
    assert answer.count('aria-label="Run now') == buttons
    assert 'href="/pipelines/"' in answer
