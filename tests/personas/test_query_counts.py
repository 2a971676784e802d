"""A page asks the database as often for ten thousand customers as for a hundred."""

import csv
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import polars as pl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from analytics.simulation import ShopOptions, simulate
from campaigns.models import Assignment, Campaign, Message, Slot
from campaigns.services.approval import approve_campaign
from campaigns.services.launch import launch_campaign
from campaigns.services.planning import create_campaign
from campaigns.services.slots import create_slot
from cba_site.simulated_shop import shop_frames
from ingestion.models import Load
from runs.models import Run
from segmentation.models import Segment
from tests.api.test_access import MATRIX, ROLES
from tests.conftest import person
from tests.shops.coming_in import bring_in, refreshed
from transactions.selectors import last_order_at

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]

FEW, MANY, LINES = 100, 10_000, 40_000
REGULAR = 5
KINDS = ("products", "customers", "consents", "order_lines")
ROWS = [
    row
    for row in csv.DictReader(MATRIX.read_text().splitlines())
    if row["method"] == "GET" and not row["route"].startswith("api/")
]
# What stands in the place of each parameter; a route whose thing is not in this shop is left out.
THINGS = {
    "customers/<path:customer_id>/": "{customer}",
    "imports/<int:number>/": "{load}",
    "runs/<int:number>/": "{run}",
    "predictions/<slug:name>/": "churn",
    "segments/<slug:slug>/": "{segment}",
    "campaigns/<int:pk>/": "{running}",
    "campaigns/<int:pk>/result/": "{running}",
    "campaigns/<int:pk>/message/": "{running}",
    "campaigns/<int:pk>/edit/": "{draft}",
    "slots/<slug:slug>/": "home",
    "slots/<slug:slug>/try/": "home",
    "slots/<slug:slug>/edit/": "home",
}
# They answer only what their address says, which other pages link to.
ASKED = ("segments/moves/people/", "segments/moves/people/export/", "worklists/new/")
PAGES = [
    row["route"]
    for row in ROWS
    if ("<" not in row["route"] or row["route"] in THINGS) and row["route"] not in ASKED
]


def test_every_page_asks_as_often_for_ten_thousand_as_for_a_hundred(tmp_path):
    """One shop that grows."""
    frames = shop_frames(simulate(ShopOptions(customers=MANY, lines=LINES, seed=5)))
    first = _first(frames["order_lines"])
    _open(tmp_path, frames, only=first)
    few = _counted(_things(first[0]))
    _open(tmp_path, frames)
    many = _counted(_things(first[0]))
    assert len(few) > len(PAGES)
    more = {page: many[page] - few[page] for page in few if many[page] != few[page]}
    assert more == {}


def _first(lines: pl.DataFrame) -> pl.Series:
    """Those who buy most, and regular customers who are silent longer than ever.

    Every page has all its parts: among few others nobody is regular, and sales calls nobody.
    """
    days = lines.select("customer_id", day=pl.col("occurred_at").cast(pl.Date)).unique()
    gaps = (
        days.sort("day")
        .group_by("customer_id")
        .agg(days=pl.len(), gap=pl.col("day").diff().max(), last=pl.col("day").max())
    )
    silent = pl.col("last").max() - pl.col("last")
    quiet = gaps.filter((pl.col("days") >= REGULAR) & (silent > pl.col("gap")))
    quiet = quiet.sort(["last", "customer_id"])["customer_id"][: FEW // 2]
    buyers = lines["customer_id"].value_counts(name="lines")
    buyers = buyers.sort(["lines", "customer_id"], descending=True)["customer_id"]
    return pl.concat([quiet, buyers]).unique(maintain_order=True)[:FEW]


def _open(folder: Path, frames: dict[str, pl.DataFrame], only: pl.Series | None = None) -> None:
    for kind in KINDS:
        frame = frames[kind]
        if only is not None and "customer_id" in frame.columns:
            frame = frame.filter(pl.col("customer_id").is_in(only.implode()))
        bring_in(folder, frame.write_csv(), kind)
    newest = last_order_at()
    as_of = datetime.combine(newest.date() + timedelta(days=1), time(), tzinfo=UTC)
    # Models are trained on the few; the lists of products that they make stay those of then.
    refreshed(as_of, only=[] if only is not None else ["features", "segments", "scores"])


def _counted(things: dict[str, object]) -> dict[tuple[str, str], int]:
    """{(route, role): queries}."""
    return {
        (route, role): _queries(route, role, things) for route in PAGES for role in _roles(route)
    }


def _things(customer: str) -> dict[str, object]:
    """A draft, a campaign that runs over everybody, and the newest of what else has a page.

    As many campaigns as before: pages may look at each of the few that they show.
    """
    for model in (Message, Assignment, Campaign):
        model.objects.all().delete()
    mara, sam = person("mara"), person("sam")
    now = datetime.now(UTC)
    asked = {
        "definition": {"feature": "purchase_frequency", "op": ">=", "value": 1},
        "channel": "email",
        "variants": [{"name": "A", "subject": "Hello", "body": "Come in"}],
        "actor": mara,
        "at": now,
    }
    draft = create_campaign(name="Later", **asked)
    running = create_campaign(name="Now", **asked)
    running = approve_campaign(campaign=running, actor=sam, at=now)
    running = launch_campaign(campaign=running, actor=mara, at=now, wait=True)
    if not Slot.objects.exists():
        create_slot(actor=mara, name="Home", place="", entries=[], fallback={"kind": "nothing"})
    return {
        "customer": customer,
        "load": Load.objects.latest("pk").pk,
        "run": Run.objects.filter(name="refresh").latest("pk").pk,
        "segment": Segment.objects.filter(kind="rfm").earliest("pk").slug,
        "running": running.pk,
        "draft": draft.pk,
    }


def _roles(route: str) -> list[str]:
    """Everybody has a home; any other page is looked at by the first who may."""
    row = next(row for row in ROWS if row["route"] == route)
    may = [role for role in ROLES if row[role] == "allowed"]
    return may if route == "" else may[:1]


def _queries(route: str, role: str, things: dict[str, object]) -> int:
    """Of the second look: the first one may fill what is kept in memory."""
    client = Client()
    client.force_login(person(ROLES[role]))
    address = f"/{route}"
    if route in THINGS:
        start, _, end = address.partition("<")
        address = start + THINGS[route].format(**things) + end.partition(">")[2]
    assert client.get(address).status_code == 200, address
    with CaptureQueriesContext(connection) as asked:
        client.get(address)
    return len(asked)
