"""One process under the supervisor: it comes back with patience, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cba_site.local import tied
from cba_site.local.child import FIRST_PAUSE, LONGEST_PAUSE, RECOVERED_AFTER, Child
from cba_site.local.supervisor import Supervisor
from tests.local.conftest import until


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def child_of(tmp_path):
    made = []

    def make(script: str, **options) -> Child:
        made.append(Child("child", ["sh", "-c", script], **options))
        made[-1].start(tmp_path)
        return made[-1]

    yield make
    for child in made:
        child.patience = 0
        child.stop()


def said(tmp_path: Path) -> list[str]:
    return (tmp_path / "child.log").read_text().splitlines()


def test_what_it_says_is_in_its_log(child_of, tmp_path):
    child_of("echo $WORD", env={"WORD": "hello"}).process.wait()
    assert said(tmp_path) == ["hello"]


def test_a_child_that_runs_is_left_alone(child_of, tmp_path):
    child = child_of("sleep 60")
    pid = child.process.pid
    assert child.revive(tmp_path) is False
    assert child.process.pid == pid


def test_one_that_keeps_crashing_waits_twice_as_long_each_time(child_of, tmp_path):
    child = child_of("exit 1")
    pauses = []
    for _ in range(6):
        child.process.wait()
        pauses.append(child.pause)
        child.started = time.monotonic() - child.pause + 0.2
        assert child.revive(tmp_path) is False
        child.started = time.monotonic() - child.pause
        assert child.revive(tmp_path) is True
    assert pauses == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0]
    assert pauses[0] == FIRST_PAUSE
    assert pauses[-1] == LONGEST_PAUSE


def test_one_that_had_recovered_comes_back_at_once(child_of, tmp_path):
    child = child_of("exit 1", pause=LONGEST_PAUSE)
    child.process.wait()
    child.started = time.monotonic() - RECOVERED_AFTER - 1
    assert child.revive(tmp_path) is True
    assert child.pause == 2 * FIRST_PAUSE


def test_the_children_of_a_crashed_one_go_before_it_comes_back(child_of, tmp_path):
    child = child_of("sleep 60 & echo $!; wait", pause=0)
    until(lambda: said(tmp_path), within=5)
    orphan = int(said(tmp_path)[0])
    child.process.kill()
    child.process.wait()
    assert runs(orphan)
    assert child.revive(tmp_path) is True
    until(lambda: not runs(orphan), within=2)


def test_one_that_does_not_want_to_stop_is_killed(child_of, tmp_path):
    child = child_of("trap '' TERM; echo deaf; while :; do sleep 0.1; done", patience=0.3)
    until(lambda: said(tmp_path), within=5)
    child.stop()
    assert child.process.returncode == -signal.SIGKILL


def test_a_tied_process_dies_with_its_parent():
    parent = subprocess.Popen(
        [
            "sh",
            "-c",
            f'"{sys.executable}" "{tied.__file__}" $$ sh -c "echo \\$\\$; sleep 60" & wait',
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    pid = int(parent.stdout.readline())
    assert runs(pid)
    parent.kill()
    parent.wait()
    until(lambda: not runs(pid), within=2)


def test_a_process_whose_parent_is_gone_already_does_not_start():
    done = subprocess.run(
        [sys.executable, tied.__file__, "1", "echo", "alive"], capture_output=True
    )
    assert os.getpid() != 1
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, b"")


def test_children_that_are_wanted_start_and_others_stop(tmp_path):
    told: list[str] = []
    supervisor = Supervisor([], logs=tmp_path, say=told.append)
    one, two = (Child(f"follow-{n}", ["sleep", "60"], patience=1) for n in (1, 2))
    supervisor.keep([one, two], prefix="follow-")
    first = one.process.pid
    supervisor.keep([Child("follow-1", ["sleep", "60"])], prefix="follow-")
    assert supervisor.names("follow-") == ["follow-1"]
    assert (runs(first), runs(two.process.pid)) == (True, False)
    supervisor.keep([], prefix="follow-")
    assert (runs(first), supervisor.names("follow-")) == (False, [])
