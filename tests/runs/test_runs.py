"""Background work is done once, seen while it works, and brought back when its worker dies."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core.errors import Conflict, Refused
from runs.models import Run, RunState
from runs.services import GAVE_UP, MOST_ATTEMPTS, UNEXPECTED, cancel, perform, reap, request
from runs.work import Work
from runs.workers import is_dead, this_worker

pytestmark = pytest.mark.django_db(transaction=True)


def count_to_three(work: Work) -> dict:
    work.plan(2)
    with work.step("count") as step:
        for rows in (1, 2, 3):
            step.wrote(rows, of=3)
    with work.step("rest"):
        pass
    return {"counted": 3}


def a_run(**fields) -> Run:
    return request(name="count", task="tests.count", send=False, **fields)


def test_a_run_ends_with_its_steps_and_result():
    run = perform(run=a_run(), job=count_to_three)
    assert run.state == RunState.SUCCEEDED
    assert run.result == {"counted": 3}
    assert run.progress == 1.0
    assert run.attempt == 1
    shown = [(step["step"], step["state"], step["rows"]) for step in run.steps]
    assert shown == [("count", "succeeded", 3), ("rest", "succeeded", 0)]


def test_progress_is_a_share_of_all_planned_steps():
    seen = []
    perform(run=a_run(), job=count_to_three, listen=lambda run: seen.append(round(run.progress, 3)))
    assert seen == [0.0, 0.167, 0.333, 0.5, 0.5, 0.5, 1.0]


def test_progress_is_in_the_table_while_the_run_works():
    seen = []

    def look(work: Work) -> dict:
        with work.step("count") as step:
            step.wrote(1, of=2)
            row = Run.objects.get(pk=work.run.pk)
            seen.append((row.state, row.step, row.progress, row.steps[0]["rows"]))
        return {}

    perform(run=a_run(), job=look)
    assert seen == [(RunState.RUNNING, "count", 0.5, 1)]


def test_a_second_delivery_does_nothing():
    run = perform(run=a_run(), job=count_to_three)
    again = perform(run=run, job=lambda work: {"counted": 99})
    assert (again.attempt, again.result) == (1, {"counted": 3})


def test_a_lane_holds_one_run_at_a_time():
    waiting = a_run(lane="record")

    def try_to_overtake(work: Work) -> dict:
        return {"state": perform(run=waiting, job=count_to_three).state}

    first = perform(run=a_run(lane="record"), job=try_to_overtake)
    assert first.result == {"state": "queued"}
    assert perform(run=waiting, job=count_to_three).state == RunState.SUCCEEDED


def test_a_refusal_fails_the_run_in_the_users_words():
    def refuse(work: Work) -> dict:
        raise Refused("The file has no column amount. Name it in the mapping.")

    run = perform(run=a_run(), job=refuse)
    assert run.state == RunState.FAILED
    assert run.error == "The file has no column amount. Name it in the mapping."


def test_an_unexpected_error_fails_the_run_with_what_to_do_next():
    def break_down(work: Work) -> dict:
        with work.step("count"):
            raise ZeroDivisionError("division by zero")

    run = perform(run=a_run(), job=break_down)
    assert run.state == RunState.FAILED
    assert run.error == "count: ZeroDivisionError: division by zero"
    assert run.remedy == UNEXPECTED
    assert run.steps[0]["state"] == "failed"


def test_a_superseded_attempt_changes_nothing():
    def lose_the_run(work: Work) -> dict:
        Run.objects.filter(pk=work.run.pk).update(attempt=2, worker="another:1:1")
        with work.step("count") as step:
            step.wrote(1, of=2)
        return {"counted": 1}

    run = perform(run=a_run(), job=lose_the_run)
    assert (run.state, run.attempt, run.result) == (RunState.RUNNING, 2, {})
    assert run.steps == []


def test_a_cancelled_run_stops_at_its_next_report():
    wrote = []

    def be_cancelled(work: Work) -> dict:
        with work.step("count") as step:
            cancel(run=work.run)
            step.wrote(1, of=2)
            wrote.append("after")
        return {}

    run = perform(run=a_run(), job=be_cancelled)
    assert run.state == RunState.CANCELLED
    assert wrote == []


def test_what_has_ended_cannot_be_cancelled():
    run = perform(run=a_run(), job=count_to_three)
    with pytest.raises(Conflict, match="ended already"):
        cancel(run=run)


@pytest.mark.parametrize("away", ["dead", "silent"])
def test_the_run_of_a_dead_worker_is_brought_back(away):
    run = a_run()
    host, pid, started = this_worker().rsplit(":", 2)
    worker = f"{host}:{pid}:{int(started) + 1}" if away == "dead" else "elsewhere:1:1"
    beat = timezone.now() - (timedelta() if away == "dead" else timedelta(seconds=31))
    Run.objects.filter(pk=run.pk).update(
        state=RunState.RUNNING, attempt=1, worker=worker, heartbeat_at=beat
    )
    assert reap() == 1
    ended = perform(run=run, job=count_to_three)
    assert (ended.attempt, ended.result) == (2, {"counted": 3})


def test_the_run_of_a_living_worker_is_left_alone():
    run = a_run()
    Run.objects.filter(pk=run.pk).update(
        state=RunState.RUNNING, attempt=1, worker=this_worker(), heartbeat_at=timezone.now()
    )
    assert reap() == 0
    run.refresh_from_db()
    assert run.state == RunState.RUNNING


def test_a_run_taken_over_while_the_reaper_looks_stays_with_its_new_worker(monkeypatch):
    run = a_run()
    Run.objects.filter(pk=run.pk).update(
        state=RunState.RUNNING, attempt=1, worker="dead:1:1", heartbeat_at=timezone.now()
    )

    def taken_over_meanwhile(worker: str) -> bool:
        Run.objects.filter(pk=run.pk).update(attempt=2, worker=this_worker())
        return worker == "dead:1:1"

    monkeypatch.setattr("runs.services.is_dead", taken_over_meanwhile)
    assert reap() == 0
    run.refresh_from_db()
    assert (run.state, run.attempt, run.worker) == (RunState.RUNNING, 2, this_worker())


def test_a_run_that_kills_every_worker_is_given_up():
    run = a_run()
    Run.objects.filter(pk=run.pk).update(
        state=RunState.RUNNING,
        attempt=MOST_ATTEMPTS,
        worker="elsewhere:1:1",
        heartbeat_at=timezone.now() - timedelta(minutes=1),
    )
    assert reap() == 0
    run.refresh_from_db()
    assert (run.state, run.remedy) == (RunState.FAILED, GAVE_UP)


def test_a_run_waits_until_its_time():
    run = a_run(not_before=timezone.now() + timedelta(hours=1))
    assert perform(run=run, job=count_to_three).state == RunState.QUEUED
    Run.objects.filter(pk=run.pk).update(not_before=timezone.now())
    assert perform(run=run, job=count_to_three).state == RunState.SUCCEEDED


def test_a_worker_is_dead_only_where_that_is_certain():
    host, pid, started = this_worker().rsplit(":", 2)
    assert not is_dead(this_worker())
    assert not is_dead(f"elsewhere:{pid}:0")
    assert is_dead(f"{host}:{pid}:{int(started) + 1}")
