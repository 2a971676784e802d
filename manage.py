#!/usr/bin/env python3
"""Every command of the product. Without DATABASE_URL a private Postgres is there when it starts."""

import os
import sys

if sys.version_info[:2] != (3, 11):
    sys.exit(f"This needs Python 3.11; you started it with {sys.version.split()[0]}.")

try:
    from django.core.management import execute_from_command_line
except ImportError:
    sys.exit("Django is not installed here. Run `make demo`, or use .venv/bin/python manage.py.")

# Commands that work without a database, or choose their own moment to migrate.
WITHOUT_MIGRATING = {"migrate", "makemigrations", "help", "--help", "--version", "compilemessages"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cba_site.settings")
    from cba_site.local import database, valkey
    from cba_site.local.home import cba_home
    from cba_site.local.postgres import PostgresFailed

    try:
        database.ensure()
    except PostgresFailed as failure:
        sys.exit(str(failure))
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    valkey.choose() if command == "up" else valkey.find()
    logs = cba_home() / "logs"
    logs.mkdir(exist_ok=True)
    os.environ.setdefault("LOG_FILE", str(logs / "commands.log"))
    if command not in WITHOUT_MIGRATING:
        import django

        django.setup()
        database.migrate_if_needed()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
