"""Every page of the demo, as four people have them open at once, each their own."""

import csv
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.measuring import Result, measured
from benchmarks.visitor import Demo, Visitor
from cba_site.local.postgres import free_port

MATRIX = Path(__file__).parents[1] / "tests" / "matrix.csv"
CLIENTS, ROUNDS, LIMIT_MS = 4, 10, 200
READY_SECONDS = 900
# What a route's parameter looks like within an address.
PARTS = {"int": r"\d+", "slug": r"[-\w]+", "str": r"[^/?]+", "path": r"[^?]+"}


@dataclass(frozen=True)
class Opened:
    """A page somebody may open: the route of it, by which role, at which address."""

    route: str
    role: str
    path: str


def open_every_page(home: Path) -> Result:
    """Until the last byte is here, in ms: the slowest page's 95th percentile, each page printed."""
    with _demo(home) as demo:
        visitors = {role: Visitor(demo.url, login) for role, login in demo.logins.items()}
        pages, unseen = _pages(visitors)
        for page in pages:
            visitors[page.role].seconds(page.path)
        took = _opened_by_four(visitors, pages)
    slowest = _told(took)
    over = [p for p, times in took.items() if _p95(times) > LIMIT_MS]
    note = f"{len(pages)} pages, {len(over)} over {LIMIT_MS} ms; slowest /{slowest.route}"
    if unseen:
        note += f"; nothing of the demo leads to {', '.join(unseen)}"
    return measured("pages", _p95(took[slowest]), None, "ms", note)


@contextmanager
def _demo(home: Path) -> Iterator[Demo]:
    """The demo that runs in DEMO_HOME; one that lies there is started, and an empty one filled."""
    home = Path(os.environ.get("DEMO_HOME") or home / "demo")
    if (home / "demo.json").exists():
        yield Demo(home)
        return
    ours = {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"}
    env = {name: value for name, value in os.environ.items() if name not in ours}
    running = subprocess.Popen(
        [sys.executable, "manage.py", "up", "--demo"],
        env={**env, "CBA_HOME": str(home), "PORT": str(free_port())},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + READY_SECONDS
        while not (home / "demo.json").exists():
            assert running.poll() is None, "the demo ended"
            assert time.monotonic() < deadline, "the demo is not ready"
            time.sleep(0.5)
        yield Demo(home)
    finally:
        running.terminate()
        running.wait()


def _pages(visitors: dict[str, Visitor]) -> tuple[list[Opened], list[str]]:
    """Each page by the first role that may open it, homes by all; and routes without a page here.

    A parameter is whatever the links of other pages put in its place.
    """
    rows = [
        row
        for row in csv.DictReader(MATRIX.read_text().splitlines())
        if row["method"] == "GET" and not row["route"].startswith("api/")
    ]
    links = {role: _links(visitor, rows) for role, visitor in visitors.items()}
    found: list[Opened] = []
    unseen = []
    for row in rows:
        route = row["route"]
        may = [role for role in visitors if row[role] == "allowed"]
        opened = [
            Opened(route, role, path)
            for role in may
            if (path := _address(route, links[role])) and visitors[role].is_page(path)
        ]
        found += opened if route == "" else opened[:1]
        if not opened and not any(_address(route, links[role]) for role in may):
            unseen.append(f"/{route}")
    return found, unseen


def _links(visitor: Visitor, rows: list[dict[str, str]]) -> list[str]:
    """Where the pages without a parameter lead, and where one page of each other route leads."""
    may = [row["route"] for row in rows if row[visitor.role] == "allowed"]
    seen = [f"/{route}" for route in may if "<" not in route]
    first = [link for path in seen for link in visitor.links(path)]
    one = [path for route in may if "<" in route and (path := _address(route, first))]
    return [*seen, *first, *(link for path in one for link in visitor.links(path))]


def _address(route: str, links: list[str]) -> str | None:
    """The first link that is of this route; a route without a parameter is its own."""
    if "<" not in route:
        return f"/{route}"
    pattern = re.escape(f"/{route}").replace(r"\<", "<").replace(r"\>", ">")
    pattern = re.sub(r"<(\w+):\w+>", lambda part: PARTS[part[1]], pattern)
    whole = re.compile(rf"{pattern}(\?.*)?")
    # "new" and "moves" are pages of their own and nobody's name.
    taken = ("/new/", "/moves/")
    return next((a for a in links if whole.fullmatch(a) and not a.endswith(taken)), None)


def _opened_by_four(visitors: dict[str, Visitor], pages: list[Opened]) -> dict[Opened, list[float]]:
    """Seconds of each; everybody goes through all pages many times, in an order of their own."""
    took: dict[Opened, list[float]] = {page: [] for page in pages}

    def client(number: int) -> None:
        dice = random.Random(number)  # noqa: S311  (an order, not a secret)
        for _ in range(ROUNDS):
            for page in dice.sample(pages, len(pages)):
                took[page].append(visitors[page.role].seconds(page.path))

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(client, range(CLIENTS)))
    return took


def _told(took: dict[Opened, list[float]]) -> Opened:
    """Prints a line a page, the slowest first, which is answered."""
    ordered = sorted(took, key=lambda page: -_p95(took[page]))
    for page in ordered:
        middle = float(np.percentile(took[page], 50)) * 1000
        print(f"  {_p95(took[page]):>8.1f} ms p95 {middle:>8.1f} p50  {page.role:<10}{page.path}")
    return ordered[0]


def _p95(times: list[float]) -> float:
    return float(np.percentile(times, 95)) * 1000
