"""Door 5: the wake-up may be lost, what follows a run is not."""

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from celery import current_app
from django.db import connection
from django.utils import timezone

from pipelines.flow import follow_up, sweep
from pipelines.receivers import FOLLOW_UP
from pipelines.tasks import follow_up as follow_up_task
from runs.models import Run, RunState
from runs.services import request

pytestmark = pytest.mark.django_db(transaction=True)

# Ends a load and dies after the commit, before the hook that would wake pipelines up.
DIES_AFTER_COMMIT = """
import os, signal, sys
import django
django.setup()
from django.db import transaction
from runs.models import Run
from runs.services import perform
with transaction.atomic():
    transaction.on_commit(lambda: os.kill(os.getpid(), signal.SIGKILL))
    perform(run=Run.objects.get(pk=int(sys.argv[1])), job=lambda work: {"customers": "all"})
"""
# What of these a command that brings a file in has loaded when it begins.
LOADED = """
import sys, django
django.setup()
import ingestion.management.commands.import_file
names = ("ingestion.services", "pandas", "pipelines.tasks", "rest_framework.views")
print(*(name for name in names if name in sys.modules))
"""


def a_load() -> Run:
    return request(name="import", task="ingestion.tasks.load", send=False)


def finished(name: str, **fields) -> Run:
    long_ago = timezone.now() - timedelta(minutes=1)
    return Run.objects.create(
        name=name, task="t", state=RunState.SUCCEEDED, finished_at=long_ago, **fields
    )


def test_a_process_killed_right_after_its_commit_loses_no_follow_up(something_to_rank):
    run = a_load()
    env = {**os.environ, "DATABASE_URL": _address_of_the_test_database()}
    died = subprocess.run(
        [sys.executable, "-c", DIES_AFTER_COMMIT, str(run.pk)], env=env, timeout=60, check=False
    )
    assert died.returncode == -signal.SIGKILL
    run.refresh_from_db()
    assert (run.state, run.followed_up_at) == (RunState.SUCCEEDED, None)
    Run.objects.filter(pk=run.pk).update(finished_at=timezone.now() - timedelta(minutes=1))

    assert sweep() == 1

    run.refresh_from_db()
    assert run.followed_up_at is not None
    assert Run.objects.filter(name="refresh", state=RunState.QUEUED).count() == 1
    assert sweep() == 0


def test_what_follows_happens_once(something_to_rank):
    run = finished("import", result={"customers": "all"})
    assert follow_up(run_pk=run.pk) is True
    assert follow_up(run_pk=run.pk) is False
    assert Run.objects.filter(name="refresh").count() == 1


def test_many_loads_cause_one_refresh_that_waits_for_quiet(something_to_rank):
    for _ in range(3):
        assert follow_up(run_pk=finished("import", result={"customers": "all"}).pk)
    refresh = Run.objects.get(name="refresh")
    assert refresh.not_before > timezone.now() + timedelta(seconds=10)


def test_loads_that_never_pause_put_the_refresh_off_for_five_minutes_at_most(something_to_rank):
    follow_up(run_pk=finished("import", result={"customers": "all"}).pk)
    asked_for = timezone.now() - timedelta(minutes=4, seconds=50)
    Run.objects.filter(name="refresh").update(created_at=asked_for)
    follow_up(run_pk=finished("import", result={"customers": "all"}).pk)
    assert Run.objects.get(name="refresh").not_before == asked_for + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("name", "state", "result"),
    [
        ("import", RunState.SUCCEEDED, {"customers": []}),
        ("import", RunState.FAILED, {}),
        ("refresh", RunState.SUCCEEDED, {"customers": "all"}),
    ],
)
def test_what_changed_no_customer_causes_no_refresh(name, state, result):
    run = finished(name, result=result)
    Run.objects.filter(pk=run.pk).update(state=state)
    assert follow_up(run_pk=run.pk) is True
    assert not Run.objects.filter(state=RunState.QUEUED).exists()


def test_without_an_order_there_is_nothing_to_refresh():
    assert follow_up(run_pk=finished("import", result={"customers": "all"}).pk) is True
    assert not Run.objects.filter(name="refresh").exists()


def test_a_run_that_has_not_ended_is_not_followed_up():
    assert follow_up(run_pk=a_load().pk) is False


def _address_of_the_test_database() -> str:
    settings = connection.settings_dict
    user = f"{settings['USER']}:{settings['PASSWORD']}"
    return f"postgres://{user}@{settings['HOST']}:{settings['PORT']}/{settings['NAME']}"


def test_the_wake_up_names_a_task_that_a_worker_knows():
    assert current_app.tasks[FOLLOW_UP].run is follow_up_task.run


def test_a_command_begins_without_what_only_pages_and_learners_need():
    said = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, timeout=60, check=True
    )
    assert said.stdout.split() == ["ingestion.services"]
