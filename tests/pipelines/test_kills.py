"""A worker killed in the middle of a refresh: the run goes on elsewhere, to the same end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from features.frames import snapshot
from features.models import FeatureFile, FeatureSnapshot
from pipelines.services import request_refresh
from recommendations.models import RecommendationLists
from recommendations.store import read_lists
from runs.models import ModelVersion, Run, RunState
from runs.services import reap
from segmentation.models import Grouping, Membership, Segment
from tests.shops import nine_and_one as shop
from tests.shops.coming_in import bring_in, refreshed
from tests.shops.simulated import order_lines
from transactions.models import MirrorFile

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]

PATIENCE = 240
SECOND_LOAD = "customer_id,order_id,occurred_at,sku,amount\nA,x1,2026-02-20T12:00Z,p3,7\n"
STEPS = ["features", "rfm", "clusters", "segments"]


@contextmanager
def worker(hold_at: str = "", pool: str = "solo") -> Iterator[subprocess.Popen]:
    """A real Celery worker on the tests' database."""
    at = connection.settings_dict
    address = f"{at['HOST']}:{at['PORT']}/{at['NAME']}"
    env = {
        **os.environ,
        "DATABASE_URL": f"postgres://{at['USER']}:{at['PASSWORD']}@{address}",
        "CBA_HOLD_AT": hold_at,
    }
    command = [sys.executable, "-m", "celery", "-A", "cba_site", "worker", "-c", "1", "-P", pool]
    process = subprocess.Popen(
        command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_until(run: Run, is_so) -> Run:
    deadline = time.monotonic() + PATIENCE
    while not is_so(run):
        assert time.monotonic() < deadline, f"{run.state} {run.step} {run.error}"
        time.sleep(0.1)
        run.refresh_from_db()
    return run


def results() -> dict[str, object]:
    """What a refresh leaves behind, in order and without the numbers that a run gives itself."""
    inside = Membership.objects.order_by("segment__slug", "customer_id", "entered_at")
    groupings = Grouping.objects.filter(promoted=True).order_by("kind")
    return {
        "snapshot": snapshot().sort("customer_pk").collect().hash_rows().to_list(),
        "columns": snapshot().collect_schema().names(),
        "members": list(
            inside.values_list("segment__slug", "customer_id", "entered_at", "left_at")
        ),
        "segments": list(
            Segment.objects.order_by("slug").values_list("slug", "size", "revenue_minor")
        ),
        "groupings": [(g.kind, g.thresholds, g.groups, g.metrics) for g in groupings],
        "models": [
            (v.name, v.promoted, rounded(v.parameters), rounded(v.metrics))
            # Clusters are told by their grouping; a killed attempt's own fit stays beside them.
            for v in ModelVersion.objects.exclude(name="cluster").order_by("name")
        ],
        "lists": [read_lists(r.path).rows() for r in RecommendationLists.objects.all()],
    }


def rounded(value: Any) -> Any:
    """Sums over threads differ in their last bits between two processes."""
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [rounded(inner) for inner in value]
    return float(f"{value:.9g}") if isinstance(value, float) else value


def forget_results() -> None:
    for model in (
        Membership, Segment, Grouping, RecommendationLists, ModelVersion, FeatureSnapshot,
        FeatureFile,
    ):  # fmt: skip
        model.objects.all().delete()
    MirrorFile.objects.update(path=None)


def killed_and_brought_back(step: str, as_of: datetime) -> None:
    refreshed(as_of)
    undisturbed = results()
    forget_results()

    run = request_refresh(as_of=as_of)
    with worker(hold_at=step) as first:
        wait_until(run, lambda r: r.steps and r.steps[-1]["step"] == step and r.steps[-1]["rows"])
        time.sleep(0.5)
        run.refresh_from_db()
        assert (run.state, run.attempt) == (RunState.RUNNING, 1)
        held, first_worker = run.steps[-1], run.worker
        first.send_signal(signal.SIGKILL)
        first.wait()
    assert reap() == 1
    with worker():
        wait_until(run, lambda r: r.state == RunState.SUCCEEDED)
    assert run.attempt == 2
    assert run.worker.split(":")[1] != first_worker.split(":")[1]
    done = next(s for s in run.steps if s["step"] == step)
    assert 0 < held["rows"] < done["rows"]
    assert results() == undisturbed


@pytest.fixture
def ten(tmp_path):
    bring_in(tmp_path, shop.ORDER_LINES)
    bring_in(tmp_path, SECOND_LOAD)


@pytest.mark.parametrize("step", STEPS)
def test_a_refresh_killed_in_a_step_ends_as_if_undisturbed(step, ten):
    killed_and_brought_back(step, shop.AS_OF)


@pytest.mark.slow
def test_a_refresh_killed_while_it_writes_the_mirror_ends_as_if_undisturbed(ten):
    killed_and_brought_back("mirror", shop.AS_OF)


@pytest.mark.slow
@pytest.mark.parametrize("step", ["models", "scores", "lists"])
def test_a_refresh_killed_while_it_learns_ends_as_if_undisturbed(step, tmp_path):
    bring_in(tmp_path, order_lines())
    killed_and_brought_back(step, datetime(2026, 1, 1, tzinfo=UTC))
    assert ModelVersion.objects.filter(name="orders", promoted=True).exists()


def in_transaction() -> bool:
    """Another process of ours waits inside a transaction that has written past memberships."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND state = 'idle in transaction' AND query LIKE 'COPY \"past_stays\"%'"
        )
        return bool(cursor.fetchone()[0])


def test_a_refresh_killed_while_it_writes_the_past_writes_it_whole_and_once(ten):
    refreshed(shop.AS_OF)
    undisturbed = results()
    assert Membership.objects.filter(entered_at__lt=shop.AS_OF).count() == 13
    forget_results()
    run = request_refresh(as_of=shop.AS_OF)
    with worker(hold_at="history") as first:
        wait_until(run, lambda _: in_transaction())
        first.send_signal(signal.SIGKILL)
        first.wait()
    assert not Membership.objects.exists()
    assert reap() == 1
    with worker():
        wait_until(run, lambda r: r.state == RunState.SUCCEEDED)
    assert (run.attempt, results()) == (2, undisturbed)
