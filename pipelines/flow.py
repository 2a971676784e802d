"""What follows what: one table, read by whoever follows a run up, by the clock and by the page."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from campaigns.messages import is_sending
from campaigns.models import Campaign
from campaigns.services.delivery import request_delivery
from campaigns.services.lifecycle import finish_due
from customers.finding import propose
from ingestion.clearing import clear_undo
from ingestion.models import Load
from pipelines import measuring, services, training
from pipelines.nights import MOVES, measuring_is_due, refresh_is_due, training_is_due
from runs.models import Run, RunState


class How(StrEnum):
    BY_HAND = "when somebody or a program brings rows"
    AT_ONCE = "at once"
    DEBOUNCED = "once the loads are quiet"
    TIMED = "by the clock"


@dataclass(frozen=True)
class FlowStep:
    """``start`` hears of each finished run named in ``after``; ``tonight`` is asked by the clock.

    ``run`` is the name of the runs that the step is done by; a ``part`` of a refresh is one that
    was asked for some of its parts only.
    """

    key: str
    run: str
    title: str
    says: str
    how: How
    after: tuple[str, ...] = ()
    start: Callable[[Run], None] | None = None
    tonight: Callable[[datetime], None] | None = None
    part: bool = False


# The kind of file that says who customers are.
PEOPLE = "customers"
FOLLOW_UP_AFTER = timedelta(seconds=5)


def refresh_tonight(now: datetime) -> None:
    if refresh_is_due(now):
        services.request_refresh(as_of=services.usual_as_of(now))


def measure_tonight(now: datetime) -> None:
    if measuring_is_due(now):
        measuring.request_measuring()


def finish_campaigns(now: datetime) -> None:
    finish_due(now)


def clear_old_undo(now: datetime) -> None:
    if settings.UNDO_DAYS:
        clear_undo(before=now - timedelta(days=settings.UNDO_DAYS))


def deliver_after(run: Run) -> None:
    campaign = Campaign.objects.filter(launch_run=run).first()
    if run.state == RunState.SUCCEEDED and campaign is not None and is_sending(campaign):
        request_delivery(campaign=campaign)


def train_tonight(now: datetime) -> None:
    if training_is_due(now):
        training.request_training()


def propose_after(run: Run) -> None:
    """Only a file of customers, an undo or a merge changes who may be one."""
    other = Load.objects.filter(run=run).exclude(kind=PEOPLE).exists()
    if run.state == RunState.SUCCEEDED and not other:
        propose(at=timezone.now())


FLOW: tuple[FlowStep, ...] = (
    FlowStep(
        "import", "import", "Rows come in", "A file, or rows posted by a program", How.BY_HAND
    ),
    FlowStep(
        "update", "update_customers", "Changed customers",
        "Features, groups, scores and segments of those whom a small load changed",
        How.AT_ONCE, after=MOVES, start=services.update_after,
    ),
    FlowStep(
        "refresh", "refresh", "Everybody", "Features, groups, scores, segments and lists",
        How.DEBOUNCED, after=(*MOVES, "erase"), start=services.refresh_after,
        tonight=refresh_tonight,
    ),
    FlowStep(
        "duplicates", "", "", "Customers who may be one person are proposed, never merged",
        How.AT_ONCE, after=MOVES, start=propose_after,
    ),
    FlowStep(
        "take_back", "refresh", "", "A refresh that did not end well leaves what was there before",
        How.AT_ONCE, after=("refresh",), start=services.clear_up_after,
    ),
    FlowStep(
        "deliver", "deliver", "Messages leave",
        "E-mail of a launched campaign, to each customer once",
        How.AT_ONCE, after=("launch",), start=deliver_after,
    ),
    FlowStep(
        "finish", "", "", "Campaigns whose horizon is over are finished",
        How.TIMED, tonight=finish_campaigns,
    ),
    FlowStep(
        "undo", "", "", "What loads replaced is let go of after so many days",
        How.TIMED, tonight=clear_old_undo,
    ),
    FlowStep(
        "results", "measure", "Campaign results",
        "What running campaigns brought so far, against their control groups",
        How.AT_ONCE, after=MOVES, start=measuring.measure_after, tonight=measure_tonight,
    ),
    FlowStep(
        "train", "train", "Models learn again",
        "From what came since, campaigns included; compared, and promoted where they are better",
        How.TIMED, tonight=train_tonight,
    ),
    FlowStep(
        "scores", "refresh", "Scores and lists anew", "By the models that answer now",
        How.AT_ONCE, after=("train",), start=services.score_after, part=True,
    ),
)  # fmt: skip


@transaction.atomic
def follow_up(*, run_pk: int) -> bool:
    """Do what follows a finished run, once. False when it was done or is being done elsewhere."""
    run = (
        Run.objects.select_for_update(skip_locked=True)
        .filter(pk=run_pk, finished_at__isnull=False, followed_up_at=None)
        .first()
    )
    if run is None:
        return False
    for step in FLOW:
        if step.start and run.name in step.after:
            step.start(run)
    run.followed_up_at = timezone.now()
    run.save(update_fields=["followed_up_at"])
    return True


def sweep() -> int:
    """Follow up the runs whose wake-up was lost, as when a process died right after its commit."""
    missed = Run.objects.filter(
        finished_at__lt=timezone.now() - FOLLOW_UP_AFTER, followed_up_at=None
    )
    return sum(follow_up(run_pk=pk) for pk in missed.order_by("id").values_list("pk", flat=True))


def strike(*, now: datetime) -> None:
    """What is due by the clock; asked every few minutes, also after a night that nobody was up."""
    for step in FLOW:
        if step.tonight:
            step.tonight(now)
