"""Commands share one private server: the first in starts it, the last one out stops it."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import pytest

from cba_site.local.home import CannotStart
from cba_site.local.postgres import Postgres
from cba_site.local.programs import nobody
from tests.local.conftest import CHECKOUT, environment, manage, processes, until

ENTER_AND_WAIT = """
import os, sys
from cba_site.local import database
database.ensure()
print(os.environ["DATABASE_URL"], flush=True)
sys.stdin.read()
"""


class Visitor:
    """A process that uses the server until it is told to go."""

    def __init__(self, home: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", ENTER_AND_WAIT],
            env=environment(home),
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.url = self.process.stdout.readline().strip()

    def go(self) -> int:
        self.process.stdin.close()
        return self.process.wait(20)


@pytest.fixture
def home(folder: Path, request: pytest.FixtureRequest) -> Path:
    made = folder / str(abs(hash(request.node.name)))
    made.mkdir()
    return made


@pytest.fixture
def server(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Postgres]:
    monkeypatch.setenv("CBA_HOME", str(home))
    found = Postgres(home)
    yield found
    found.stop()


@pytest.fixture
def visit(home: Path) -> Iterator[Callable[[], Visitor]]:
    visitors: list[Visitor] = []

    def enter() -> Visitor:
        visitors.append(Visitor(home))
        return visitors[-1]

    yield enter
    for visitor in visitors:
        visitor.process.kill()
        visitor.process.wait()


def asked(url: str, question: str) -> object:
    connection = psycopg2.connect(url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(question)
        answer = cursor.fetchone()[0] if cursor.description else None
    connection.close()
    return answer


def test_the_last_one_out_stops_the_server(visit, server):
    first, second = visit(), visit()
    assert first.url == second.url
    assert first.go() == 0
    assert asked(second.url, "SELECT 1") == 1
    assert second.go() == 0
    assert server.port() is None
    assert processes(server.home) == {}


def test_a_killed_user_counts_no_longer(visit, server):
    first, second = visit(), visit()
    first.process.send_signal(signal.SIGKILL)
    first.process.wait()
    assert asked(second.url, "SELECT 1") == 1
    assert second.go() == 0
    assert server.port() is None


def test_five_commands_at_once_on_an_empty_home_share_one_database(home, server):
    commands = [
        subprocess.Popen(
            [sys.executable, str(CHECKOUT / "manage.py"), "mirror", "verify"],
            env=environment(home),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(5)
    ]
    said = [command.communicate(timeout=90)[1] for command in commands]
    assert [command.returncode for command in commands] == [0] * 5, said
    assert sum("Making a database" in words for words in said) == 1
    assert server.port() is None


def test_the_memory_is_set_on_purpose(visit):
    url = visit().url
    assert asked(url, "SHOW shared_buffers") == "256MB"
    assert asked(url, "SHOW maintenance_work_mem") == "256MB"
    assert asked(url, "SHOW wal_compression") != "off"
    assert asked(url, "SHOW fsync") == "on"
    assert asked(url, "SHOW data_checksums") == "on"


def test_postgres_never_runs_as_root(server):
    server.start()
    expected = nobody().uid if os.geteuid() == 0 else os.geteuid()
    assert server.data.stat().st_uid == expected


def test_a_server_that_was_killed_comes_back_on_its_port_with_its_rows(server):
    server.start()
    port, url = server.port(), server.url()
    asked(url, "CREATE TABLE kept AS SELECT 7 AS number")
    os.kill(int((server.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    until(lambda: not server.alive(), within=5)
    assert server.start() is False
    assert server.port() == port
    assert asked(server.url(), "SELECT number FROM kept") == 7


def test_a_process_number_that_another_program_has_got_is_no_server(server):
    server.start()
    pid_file = server.data / "postmaster.pid"
    words = pid_file.read_text().splitlines()
    server.stop()
    pid_file.write_text("\n".join([str(os.getpid()), *words[1:]]))
    if os.geteuid() == 0:
        nobody().own(pid_file)
    assert server.port() is None
    server.start()
    assert asked(server.url(), "SELECT 1") == 1


def test_a_database_that_was_never_finished_is_made_anew(server):
    server.start()
    server.stop()
    (server.folder / "home").unlink()
    assert Postgres(server.home).start() is True
    assert asked(server.url(), "SELECT 1") == 1


def test_a_database_in_the_home_needs_no_marker(server):
    server.start()
    (server.home / "database").unlink()
    assert server.start() is False


def test_a_database_elsewhere_is_made_anew_when_the_home_has_lost_its_marker(server, folder):
    # Where root's database lies when nobody cannot enter the home.
    server.__dict__["folder"] = folder / f"elsewhere {server.home.name}"
    server.start()
    asked(server.url(), "CREATE TABLE gone ()")
    assert server.start() is False
    (server.home / "database").unlink()
    assert server.start() is True
    assert asked(server.url(), "SELECT to_regclass('gone') IS NULL") is True


def test_a_missing_wheel_is_one_line(server, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(CannotStart, match=r"^No Postgres: run pip install -r requirements.txt"):
        server.start()


def test_a_given_database_is_used_and_none_is_made(home):
    refused = manage(home, "mirror", "verify", DATABASE_URL="postgres://x:y@127.0.0.1:1/z")
    assert refused.returncode == 1
    assert "The database at 127.0.0.1:1/z cannot be used" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (home / "postgres").exists()


@pytest.mark.parametrize("words", [["help"], ["--version"], ["up", "--help"], []])
def test_asking_for_help_makes_no_database(home, words):
    assert manage(home, *words).returncode == 0
    assert not (home / "postgres").exists()


def test_sigterm_ends_a_command_and_its_server(home, server):
    command = subprocess.Popen(
        [sys.executable, str(CHECKOUT / "manage.py"), "shell", "-c", "import time; time.sleep(60)"],
        env=environment(home),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until(lambda: (home / "migrated").exists(), within=30)
    command.terminate()
    assert command.wait(20) == 128 + signal.SIGTERM
    assert server.port() is None
