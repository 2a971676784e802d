"""The first minute on a bare machine, and what the tests leave on it."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.local.conftest import CHECKOUT, environment, processes, until

NEEDED = ["bash", "sh", "env", "cat", "sha256sum", "flock", "dirname", "awk", "make", "rm", "sleep",
          "grep", "uname"]  # fmt: skip
A_JOURNEY = "  tests/journeys/test_"


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A PATH with a shell's tools, and neither Python nor browser."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in NEEDED:
        (folder / name).symlink_to(shutil.which(name))
    return folder


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    folder = tmp_path / "a shop's clone"
    for name in ("Makefile", "deploy/install", "requirements.txt", "requirements-dev.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(CHECKOUT / name, folder / name)
    return folder


def python_that(bare: Path, name: str, script: str) -> None:
    (bare / name).write_text(f"#!/bin/sh\n{script}\n")
    (bare / name).chmod(0o755)


def make(clone: Path, bare: Path, target: str, **env: str) -> subprocess.CompletedProcess[str]:
    words = ["make", "--no-print-directory", "-C", str(clone), target]
    env = environment(PATH=str(bare), **env)
    return subprocess.run(words, env=env, cwd="/", capture_output=True, text=True, check=False)


def first_line(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 2
    return done.stderr.splitlines()[0]


def test_without_python_it_says_what_to_install(clone, bare):
    line = first_line(make(clone, bare, "demo"))
    assert line.startswith("Python 3.11 is missing (no python3 at all).")
    assert "apt install python3 python3-venv" in line


def test_another_python_is_named(clone, bare):
    python_that(bare, "python3", '[ "$1" = --version ] && echo Python 3.12.1')
    assert "Python 3.11 is missing (Python 3.12.1)" in first_line(make(clone, bare, "test"))


def test_a_python_without_its_venv_module_is_named(clone, bare):
    python_that(bare, "python3", 'case "$2" in *ensurepip*) exit 1;; esac')
    line = first_line(make(clone, bare, "demo"))
    assert line == f"{bare}/python3 lacks its venv module. On Debian: apt install python3-venv"


def test_a_virtual_environment_of_another_python_is_named(clone, bare):
    python_that(bare, "python3", "exit 0")
    (clone / ".venv" / "bin").mkdir(parents=True)
    python_that(clone / ".venv" / "bin", "python", "exit 1")
    line = first_line(make(clone, bare, "demo"))
    assert line == (f"{clone}/.venv is not Python 3.11. Remove it and run the same command again.")


def test_it_installs_once_for_each_content_of_the_requirements(clone, bare):
    python_that(bare, "python3", "exit 0")
    (clone / ".venv" / "bin").mkdir(parents=True)
    python_that(clone / ".venv" / "bin", "python", 'echo "$*" >>"$CALLS"')
    calls = clone / "calls"

    def installed(target: str) -> list[str]:
        calls.write_text("")
        assert make(clone, bare, target, CALLS=str(calls)).returncode == 0
        done = [call for call in calls.read_text().splitlines() if "--dry-run" not in call]
        return [call.split()[-1] for call in done if " install " in call]

    assert installed("demo") == ["requirements.txt"]
    assert installed("demo") == []
    assert installed("test") == ["requirements-dev.txt"]
    assert installed("test") == []
    (clone / "requirements.txt").write_text("another==1\n")
    assert installed("demo") == ["requirements.txt"]
    assert calls.read_text().splitlines()[-1] == "manage.py up --demo"


WHEEL = "https://index.example/torch-2.13.0{build}-cp311-cp311-manylinux_2_28_x86_64.whl"


@pytest.mark.parametrize(
    ("build", "env", "goes_on"),
    [
        ("%2Bcpu", {}, True),
        ("+cpu", {}, True),
        ("", {}, False),
        ("", {"TORCH_CUDA": "1"}, True),
        ("", {"TORCH_INDEX": "https://cpu.example/whl"}, True),
    ],
)
def test_no_cuda_is_fetched_unasked(clone, bare, build, env, goes_on):
    python_that(bare, "python3", "exit 0")
    (clone / ".venv" / "bin").mkdir(parents=True)
    script = (
        f'case "$*" in *json*) echo "{WHEEL.format(build=build)}";; *) echo "$*" >>"$CALLS";; esac'
    )
    python_that(clone / ".venv" / "bin", "python", script)
    calls = clone / "calls"
    done = make(clone, bare, "demo", CALLS=str(calls), **env)
    installed = [c for c in calls.read_text().splitlines() if c.endswith("-r requirements.txt")]
    assert (done.returncode == 0, len(installed)) == (goes_on, int(goes_on))
    assert ("Set TORCH_INDEX to PyTorch's CPU index" in done.stderr) != goes_on
    first = [c for c in calls.read_text().splitlines() if "--index-url" in c]
    assert len(first) == int("TORCH_INDEX" in env)


@pytest.mark.parametrize("words", [[], ["-n", "1"]])
def test_without_a_browser_the_end_names_the_journeys_that_did_not_run(bare, words):
    words = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/journeys", *words]
    servers = {name: os.environ[name] for name in ("CBA_HOME", "CBA_TEST_HOME", "DATABASE_URL")}
    env = environment(PATH=str(bare), **servers, REDIS_URL="redis://x/0")
    plain = subprocess.run(words, env=env, cwd=CHECKOUT, capture_output=True, text=True)
    assert "browser journeys that did not run" in plain.stdout
    assert A_JOURNEY in plain.stdout.partition("did not run")[2]

    strict = subprocess.run(
        words, env=env | {"CBA_REQUIRE_BROWSER": "1"}, cwd=CHECKOUT, capture_output=True, text=True
    )
    assert strict.returncode == pytest.ExitCode.USAGE_ERROR
    assert "there is none of these here: chromium" in strict.stderr


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, None])
def test_a_run_of_the_tests_leaves_nothing_however_it_ends(number):
    script = "import os, tests.local_services; print(os.environ['CBA_HOME'], flush=True); input()"
    with tempfile.TemporaryDirectory() as elsewhere:
        Path(elsewhere).chmod(0o755)
        run = subprocess.Popen(
            [sys.executable, "-c", script],
            env=environment(TMPDIR=elsewhere),
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        home = Path(run.stdout.readline().strip())
        assert home.is_relative_to(elsewhere)
        running = " ".join(processes(home).values())
        assert "postgres" in running
        assert "valkey-server" in running
        run.communicate("\n") if number is None else run.send_signal(number)
        run.wait()
        until(lambda: not processes(home) and not home.exists(), within=10)
