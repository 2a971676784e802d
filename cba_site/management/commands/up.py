import json
import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import connections
from tqdm import tqdm

from cba_site.demo import prepare
from cba_site.demo.logins import Login, close_logins
from cba_site.local import valkey
from cba_site.local.supervisor import (
    CannotStart,
    Child,
    Supervisor,
    answers,
    only_one,
    python,
    refuse_a_busy_port,
)
from core.errors import Refused

STOP_ORDER = ["web", "beat", "worker", "valkey"]
# Numbers are crunched by Polars' and BLAS' own threads: few, and not spinning.
THREADS = {"POLARS_MAX_THREADS": "2", "OMP_NUM_THREADS": "2", "OMP_WAIT_POLICY": "PASSIVE"}


class Command(BaseCommand):
    help = "Bring up web, worker, schedule, broker and database; Ctrl-C stops them in order."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--demo", action="store_true", help="with a real grocer's year")

    def handle(self, *args: Any, **options: Any) -> None:
        demo_file = settings.CBA_HOME / "demo.json"
        try:
            with only_one(settings.CBA_HOME):
                demo_file.unlink(missing_ok=True)
                self._run(demo=options["demo"], demo_file=demo_file)
        except (CannotStart, valkey.ValkeyMissing, Refused) as failure:
            self.stderr.write(str(failure))
            raise SystemExit(1) from failure

    def _run(self, *, demo: bool, demo_file: Path) -> None:
        port = int(os.environ.get("PORT", "8000"))
        refuse_a_busy_port(port)
        url = f"http://localhost:{port}"
        instance = secrets.token_hex(8)
        supervisor = Supervisor(
            _children(port=port, instance=instance),
            logs=settings.CBA_HOME / "logs",
            say=self.stdout.write,
        )
        try:
            supervisor.start()
            supervisor.wait_until(lambda: answers(f"{url}/readyz", instance), what="The site")
            if demo:
                self._show_demo(supervisor, url=url, demo_file=demo_file)
            else:
                close_logins()
            self.stdout.write(f"\nReady: {url}   (Ctrl-C stops everything)")
            connections.close_all()
            supervisor.run_until_stopped()
        except KeyboardInterrupt:
            self.stdout.write("Stopping before it was ready.")
        finally:
            demo_file.unlink(missing_ok=True)
            supervisor.stop(STOP_ORDER)

    def _show_demo(self, supervisor: Supervisor, *, url: str, demo_file: Path) -> None:
        bars = Bars(supervisor)
        logins = prepare(progress=bars)
        bars.close()
        for login in logins:
            self.stdout.write(f"  {login.role:<10} {login.email:<30} {login.password}")
        _write_demo_file(demo_file, url=url, logins=logins)


class Bars:
    """A bar per step on stderr. Each report is also a moment to look after the children."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self._title = ""
        self._bar: tqdm | None = None

    def __call__(self, title: str, share: float) -> None:
        self._supervisor.raise_if_stopping()
        self._supervisor.tend()
        if title != self._title:
            self.close()
            self._title = title
            form = "{desc:<20}{bar}{n:>4.0f} %  {elapsed}"
            self._bar = tqdm(total=100, desc=title, bar_format=form)
        assert self._bar is not None
        self._bar.n = round(share * 100)
        self._bar.refresh()

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


def _children(*, port: int, instance: str) -> list[Child]:
    services: list[Child] = []
    # Their output goes to a log of their own.
    env = {
        **THREADS,
        "LOG_FILE": "",
        "CBA_INSTANCE": instance,
        "DJANGO_SETTINGS_MODULE": "cba_site.settings",
    }
    if own_port := os.environ.get(valkey.OWN_PORT):
        folder = settings.CBA_HOME / "valkey"
        services.append(Child("valkey", valkey.command(folder=folder, port=int(own_port))))
        valkey.publish_port(int(own_port))
    celery = python("-m", "celery", "--app", "cba_site", "--workdir", str(settings.BASE_DIR))
    web = python(
        "-m", "gunicorn", "cba_site.wsgi", "--chdir", str(settings.BASE_DIR),
        "--bind", f"0.0.0.0:{port}", "--worker-class", "gthread", "--workers", "1",
        "--threads", "8", "--timeout", "120", "--worker-tmp-dir", str(settings.CBA_HOME),
        "--no-control-socket",
    )  # fmt: skip
    worker = [*celery, "worker", "--concurrency", "1", "--loglevel", "INFO", "--without-gossip",
              "--without-mingle"]  # fmt: skip
    beat = [*celery, "beat", "--loglevel", "WARNING", "--pidfile", ""]
    return [
        *services,
        Child("worker", worker, env),
        Child("beat", beat, env),
        Child("web", web, env),
    ]


def _write_demo_file(path: Path, *, url: str, logins: list[Login]) -> None:
    """Last of all, and in one go: who finds the file finds a demo that is ready."""
    content = {"url": url, "logins": [vars(login) for login in logins]}
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(content, indent=2))
    draft.chmod(0o600)
    draft.replace(path)
