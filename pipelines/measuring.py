"""Campaign results after each load and each night, as runs of their own: they wait for nobody."""

from typing import Any

from django.utils import timezone

from campaigns.looks import anything_to_measure
from campaigns.services.results import update_results
from runs.models import Run, RunState
from runs.services import request
from runs.work import Work

LANE = "results"


def request_measuring() -> Run:
    """Ask for a look at every campaign; one that waits already will see what is new."""
    waiting = Run.objects.filter(name="measure", state=RunState.QUEUED).first()
    return waiting or request(name="measure", task="pipelines.tasks.measure", lane=LANE)


def measure_after(run: Run) -> None:
    if run.state == RunState.SUCCEEDED and anything_to_measure(timezone.now()):
        request_measuring()


def measure(work: Work) -> dict[str, Any]:
    """The job of a look at the results of all campaigns."""
    work.plan(1)
    with work.step("results") as step:
        found = update_results(timezone.now())
        step.wrote(len(found), of=len(found))
    frozen = [result.campaign_id for result in found if result.frozen]
    return {"campaigns": [result.campaign_id for result in found], "frozen": frozen}
