"""A worker killed in the middle of a freeze: nothing of it stays, and the next launches once."""

import signal
import time

import pytest

from campaigns.models import Assignment, Campaign, Message
from campaigns.services.launch import launch_campaign
from core.models import AuditEntry
from runs.models import RunState
from runs.services import reap
from tests.campaigns.shop import approved, open_shop, receipt_of
from tests.pipelines.test_kills import wait_until, worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


def test_a_killed_launch_is_launched_once_by_the_next_worker(tmp_path, mara, sam):
    open_shop(tmp_path)
    campaign = approved(mara, sam, control_share=0.5)
    run = launch_campaign(campaign=campaign, actor=mara, wait=False).launch_run
    with worker(hold_at="freeze") as first:
        wait_until(run, lambda r: r.steps and r.steps[-1]["rows"])
        held = run.steps[-1]["rows"]
        first.send_signal(signal.SIGKILL)
        first.wait()
    time.sleep(0.5)
    assert held == 9
    assert not Assignment.objects.exists()
    assert Campaign.objects.get().state == "approved"
    assert reap() == 1
    with worker():
        wait_until(run, lambda r: r.state == RunState.SUCCEEDED)
    assert run.attempt == 2
    launched = Campaign.objects.get()
    assert (launched.state, len(receipt_of(launched))) == ("running", 9)
    assert Message.objects.count() == launched.counts["treated"]
    assert AuditEntry.objects.filter(verb="freeze_audience").count() == 1
