"""A MariaDB of its own, from Debian's programs, run by an ordinary user."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pymysql

from cba_site.local.postgres import free_port
from cba_site.local.programs import nobody

PASSWORD = "a reader's word"
PATIENCE = 60


@dataclass(frozen=True)
class MariaDB:
    port: int

    @property
    def url(self) -> str:
        return f"mariadb://reader@127.0.0.1:{self.port}/shop"

    def run(self, *statements: str) -> None:
        with _connected(self.port, database="shop") as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            connection.commit()


@contextmanager
def mariadb() -> Iterator[MariaDB]:
    folder = Path(tempfile.mkdtemp(prefix="cba-mariadb-"))
    folder.chmod(0o755)
    data = folder / "data"
    data.mkdir()
    become = None
    if os.geteuid() == 0:
        nobody().own(data)
        become = nobody().become
    port = free_port()
    own = [
        "--no-defaults", f"--datadir={data}", f"--socket={data}/socket", f"--pid-file={data}/pid",
    ]  # fmt: skip
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "preexec_fn": become}
    make = ["mariadb-install-db", "--auth-root-authentication-method=normal", "--skip-test-db"]
    subprocess.run([*make, *own[:2]], check=True, cwd=data, **quiet)
    server = subprocess.Popen(
        ["mariadbd", *own, f"--port={port}", "--bind-address=127.0.0.1", "--skip-networking=0",
         "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=32M"],
        cwd=data, **quiet,
    )  # fmt: skip
    try:
        _make_shop(port)
        yield MariaDB(port)
    finally:
        server.kill()
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _make_shop(port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with _connected(port) as connection, connection.cursor() as cursor:
                cursor.execute("CREATE DATABASE shop CHARACTER SET utf8mb4")
                cursor.execute("CREATE USER reader IDENTIFIED BY %s", [PASSWORD])
                cursor.execute("GRANT SELECT ON shop.* TO reader")
            return
        except pymysql.OperationalError:
            assert time.monotonic() < deadline, "MariaDB did not come up"
            time.sleep(0.1)


def _connected(port: int, **words: str) -> pymysql.Connection:
    return pymysql.connect(host="127.0.0.1", port=port, user="root", **words)
