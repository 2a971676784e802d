"""A run's page names the steps that are done, at work and to come."""

import pytest

from pipelines.steps import STEPS
from runs.models import Run, RunState
from runs.pages import PLANNED, STEP_WORDS, steps

pytestmark = pytest.mark.django_db


def a_refresh(**fields) -> Run:
    done = {"step": "mirror", "state": "succeeded", "seconds": 1.25, "rows": 1_200}
    works = {"step": "features", "state": "running", "seconds": 0.0, "rows": 5}
    return Run(name="refresh", steps=[done, works], progress=0.1875, **fields)


def test_a_step_at_work_shows_its_own_share_and_the_rest_is_to_come():
    shown = steps(a_refresh(state=RunState.RUNNING))
    assert [step["state"] for step in shown] == ["done", "at work", *["to come"] * 6]
    assert (shown[0]["rows"], shown[0]["seconds"]) == ("1,200", "1.2 s")
    assert shown[1]["percent"] == "50"


def test_a_run_that_was_stopped_shows_no_step_at_work():
    shown = steps(a_refresh(state=RunState.CANCELLED))
    assert [step["state"] for step in shown[:2]] == ["done", "cancelled"]


def test_a_refresh_of_a_part_promises_no_other_steps():
    part = a_refresh(state=RunState.RUNNING, arguments={"only": ["features"]})
    assert [step["name"] for step in steps(part)] == ["Gather the order lines", "Work out features"]


def test_the_planned_steps_are_those_of_the_refresh_and_each_has_words():
    assert PLANNED["refresh"] == tuple(STEPS)
    assert {name for names in PLANNED.values() for name in names} <= STEP_WORDS.keys()
