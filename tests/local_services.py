"""Real servers for the tests: a forgetful Postgres and a Valkey in a home of their own.

Loaded by `-p tests.local_services` before Django's settings are read. The process that starts them
stops them; pytest-xdist's workers inherit their addresses. A run that was killed leaves a
server whose home is gone: the next run's servers have other homes and ports.
"""

import atexit
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

MINE = "CBA_TEST_SERVERS"


def _start() -> None:
    home = Path(tempfile.mkdtemp(prefix="cba-test-"))
    home.chmod(0o755)
    os.environ["CBA_HOME"] = str(home)
    os.environ[MINE] = str(os.getpid())
    # They read CBA_HOME when they are imported.
    from cba_site.local import valkey
    from cba_site.local.postgres import FORGETFUL, Postgres, free_port

    server = Postgres(home, options=tuple(FORGETFUL.items()))
    port = free_port()
    broker = subprocess.Popen(
        valkey.command(folder=home / "valkey", port=port),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    atexit.register(_stop, server, broker, home, os.getpid())
    server.start()
    os.environ["DATABASE_URL"] = server.url()
    os.environ["REDIS_URL"] = valkey.url(port=port)


def _stop(server: object, broker: subprocess.Popen, home: Path, owner: int) -> None:
    if os.getpid() != owner:
        return
    server.stop()
    broker.terminate()
    broker.wait()
    shutil.rmtree(server.folder, ignore_errors=True)
    shutil.rmtree(home, ignore_errors=True)


if MINE not in os.environ:
    _start()
