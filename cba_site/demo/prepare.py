"""Brings the demo shop in through the ordinary doors: loads by a worker, a refresh, campaigns."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import polars as pl
from django.utils import timezone

import ingestion.services
import pipelines.services
from cba_site.demo import history, people, said
from cba_site.demo.campaigns import run_campaigns
from cba_site.demo.files import published, written
from cba_site.demo.logins import Login, open_logins
from cba_site.demo.waiting import Progress, wait
from cba_site.demo.work import make_work_lists
from core.localtime import day_after
from core.selectors import organisation_zone
from core.services import configure_organisation
from ingestion.models import Load
from ingestion.presets import GENERIC
from runs.models import MOVING, RunState
from segmentation.models import Grouping
from transactions.selectors import last_order_at

SOURCE = "complete-journey"
# So many products of a household are looked at on the web.
LOOKED_AT = 8


@dataclass(frozen=True)
class Part:
    """One file of the demo, loaded once; ``make`` gives its path when it is needed."""

    title: str
    kind: str
    preset: str
    make: Callable[[], Path]
    mapping: dict


def prepare(*, progress: Progress) -> list[Login]:
    """Load what is missing, refresh once as of the last day, run two campaigns, list calls."""
    configure_organisation(
        name="Complete Journey",
        time_zone="America/New_York",
        currency="USD",
        horizon_days=28,
        is_demo=True,
    )
    for part in _parts():
        _load(part, progress)
    as_of = _last_midnight()
    _refresh(as_of, progress)
    logins = open_logins()
    run_campaigns(as_of=as_of, progress=progress)
    make_work_lists(at=timezone.now())
    return logins


def _parts() -> Iterator[Part]:
    """Customers before their orders, so that each load only inserts and can be undone."""
    synthetic = {"options": {"synthetic": True}}
    yield Part("Products", "products", SOURCE, partial(published, "products"), {})
    yield Part("Customers", "customers", GENERIC, _customers, synthetic)
    yield Part("Order lines", "order_lines", SOURCE, partial(published, "transactions"), {})
    yield Part("Consents", "consents", GENERIC, _consents, {})
    yield Part("Past campaigns", "past_campaigns", GENERIC, _past_campaigns, {})
    yield Part("Coupons redeemed", "outcomes", GENERIC, _redemptions, {})
    yield Part("Support requests", "interactions", GENERIC, _interactions, synthetic)
    yield Part("Survey answers", "feedback", GENERIC, _feedback, synthetic)
    yield Part("Web visits", "events", GENERIC, _events, synthetic)


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
    wait(load.run, part.title, progress)


def _refresh(as_of: datetime, progress: Progress) -> None:
    if Grouping.objects.filter(promoted=True).count() == 2:
        progress("Features and groups", 1.0)
        return
    run = pipelines.services.request_refresh(as_of=as_of)
    wait(run, "Features and groups", progress)


def _customers() -> Path:
    ages = dict(pl.read_parquet(published("demographics"), columns=["household_id", "age"]).rows())
    age_of = {str(household): ages.get(household) for household in _households()}
    return written("customers", people.customers(age_of, on=timezone.now().date()))


def _consents() -> Path:
    stated_at = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return written("consents", people.consents(_ids(), at=stated_at - timedelta(days=365)))


def _past_campaigns() -> Path:
    members, told = (
        pl.read_parquet(published(table)) for table in ("campaigns", "campaign_descriptions")
    )
    return written("past_campaigns", history.campaigns(members, told))


def _redemptions() -> Path:
    redeemed = pl.read_parquet(published("coupon_redemptions"))
    return written("redemptions", history.redemptions(redeemed))


def _interactions() -> Path:
    return written("interactions", _requests())


def _feedback() -> Path:
    answers = said.feedback(_ids(), _requests(), until=_last_midnight())
    return written("feedback", answers)


def _events() -> Path:
    """Each household looks at what it buys most."""
    lines = pl.scan_parquet(published("transactions"))
    counted = lines.group_by("household_id", "product_id").len()
    ranked = counted.sort("household_id", "len", "product_id", descending=[False, True, False])
    liked = ranked.group_by("household_id", maintain_order=True).head(LOOKED_AT).collect()
    texts = liked.select(pl.col("household_id", "product_id").cast(pl.String))
    bought: dict[str, list[str]] = {}
    for household, product in texts.iter_rows():
        bought.setdefault(household, []).append(product)
    return written("events", said.events(bought, until=_last_midnight()))


def _requests() -> pl.DataFrame:
    return said.interactions(_ids(), until=_last_midnight())


def _last_midnight() -> datetime:
    """The end of the last day of data, once the orders are in."""
    newest = last_order_at()
    assert newest is not None
    return day_after(newest, organisation_zone())


def _ids() -> list[str]:
    return [str(household) for household in _households()]


def _households() -> list[int]:
    lines = pl.scan_parquet(published("transactions"))
    return lines.select("household_id").unique().collect()["household_id"].to_list()
