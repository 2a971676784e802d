"""`manage.py up` as a person and a machine know it: started, hurt, stopped."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import redis
from celery import Celery

from cba_site.local.supervisor import INSTANCE_HEADER, answers
from tests.local.conftest import Installation, free_port, manage, processes, until

REPAIRED_WITHIN = 10.0
# However much the machine has to do besides; it is about a second.
BUSY = 60.0
PARTS = ["valkey-server", "local.worker", "beat", "gunicorn", "postgres"]


@pytest.fixture(scope="module")
def shop(folder: Path) -> Iterator[Installation]:
    """One installation for the tests that leave it as they found it."""
    installation = Installation(folder / "shop").wait_until_ready()
    yield installation
    installation.clean_up()


def broker_of(shop: Installation) -> str:
    password = (shop.home / "keys" / "valkey").read_text()
    port = (shop.home / "valkey" / "port").read_text()
    return f"redis://:{password}@127.0.0.1:{port}/0"


def a_worker_listens(shop: Installation) -> bool:
    try:
        # Otherwise the tasks of later tests in this process would go to this shop's broker.
        with Celery(broker=broker_of(shop), set_as_current=False) as app:
            return bool(app.control.ping(timeout=0.5))
    except redis.ConnectionError:
        return False


@pytest.mark.parametrize(
    "part", ["gunicorn", "--queues celery", "--queues models", "valkey-server"]
)
def test_a_killed_process_is_back_within_ten_seconds(shop, part):
    killed = shop.child(part)
    os.kill(killed, signal.SIGKILL)
    until(lambda: shop.child(part) not in (None, killed), within=REPAIRED_WITHIN)
    until(lambda: shop.ready() and a_worker_listens(shop), within=REPAIRED_WITHIN)


def test_a_killed_database_is_back_within_ten_seconds(shop):
    postmaster = int((shop.home / "postgres/data/postmaster.pid").read_text().split()[0])
    os.kill(postmaster, signal.SIGKILL)
    until(lambda: not shop.ready(), within=REPAIRED_WITHIN)
    until(shop.ready, within=REPAIRED_WITHIN)
    assert (shop.home / "postgres/data/postmaster.pid").read_text().split()[0] != str(postmaster)


def test_a_second_start_on_the_same_home_is_refused_in_one_line(shop):
    second = manage(shop.home, "up", PORT=str(free_port()))
    assert second.returncode == 1
    assert second.stderr.splitlines() == [
        f"It runs already on {shop.home} (process {shop.process.pid})."
        " Stop that first, or set CBA_HOME."
    ]
    assert shop.ready()


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_a_busy_port_is_refused_in_one_line(folder, address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, 0), family=family) as other:
        port = other.getsockname()[1]
        refused = manage(folder / "late", "up", PORT=str(port))
    assert refused.returncode == 1
    assert refused.stderr.splitlines()[-1] == (
        f"Port {port} is taken by another program. Choose another: PORT={port + 1}"
    )
    assert processes(folder / "late") == {}


@pytest.mark.parametrize("port", ["abc", "0", "65536", "-1"])
def test_a_port_that_is_none_is_refused_in_one_line(folder, port):
    refused = manage(folder / "late", "up", PORT=port)
    assert refused.returncode == 1
    assert refused.stderr.splitlines()[-1] == (
        f"PORT={port} is no port: give a number from 1 to 65535."
    )


def test_somebody_else_who_answers_there_is_not_taken_for_us(shop):
    address = f"http://127.0.0.1:{shop.port}/readyz"
    assert shop.ready()
    assert not answers(address, "another instance")
    assert INSTANCE_HEADER == "X-CBA-Instance"


def test_a_command_beside_it_uses_its_broker(shop):
    asked = manage(
        shop.home, "shell", "-c", "from django.conf import settings as s; print(s.REDIS_URL)"
    )
    assert broker_of(shop) in asked.stdout


KEYS = """
from accounts.models import User
from accounts.services import create_api_key
from accounts.write_keys import create_write_key
ann = User.objects.create(email="ann@example.com", name="ann", role="analyst")
_, writes = create_write_key(email=ann.email, name="app")
_, reads = create_api_key(email=ann.email, name="nightly")
print(writes, reads)
"""


def test_what_an_app_sends_enters_beside_the_requests(shop):
    writes, reads = manage(shop.home, "shell", "-c", KEYS).stdout.split()[-2:]
    api = f"http://127.0.0.1:{shop.port}/api/v1"
    visit = b'{"visitor_id": "v1", "kind": "visit", "at": "2026-02-01T10:00Z"}'
    sent = httpx.post(
        f"{api}/events/?key={writes}", content=visit, headers={"Content-Type": "text/plain"}
    )
    assert sent.status_code == 204

    def entered() -> list[tuple[str, int]]:
        told = httpx.get(f"{api}/imports/", headers={"Authorization": f"Bearer {reads}"})
        return [(one["source"], one["loaded"]) for one in told.json()["results"]]

    until(lambda: entered() == [("web: app", 1)], within=BUSY)


@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)]
)
def test_two_homes_run_side_by_side_and_one_stops_without_the_other(shop, up, number):
    second = up(f"second-{number}").wait_until_ready()
    assert second.ready()
    running = " ".join(processes(second.home).values())
    assert [part for part in PARTS if part not in running] == []
    assert second.end(number) == 0
    assert processes(second.home) == {}
    assert shop.ready()


def test_ctrl_c_before_it_is_ready_leaves_no_process(up):
    hurried = up("hurried")
    until(lambda: (hurried.home / "postgres" / "data" / "postmaster.pid").exists(), within=20)
    assert hurried.end() in (0, 130)
    assert processes(hurried.home) == {}


def test_a_killed_supervisor_takes_all_along_but_the_database_which_is_reused(up):
    first = up("killed").wait_until_ready()
    pid_file = first.home / "postgres/data/postmaster.pid"
    database = pid_file.read_text().split()[0]
    first.end(signal.SIGKILL)
    until(lambda: all("postgres" in words for words in processes(first.home).values()), within=5)
    assert int(database) in processes(first.home)

    next_one = up("killed").wait_until_ready()
    assert pid_file.read_text().split()[0] == database
    assert next_one.end() == 0
    assert processes(first.home) == {}
