"""Real installations in folders of their own, started as a person starts them."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
# What the tests' own servers have put into our environment.
NOT_THEIRS = {
    "DATABASE_URL", "REDIS_URL", "CBA_HOME", "CBA_TEST_HOME", "PORT", "LOG_FILE", "PYTEST_ADDOPTS",
    "PYTEST_XDIST_WORKER", "PYTEST_CURRENT_TEST", "DJANGO_SETTINGS_MODULE", "CBA_REQUIRE_BROWSER",
    "CBA_REQUIRE_MARIADB",
}  # fmt: skip


def environment(home: Path | None = None, **more: str) -> dict[str, str]:
    mine = {name: value for name, value in os.environ.items() if name not in NOT_THEIRS}
    return {**mine, **({"CBA_HOME": str(home)} if home else {}), **more}


def processes(home: Path) -> dict[int, str]:
    """Everything that runs on that home, by process id, with its command line."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            theirs = (folder / "environ").read_bytes().split(b"\0")
            words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
            # Valkey writes its title over its environment; its working folder tells.
            ours = f"CBA_HOME={home}".encode() in theirs or lives_in(folder, home)
        except OSError:
            # Ended in between, or somebody else's.
            continue
        if ours and words:
            found[int(folder.name)] = words
    return found


def lives_in(process: Path, home: Path) -> bool:
    return (process / "cwd").resolve().is_relative_to(home)


def until(true: Callable[[], object], *, within: float) -> float:
    """Wait; the seconds it took. Fails when it did not become true in time."""
    started = time.monotonic()
    while not true():
        assert time.monotonic() - started < within, f"not within {within} s"
        time.sleep(0.05)
    return time.monotonic() - started


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Installation:
    """`manage.py up` on a home and a port."""

    def __init__(self, home: Path, port: int | None = None) -> None:
        self.home = home
        self.port = port or free_port()
        self.said = home.with_suffix(".said")
        with self.said.open("w") as said:
            self.process = subprocess.Popen(
                [sys.executable, str(CHECKOUT / "manage.py"), "up"],
                env=environment(home, PORT=str(self.port)),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )

    def wait_until_ready(self) -> "Installation":
        until(lambda: "Ready:" in self.said.read_text() or self.process.poll(), within=90)
        assert self.process.poll() is None, self.said.read_text()
        return self

    def ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=3) as page:
                return json.load(page)["status"] == "ok"
        except (urllib.error.URLError, OSError):
            return False

    def child(self, words: str) -> int | None:
        """The process of that name directly under the supervisor."""
        own = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        for pid in Path(own).read_text().split():
            if words in processes(self.home).get(int(pid), ""):
                return int(pid)
        return None

    def end(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(40)

    def clean_up(self) -> None:
        for pid in [self.process.pid, *processes(self.home)]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait()


def manage(home: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """A command, run to its end."""
    return subprocess.run(
        [sys.executable, str(CHECKOUT / "manage.py"), *words],
        env=environment(home, **env),
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """Where homes lie: a path with a space, which everybody may enter, as a checkout often is."""
    with tempfile.TemporaryDirectory(prefix="cba homes ") as made:
        Path(made).chmod(0o755)
        yield Path(made)


@pytest.fixture
def up(folder: Path) -> Iterator[Callable[..., Installation]]:
    """Start installations; whatever a test leaves behind is killed."""
    started: list[Installation] = []

    def start(name: str, **options: int) -> Installation:
        started.append(Installation(folder / name, **options))
        return started[-1]

    yield start
    for installation in started:
        installation.clean_up()
