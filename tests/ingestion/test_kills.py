"""A worker killed in a load or in an undo: no row is lost, and none is there twice."""

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection

from ingestion.drafts import try_draft
from ingestion.models import Draft, Load
from ingestion.services import load_file, load_numbered, receive_file, request_undo, undo_load
from ingestion.trials import load_tried
from runs.models import Run, RunState
from runs.services import perform, reap
from runs.work import Work
from tests.ingestion.test_wizard import dropped, understood
from tests.pipelines.test_kills import wait_until, worker
from tests.shops.checksums import contents
from tests.shops.coming_in import bring_in
from transactions.agreement import mirror_differences
from transactions.services import update_mirror

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]

HEADER = "customer_id,order_id,line_number,occurred_at,sku,amount\n"
FIRST = HEADER + "".join(f"c{n % 7},o{n},1,2026-02-01,p{n % 5},{n}\n" for n in range(40))
# Corrects the first ten, adds as many, repeats some, and has rejects.
SECOND = HEADER + "".join(
    f"c{n % 7},o{n},1,2026-02-0{1 + n % 3},p{n % 6},{n}.50\n" for n in [*range(10), *range(40, 50)]
) + "c1,o1,1,2026-02-02,p1,1.50\nc2,o99,1,soon,p1,1\n"  # fmt: skip
KILLS, MOST_TRIES = 20, 80


def killed(run: Run, process) -> None:
    """What a worker held is dropped with it: the run waits for another one."""
    process.send_signal(signal.SIGKILL)
    process.wait()
    run.refresh_from_db()
    assert (run.state, run.attempt) == (RunState.RUNNING, 1)
    assert reap() == 1


def in_transaction() -> bool:
    """A process of ours has waited for a while inside a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND state = 'idle in transaction' AND state_change < now() - interval '0.3 s'"
        )
        return bool(cursor.fetchone()[0])


def at_step(step: str) -> Callable[[Run], bool]:
    return lambda run: run.step == step


def second_attempt(run: Run, job: Callable[[Work], dict]) -> Run:
    ended = perform(run=run, job=job)
    assert (ended.state, ended.attempt, ended.error) == (RunState.SUCCEEDED, 2, "")
    return ended


@pytest.fixture
def shop(tmp_path) -> dict:
    """What an undisturbed load makes of the second file, which is then taken out again."""
    bring_in(tmp_path, FIRST)
    before = contents()
    load = bring_in(tmp_path, SECOND)
    assert (load.loaded, load.changed, load.rejected, load.duplicate) == (10, 10, 1, 1)
    after = contents()
    undone = perform(run=request_undo(load=load, send=False), job=undo_load)
    assert contents() == before
    return {"before": before, "after": after, "restored": undone.result["restored"]}


def waiting(folder: Path, text: str = SECOND) -> Load:
    path = folder / "second.csv"
    path.write_text(text)
    return receive_file(path=path, kind="order_lines")


@pytest.mark.parametrize(
    ("step", "held"),
    [("read", at_step("read")), ("enter", lambda _: in_transaction()),
     ("report", at_step("report"))],
)  # fmt: skip
def test_a_load_killed_in_a_step_ends_as_if_undisturbed(tmp_path, shop, step, held):
    load = waiting(tmp_path)
    with worker(hold_at=step) as first:
        wait_until(load.run, held)
        killed(load.run, first)
    assert contents() == shop["after" if step == "report" else "before"]
    second_attempt(load.run, load_file)
    load = load_numbered(load.pk)
    counts = (load.read, load.loaded, load.changed, load.duplicate, load.rejected)
    assert counts == (22, 10, 10, 1, 1)
    assert contents() == shop["after"]


@pytest.mark.parametrize(
    ("step", "held"), [("undo", lambda _: in_transaction()), ("report", at_step("report"))]
)
def test_an_undo_killed_in_a_step_ends_as_if_undisturbed(tmp_path, shop, step, held):
    load = bring_in(tmp_path, SECOND)
    run = request_undo(load=load)
    with worker(hold_at=step) as first:
        wait_until(run, held)
        killed(run, first)
    assert contents() == shop["before" if step == "report" else "after"]
    assert second_attempt(run, undo_load).result["restored"] == shop["restored"]
    assert contents() == shop["before"]
    update_mirror()
    assert mirror_differences() == []


def test_a_draft_whose_dry_run_was_killed_is_as_it_was_and_goes_on():
    draft = understood(dropped())
    before = Draft.objects.values().get()
    load = try_draft(draft=draft)
    with worker(hold_at="read") as first:
        wait_until(load.run, at_step("read"))
        killed(load.run, first)
    assert Draft.objects.values().get() == before
    second_attempt(load.run, load_file)
    tried = load_numbered(load.pk)
    assert (tried.read, tried.loaded, tried.rejected) == (5, 2, 3)
    real = load_tried(load=tried, send=False)
    perform(run=real.run, job=load_file)
    assert load_numbered(real.pk).loaded == 2


def many_lines(amount: int) -> str:
    rows = (
        f"c{n % 97},o{n},1,2026-02-{1 + amount:02},p{n % 31},{n}.{amount}\n" for n in range(4000)
    )
    return HEADER + "".join(rows) + f"c1,x{amount},1,soon,p1,1\n"


def at_random(run: Run, within: float, rng: random.Random) -> bool:
    """Kill whoever works on the run at some moment of it; False where it had ended before."""
    wait_until(run, lambda r: r.state != RunState.QUEUED)
    time.sleep(rng.uniform(0, within))
    run.refresh_from_db()
    if run.state != RunState.RUNNING:
        return False
    os.kill(int(run.worker.split(":")[1]), signal.SIGKILL)
    wait_until(run, lambda _: reap() == 1 or run.state == RunState.SUCCEEDED)
    run.refresh_from_db()
    return run.state != RunState.SUCCEEDED


@pytest.mark.slow
def test_twenty_kills_at_random_lose_nothing_and_double_nothing(tmp_path):
    rng = random.Random(7)
    bring_in(tmp_path, many_lines(1))
    before = contents()
    load = bring_in(tmp_path, many_lines(2))
    within = (load.run.finished_at - load.run.started_at).total_seconds()
    after = contents()
    perform(run=request_undo(load=load, send=False), job=undo_load)
    kills = tries = 0
    with worker(pool="prefork"):
        while kills < KILLS and tries < MOST_TRIES:
            tries += 2
            load = waiting(tmp_path, many_lines(2))
            kills += at_random(load.run, within, rng)
            wait_until(load.run, lambda run: run.state == RunState.SUCCEEDED)
            assert contents() == after
            run = request_undo(load=load_numbered(load.pk))
            kills += at_random(run, within, rng)
            wait_until(run, lambda run: run.state == RunState.SUCCEEDED)
            assert contents() == before
    assert kills >= KILLS
    update_mirror()
    assert mirror_differences() == []
