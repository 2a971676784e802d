"""What is due by the organisation's clock; nothing is where nothing has changed."""

from datetime import datetime, time, timedelta

from django.conf import settings
from django.db.models import Max, QuerySet

from campaigns.looks import anything_moving
from campaigns.models import Outcome
from core.localtime import local_wall
from core.selectors import organisation_zone
from ingestion.selectors import loads_to_look_at
from pipelines.services import MERGE, anything_to_rank, usual_as_of
from pipelines.trainers import MODELS
from runs.models import MOVING, ModelVersion, Run, RunState

A_DAY = timedelta(days=1)
LOADS = ("import", "undo_import")
# What else gives rows to other customers.
MOVES = (*LOADS, MERGE)


def night_of(day: datetime, days: int = 0) -> datetime:
    """The moment of the night's work on the local day of ``day``, or some days after it."""
    zone = organisation_zone()
    date = local_wall(day, zone).date() + timedelta(days=days)
    return datetime.combine(date, time(settings.NIGHTLY_HOUR), tzinfo=zone)


def last_night(now: datetime) -> datetime:
    tonight = night_of(now)
    return tonight if tonight <= now else night_of(now, -1)


def next_night(now: datetime) -> datetime:
    tonight = night_of(now)
    return tonight if tonight > now else night_of(now, 1)


def full_refreshes() -> QuerySet[Run]:
    return Run.objects.filter(name="refresh", arguments__only=[])


def refresh_is_due(now: datetime) -> bool:
    """Once a night, unless a refresh has been since, or would say what the last one said."""
    last = full_refreshes().first()
    moving = Run.objects.filter(name="refresh", state__in=MOVING).exists()
    if last is None or moving or last.created_at >= last_night(now):
        return False
    return anything_to_rank() and refresh_would_differ(last, now)


def refresh_would_differ(last: Run, now: datetime) -> bool:
    """Rows came or went, or another day has begun since; the demo's data stay on their last day."""
    zone = organisation_zone()
    said = local_wall(datetime.fromisoformat(last.arguments["as_of"]), zone).date()
    another_day = local_wall(usual_as_of(now), zone).date() != said
    return another_day or last.state != RunState.SUCCEEDED or rows_changed_since(last.created_at)


def measuring_is_due(now: datetime) -> bool:
    """Once a night while a campaign runs: its horizon ends by the clock, with or without a load."""
    last = Run.objects.filter(name="measure").aggregate(at=Max("created_at"))["at"]
    return (last is None or last < last_night(now)) and anything_moving(now)


def training_is_due(now: datetime) -> bool:
    """So many days after models were last trained, in the night, where anything came since.

    Not while a load of poor quality waits for somebody to look at it.
    """
    last, due = last_training(), next_training(now)
    if last is None or due is None or now < due or loads_to_look_at().exists():
        return False
    return rows_changed_since(last) or Outcome.objects.filter(at__gt=last).exists()


def last_training() -> datetime | None:
    """When models were trained or somebody tried to."""
    trained = ModelVersion.objects.filter(name__in=MODELS).aggregate(at=Max("created_at"))["at"]
    tried = Run.objects.filter(name="train").aggregate(at=Max("created_at"))["at"]
    return max(filter(None, (trained, tried)), default=None)


def next_training(now: datetime) -> datetime | None:
    """None where models are never trained by the clock, or never were."""
    last = last_training()
    if last is None or settings.RETRAIN_EVERY_DAYS == 0:
        return None
    due = night_of(last, settings.RETRAIN_EVERY_DAYS)
    return due if due > last else due + A_DAY


def rows_changed_since(moment: datetime) -> bool:
    loads = Run.objects.filter(
        name__in=MOVES, state=RunState.SUCCEEDED, finished_at__gt=moment
    ).exclude(result__customers=[])
    return loads.exists()
