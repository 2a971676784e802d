"""A private Postgres 18: one server for each CBA_HOME, on a port of its own."""

import hashlib
import os
import secrets
import shutil
import socket
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cba_site.local.home import CannotStart, secret
from cba_site.local.programs import ROOT_HOME, Programs, nobody, strangers_can_enter

USER = DATABASE = "cba"
START_SECONDS = 120
NO_ANSWER = 2  # pg_isready's own word for it
# Set on purpose: the defaults are those of a machine with 128 MB to spare.
MEMORY = {
    "shared_buffers": "256MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "effective_cache_size": "2GB",
    "max_wal_size": "4GB",
    "wal_compression": "on",
    "random_page_cost": "1.1",
    "max_connections": "100",
}
# Tests lose nothing when the machine dies.
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Postgres:
    """The server of one CBA_HOME. ``options`` are added to its settings."""

    home: Path
    options: tuple[tuple[str, str], ...] = ()

    @cached_property
    def folder(self) -> Path:
        """Where the database lies: in the home, or, for root, where ``nobody`` can enter."""
        inside = self.home / "postgres"
        elsewhere = ROOT_HOME / hashlib.sha256(str(self.home).encode()).hexdigest()[:16]
        if os.geteuid() != 0 or (inside / "data").exists():
            return inside
        # One that is there already stays, also when somebody opens the home to strangers.
        return inside if strangers_can_enter(self.home) and not self._fits(elsewhere) else elsewhere

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    @property
    def lies_elsewhere(self) -> bool:
        return not self.folder.is_relative_to(self.home)

    @cached_property
    def programs(self) -> Programs:
        return Programs(self.data, secret("postgres"))

    def url(self) -> str:
        """The address of the running server."""
        port = self.port()
        if port is None:
            raise CannotStart(f"Postgres does not run. Its log: {self.log}")
        return f"postgres://{USER}:{secret('postgres')}@127.0.0.1:{port}/{DATABASE}"

    def port(self) -> int | None:
        """The port of the server that runs on this database and answers; None when none does."""
        _, port = self._pid_file()
        if port is None or self.programs.run("pg_ctl", "status", "-D", str(self.data)).returncode:
            return None
        return None if self._ready(port) == NO_ANSWER else port

    def alive(self) -> bool:
        """A cheap look at the process alone."""
        pid, _ = self._pid_file()
        if pid is None:
            return False
        try:
            os.kill(pid, 0)
        except (ProcessLookupError, PermissionError):
            return False
        return True

    def start(self) -> bool:
        """Start the server unless it runs; makes the database first. True when it was empty."""
        self._refuse_a_closed_door()
        known = self._is_complete()
        if not known:
            self._make()
        port = self.port() or self._start_server()
        self._wait_for_recovery(port)
        if not known:
            where = ("-h", "127.0.0.1", "-p", str(port), "-U", USER)
            self.programs.must("createdb", *where, DATABASE)
            self._tie_to_home()
        return not known

    def stop(self) -> None:
        """Stop the server if it runs; open connections are ended."""
        if self.port():
            self.programs.must("pg_ctl", "stop", "-D", str(self.data), "-m", "fast", "-w")

    def _refuse_a_closed_door(self) -> None:
        """The home was open to ``nobody`` when the database was made there, and is not now."""
        user = self.programs.user
        if user == nobody() and self.data.exists() and not strangers_can_enter(self.folder):
            raise CannotStart(
                f"The database in {self.folder} runs as the user nobody, who cannot enter that"
                " folder any more. Allow it: chmod o+x that folder and those above it."
            )

    def _is_complete(self) -> bool:
        """The database was made to its end, and for this very home.

        One that lies elsewhere counts only while the home still carries its marker: whoever
        removes CBA_HOME has removed the database.
        """
        marker, mine = self.home / "database", self.folder / "home"
        if not self.lies_elsewhere and mine.exists() and not marker.exists():
            marker.write_text(mine.read_text())
        return self._fits(self.folder)

    def _fits(self, folder: Path) -> bool:
        marker, mine = self.home / "database", folder / "home"
        return marker.exists() and mine.exists() and marker.read_text() == mine.read_text()

    def _tie_to_home(self) -> None:
        stamp = secrets.token_hex(16)
        (self.folder / "home").write_text(stamp)
        (self.home / "database").write_text(stamp)

    def _make(self) -> None:
        if self.folder.exists():
            self.stop()
            shutil.rmtree(self.folder)
        self.folder.mkdir(parents=True)
        password = self.folder / "password"
        password.touch(mode=0o600)
        password.write_text(secret("postgres"))
        if self.programs.user:
            self.programs.user.own(self.folder)
            self.programs.user.own(password)
        words = "-E UTF8 --locale=C --locale-provider=builtin --builtin-locale=C.UTF-8 -k"
        self.programs.must(
            "initdb", "-D", str(self.data), "-U", USER, "-A", "scram-sha-256",
            f"--pwfile={password}", *words.split(),
        )  # fmt: skip
        password.unlink()

    def _start_server(self) -> int:
        self._forget_a_stale_pid()
        port = self._choose_port()
        settings = {
            **MEMORY,
            **dict(self.options),
            "port": str(port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
        }
        words = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        started = self.programs.run(
            "pg_ctl", "start", "-D", str(self.data), "-l", str(self.log), "-w",
            "-t", str(START_SECONDS), "-o", words,
        )  # fmt: skip
        if started.returncode != 0:
            raise CannotStart(f"Postgres did not start. Its log: {self.log}")
        return port

    def _choose_port(self) -> int:
        """The last one where it is free, so that processes that know it find it again."""
        path = self.folder / "port"
        last = int(path.read_text()) if path.exists() else 0
        port = last if last and is_free(last) else free_port()
        path.write_text(str(port))
        return port

    def _wait_for_recovery(self, port: int) -> None:
        """Whoever started the server may have been killed while it was still recovering."""
        deadline = time.monotonic() + START_SECONDS
        while self._ready(port) != 0:
            if time.monotonic() > deadline:
                raise CannotStart(f"Postgres does not answer. Its log: {self.log}")
            time.sleep(0.1)

    def _ready(self, port: int) -> int:
        return self.programs.run(
            "pg_isready", "-h", "127.0.0.1", "-p", str(port), "-t", "5"
        ).returncode

    def _pid_file(self) -> tuple[int | None, int | None]:
        """The server's process and port, as it wrote them down; it may be long gone."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            return int(lines[0]), int(lines[3])
        except (FileNotFoundError, IndexError, ValueError):
            return None, None

    def _forget_a_stale_pid(self) -> None:
        """After a crash of the machine the number may belong to another program of ours."""
        pid, _ = self._pid_file()
        words = Path(f"/proc/{pid}/cmdline")
        if pid and words.exists() and b"postgres" not in words.read_bytes():
            (self.data / "postmaster.pid").unlink()


def free_port() -> int:
    """A port that nobody holds at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
