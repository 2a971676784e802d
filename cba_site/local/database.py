"""A database for every command: started when nobody has, migrated when the code has moved on."""

import atexit
import hashlib
import os
import sys
from pathlib import Path

from django.core.management import call_command

from cba_site.local import signals
from cba_site.local.home import CHECKOUT, cba_home
from cba_site.local.postgres import Postgres
from cba_site.local.usefile import UseFile, turn

# In the environment of processes that were not given a DATABASE_URL.
OURS = "CBA_OWN_DATABASE"


def ensure() -> None:
    """Set DATABASE_URL to a running, private Postgres, unless one is given.

    This process counts as a user of the server until it ends; the last one out stops it.
    """
    if os.environ.get("DATABASE_URL"):
        return
    home = cba_home()
    server = Postgres(home)
    use = UseFile(home)
    with signals.held(), turn(home):
        use.enter()
        atexit.register(_leave, server, use, os.getpid())
        _say_what_takes_time(server)
        server.start()
    os.environ |= {"DATABASE_URL": server.url(), OURS: "1"}


def revive() -> bool:
    """Start the private server again if its process is gone. True when it was started."""
    home = cba_home()
    server = Postgres(home)
    if OURS not in os.environ or server.alive():
        return False
    with turn(home):
        server.start()
    os.environ["DATABASE_URL"] = server.url()
    return True


def migrate_if_needed() -> None:
    """Migrate when the migration files differ from those that this home has seen last."""
    home = cba_home()
    seen = home / "migrated"
    marker = home / "database"
    which = marker.read_text() if marker.exists() else os.environ["DATABASE_URL"]
    stamp = hashlib.sha256((_fingerprint() + which).encode()).hexdigest()
    if _holds(seen, stamp):
        return
    with turn(home):
        # Somebody else may have had the turn before us, and done it.
        if not _holds(seen, stamp):
            call_command("migrate", interactive=False, verbosity=0)
            seen.write_text(stamp)


def _say_what_takes_time(server: Postgres) -> None:
    """On stderr: what a command answers on stdout may be read by a program."""
    if server.lies_elsewhere and not server.data.exists():
        sys.stderr.write(f"The user nobody cannot enter {server.home}.\n")
    if not server.data.exists():
        sys.stderr.write(f"Making a database in {server.folder}\n")


def _leave(server: Postgres, use: UseFile, owner: int) -> None:
    """At the end of the process that entered; a forked child leaves nothing behind."""
    if os.getpid() != owner:
        return
    with signals.held(), turn(server.home):
        if use.try_alone():
            server.stop()
        use.leave()


def _holds(seen: Path, stamp: str) -> bool:
    return seen.exists() and seen.read_text() == stamp


def _fingerprint() -> str:
    """A hash of our migrations, and of the versions that bring the libraries' own."""
    files = sorted(CHECKOUT.glob("*/migrations/*.py")) + [CHECKOUT / "requirements.txt"]
    digest = hashlib.sha256()
    for file in files:
        digest.update(str(file.relative_to(CHECKOUT)).encode() + file.read_bytes())
    return digest.hexdigest()
