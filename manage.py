#!/usr/bin/env python3
"""Every command of the product. Without DATABASE_URL a private Postgres is there when it starts."""

import os
import sys

if sys.version_info[:2] != (3, 11):
    sys.exit(f"This needs Python 3.11; you started it with {sys.version.split()[0]}.")

try:
    import django
    from django.core.management import execute_from_command_line
    from django.db.utils import OperationalError
except ImportError:
    sys.exit("Django is not installed here. Run `make demo`, or use .venv/bin/python manage.py.")

from cba_site.local import database, signals, valkey
from cba_site.local.home import CannotStart, cba_home

WITHOUT_MIGRATING = {"migrate", "makemigrations", "compilemessages"}
WITHOUT_DATABASE = {"help", "--help", "-h", "version", "--version"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cba_site.settings")
    words = set(sys.argv[1:]) or {"help"}
    if not words & WITHOUT_DATABASE:
        try:
            _prepare(sys.argv[1])
        except PermissionError as error:
            advice = "set CBA_HOME to a folder of yours"
            raise CannotStart(f"{error.filename} belongs to another user: {advice}.") from error
    execute_from_command_line(sys.argv)


def _prepare(command: str) -> None:
    database.ensure()
    valkey.choose() if command == "up" else valkey.find()
    logs = cba_home() / "logs"
    logs.mkdir(exist_ok=True)
    os.environ.setdefault("LOG_FILE", str(logs / "commands.log"))
    if command not in WITHOUT_MIGRATING:
        django.setup()
        database.migrate_if_needed()


def _place_of_database() -> str:
    return os.environ.get("DATABASE_URL", "").rpartition("@")[2]


if __name__ == "__main__":
    signals.end_tidily()
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
    except CannotStart as failure:
        sys.exit(str(failure))
    except OperationalError as failure:
        first = str(failure).strip().splitlines()[0]
        sys.exit(f"The database at {_place_of_database()} cannot be used: {first}")
