import json
import os
import secrets
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import connections
from tqdm import tqdm

from cba_site.background import MODELS
from cba_site.demo import prepare
from cba_site.demo.logins import Login, close_logins
from cba_site.local import database, valkey
from cba_site.local.child import Child
from cba_site.local.followers import FOLLOWS, Followers
from cba_site.local.home import CannotStart
from cba_site.local.supervisor import Supervisor, answers, chosen_port, only_one, refuse_a_busy_port
from core.errors import Refused

STOP_ORDER = ["web", "beat", "worker", "models", "valkey"]


class Command(BaseCommand):
    help = "Bring up web, worker, schedule, broker and database; Ctrl-C stops them in order."
    requires_system_checks: list[str] = []
    _ready = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--demo", action="store_true", help="with a real grocer's year")

    def handle(self, *args: Any, **options: Any) -> None:
        demo_file = settings.CBA_HOME / "demo.json"
        try:
            with only_one(settings.CBA_HOME):
                demo_file.unlink(missing_ok=True)
                self._run(demo=options["demo"], demo_file=demo_file)
        except (CannotStart, Refused) as failure:
            self.stderr.write(str(failure))
            raise SystemExit(1) from failure

    def _run(self, *, demo: bool, demo_file: Path) -> None:
        host, port = os.environ.get("HOST") or "127.0.0.1", chosen_port()
        refuse_a_busy_port(host, port)
        url = f"http://localhost:{port}"
        instance = secrets.token_hex(8)
        self._followers = Followers(environment(""))
        (settings.CBA_HOME / "incoming").mkdir(exist_ok=True)
        self._supervisor = Supervisor(
            children(bind=f"{host}:{port}", instance=instance),
            logs=settings.CBA_HOME / "logs",
            say=tqdm.write,
            also=self._look_after,
        )
        if not demo:
            close_logins()
        try:
            self._supervisor.start()
            self._supervisor.wait_until(
                lambda: answers(f"http://127.0.0.1:{port}/readyz", instance), what="The site"
            )
            if demo:
                self._show_demo(url=url, demo_file=demo_file)
            self._ready = True
            self.stdout.write(f"\nReady: {url}   (Ctrl-C stops everything)")
            self.stdout.flush()
            connections.close_all()
            self._supervisor.tend_until_stopped()
        except KeyboardInterrupt:
            self.stdout.write("\nStopping.")
            self.stdout.flush()
        finally:
            demo_file.unlink(missing_ok=True)
            self._supervisor.stop([*self._supervisor.names(FOLLOWS), *STOP_ORDER])

    def _show_demo(self, *, url: str, demo_file: Path) -> None:
        self.stdout.write(f"{url} answers already; the demo shop is being brought in.")
        self.stdout.flush()
        bars = Bars(self._supervisor)
        try:
            logins = prepare(progress=bars)
        finally:
            bars.close()
        for login in logins:
            self.stdout.write(f"  {login.role:<10} {login.email:<30} {login.password}")
        _write_demo_file(demo_file, url=url, logins=logins)

    def _look_after(self) -> None:
        self._look_after_database()
        if self._ready:
            self._followers.look_after(self._supervisor)

    def _look_after_database(self) -> None:
        before = os.environ["DATABASE_URL"]
        if not database.revive():
            return
        tqdm.write("Postgres had stopped and was started again.")
        connections.close_all()
        if os.environ["DATABASE_URL"] != before:
            self._supervisor.restart()


class Bars:
    """A bar per step on stderr. Each report is also a moment to look after the children."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self._title = ""
        self._bar: tqdm | None = None

    def __call__(self, title: str, share: float) -> None:
        self._supervisor.tend()
        if title != self._title:
            self.close()
            self._title = title
            form = "{desc:<20}{bar:40}{n:>4.0f} %  {elapsed}"
            self._bar = tqdm(total=100, desc=title, bar_format=form)
        assert self._bar is not None
        self._bar.n = round(share * 100)
        self._bar.refresh()

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


def children(*, bind: str, instance: str) -> list[Child]:
    """What runs under the supervisor, in the order of start."""
    env = environment(instance)
    services: list[Child] = []
    if own_port := os.environ.get(valkey.OWN_PORT):
        folder = settings.CBA_HOME / "valkey"
        services.append(Child("valkey", valkey.command(folder=folder, port=int(own_port))))
        valkey.publish_port(int(own_port))
    return [
        *services,
        Child("worker", _worker("celery"), env),
        Child("models", _worker(MODELS), env),
        Child("beat", _celery("beat", "--loglevel", "WARNING", "--pidfile", ""), env),
        Child("web", _web(bind), env),
    ]


def environment(instance: str) -> dict[str, str]:
    return {
        # Numbers are crunched by Polars' and BLAS' own threads: few, and not spinning.
        "POLARS_MAX_THREADS": "2",
        "OMP_NUM_THREADS": "2",
        "OMP_WAIT_POLICY": "PASSIVE",
        # Thousands of solves of 64 × 64: two threads wait for each other longer than they work.
        "OPENBLAS_NUM_THREADS": "1",
        # Each child's output is a log of its own.
        "LOG_FILE": "",
        "CBA_INSTANCE": instance,
        "DJANGO_SETTINGS_MODULE": "cba_site.settings",
    }


def _worker(queue: str) -> list[str]:
    return _celery(
        "worker", "--queues", queue, "--hostname", f"{queue}@%h", "--concurrency", "1",
        "--prefetch-multiplier", "1", "--loglevel", "INFO", "--without-gossip", "--without-mingle",
    )  # fmt: skip


def _celery(*words: str) -> list[str]:
    return [sys.executable, "-m", "celery", "--app", "cba_site.local.worker", *words]


def _web(bind: str) -> list[str]:
    """Threads in one process: Polars is not safe across a fork, so nothing is loaded before it."""
    return [
        sys.executable, "-m", "gunicorn", "cba_site.wsgi",
        "--config", "python:cba_site.local.gunicorn_hooks", "--bind", bind,
        "--worker-class", "gthread", "--workers", "1", "--threads", "8", "--timeout", "120",
        "--graceful-timeout", "5", "--worker-tmp-dir", str(settings.CBA_HOME),
        "--no-control-socket",
    ]  # fmt: skip


def _write_demo_file(path: Path, *, url: str, logins: list[Login]) -> None:
    """Last of all, and in one go: who finds the file finds a demo that is ready."""
    content = {"url": url, "logins": [vars(login) for login in logins]}
    draft = path.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(content, indent=2))
    draft.replace(path)
