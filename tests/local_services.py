"""Real servers for the tests: a forgetful Postgres and a Valkey in a home of their own.

Loaded by `-p tests.local_services` before Django's settings are read. One process starts them;
pytest-xdist's workers inherit the addresses, each with a home, a database and a queue of its own.
A guardian stops and removes everything when that process is gone, however it went.
"""

import atexit
import os
import subprocess
import sys
import tempfile
from pathlib import Path

BASE = "CBA_TEST_HOME"
# pytest-xdist's workers fill the cores: threads of BLAS would wait for each other, spinning, and
# a shop of ten customers would train for half a minute.
THREADS = {
    "POLARS_MAX_THREADS": "2",
    "OMP_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "PASSIVE",
    "OPENBLAS_NUM_THREADS": "1",
}
# Waits for the end of its standard input, which nobody but the tests' process holds open.
GUARDIAN = """
cat >/dev/null
server=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null)
[ -z "$server" ] || kill -QUIT "$server"
kill "$2"
while [ -n "$server" ] && kill -0 "$server" 2>/dev/null; do sleep 0.05; done
rm -rf "$1" "$3"
"""


def _start() -> None:
    home = Path(tempfile.mkdtemp(prefix="cba-test-"))
    home.chmod(0o755)
    os.environ |= {"CBA_HOME": str(home), BASE: str(home), **THREADS}
    # They read CBA_HOME when they are imported.
    from cba_site.local import tied, valkey
    from cba_site.local.postgres import FORGETFUL, Postgres, free_port

    server = Postgres(home, options=tuple(FORGETFUL.items()))
    port = free_port()
    broker = _in_background(
        sys.executable, "-I", "-S", tied.__file__, str(os.getpid()),
        *valkey.command(folder=home / "valkey", port=port),
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    words = (str(server.folder), str(broker.pid), str(home))
    guardian = _in_background("sh", "-c", GUARDIAN, "guardian", *words, stdin=subprocess.PIPE)
    atexit.register(_stop, guardian, os.getpid())
    server.start()
    os.environ |= {"DATABASE_URL": server.url(), "REDIS_URL": valkey.url(port=port)}


def _in_background(*words: str, stdin: int) -> subprocess.Popen[bytes]:
    """Not reached by Ctrl-C in the terminal: the tests' own endings still need it."""
    return subprocess.Popen(
        words,
        stdin=stdin,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _stop(guardian: subprocess.Popen[bytes], owner: int) -> None:
    if os.getpid() == owner:
        guardian.communicate()


def _move_in(worker: str) -> None:
    """A worker's own home and queue; pytest-django names its database."""
    home = Path(os.environ[BASE]) / worker
    home.mkdir()
    os.environ["CBA_HOME"] = str(home)
    address = os.environ["REDIS_URL"].rpartition("/")[0]
    os.environ["REDIS_URL"] = f"{address}/{int(worker.removeprefix('gw')) % 15 + 1}"


if BASE not in os.environ:
    _start()
elif "PYTEST_XDIST_WORKER" in os.environ:
    _move_in(os.environ["PYTEST_XDIST_WORKER"])
