"""Each patch beside this file is a small wrong change to the product: the tests it names notice.

The first line of a patch names the tests, the second says what is wrong.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PATCHES = sorted(Path(__file__).parent.glob("*.patch"))
NAMES_TESTS = "# tests: "
ENOUGH = 18
# For each fault, with a database that is made for it.
SECONDS = 240
PASSED, FAILED = 0, 1
# A run inside must not take our own servers, worker or options for its own.
OURS = ("CBA_", "PYTEST_", "DATABASE_URL", "REDIS_URL")


def test_each_fault_can_still_be_made(tmp_path):
    copy = copy_of_the_checkout(tmp_path / "copy")
    for patch in PATCHES:
        apply(patch, copy, "--check")
        for test in named_by(patch):
            path, _, name = test.partition("::")
            wanted = f"def {name}(" if name else "def test_"
            assert wanted in (copy / path).read_text(), f"{patch.name}: {test}"


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_small_faults_do_not_go_unnoticed(tmp_path, record_property):
    assert len(PATCHES) == 20
    every_test = sorted({test for patch in PATCHES for test in named_by(patch)})
    code, output = run_tests(copy_of_the_checkout(tmp_path / "unchanged"), every_test)
    assert code == PASSED, f"without any fault:\n{output}"

    survivors = [patch.stem for patch in PATCHES if not is_caught(patch, tmp_path / patch.stem)]

    caught = len(PATCHES) - len(survivors)
    record_property("faults caught", f"{caught} of {len(PATCHES)}")
    assert caught >= ENOUGH, f"nobody noticed: {', '.join(survivors)}"


def is_caught(patch: Path, folder: Path) -> bool:
    copy = copy_of_the_checkout(folder)
    apply(patch, copy)
    code, output = run_tests(copy, named_by(patch))
    # Anything else is no verdict: a test that is not there, or a fault that nothing can import.
    assert code in (PASSED, FAILED), f"{patch.name} ended with {code}:\n{output}"
    shutil.rmtree(copy)
    return code == FAILED


def named_by(patch: Path) -> list[str]:
    first = patch.read_text().splitlines()[0]
    assert first.startswith(NAMES_TESTS), f"{patch.name} names no tests in its first line"
    return first.removeprefix(NAMES_TESTS).split()


def copy_of_the_checkout(folder: Path) -> Path:
    """Tracked files as they are now, in a repository of their own: git apply looks for one."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    for name in filter(None, listed.stdout.decode().split("\0")):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target, follow_symlinks=False)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    return folder


def apply(patch: Path, folder: Path, *options: str) -> None:
    command = ["git", "apply", *options, str(patch)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{patch.name} does not apply:\n{done.stderr}"


def run_tests(folder: Path, tests: list[str]) -> tuple[int, str]:
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", *tests]
    env = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    done = subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    return done.returncode, (done.stdout + done.stderr)[-4_000:]
