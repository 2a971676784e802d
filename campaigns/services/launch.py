"""Launch: the audience is decided and frozen once, in one transaction, as the job of a run."""

from datetime import datetime, timedelta
from typing import Any

import polars as pl
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from campaigns.audience import (
    counts,
    decided,
    refuse_nobody,
    refuse_over_budget,
    terms_of,
)
from campaigns.models import Assignment, Campaign, CampaignState, Message, MessageState, Variant
from campaigns.services.planning import being_launched, locked
from core.bulk import copy_in
from core.errors import Conflict, Refused
from core.localtime import local_wall
from core.locks import hold_lock
from core.selectors import organisation_zone
from core.services import record_audit
from customers.erased import hold_erasures
from customers.models import Channel
from runs.models import Run, RunState
from runs.services import perform, request
from runs.work import Step, Work

TASK = "campaigns.tasks.launch"
# So many are frozen while whoever clicked waits; more are left to the worker.
AT_ONCE = 5_000
PART_ROWS = 50_000


class NotLaunched(Refused):
    code = "not_launched"


def launch_campaign(
    *, campaign: Campaign, actor: User | None, at: datetime | None = None, wait: bool | None = None
) -> Campaign:
    """Launch an approved campaign, here where it is small, or else by the worker.

    ``wait`` decides instead of the size. ``at``: the moment of the launch, where it is not when
    the work is done. What stands in the way is refused, and the campaign stays approved.
    """
    here = campaign.counts.get("found", 0) <= AT_ONCE if wait is None else wait
    run = request_launch(campaign=campaign, actor=actor, at=at, send=not here)
    if here:
        ended = perform(run=run, job=launch)
        if ended.state == RunState.FAILED:
            raise NotLaunched(f"{ended.error} {ended.remedy}".strip())
    return Campaign.objects.get(pk=campaign.pk)


@transaction.atomic
def request_launch(
    *, campaign: Campaign, actor: User | None, at: datetime | None = None, send: bool = True
) -> Run:
    """Write the launch down; a second click is refused while there is one."""
    campaign = locked(campaign)
    _refuse_unready(campaign)
    if being_launched(campaign):
        raise Conflict("The campaign is being launched already. Nobody is written to twice.")
    arguments = {"campaign": campaign.pk, "at": at.isoformat() if at else None}
    run = request(name="launch", task=TASK, arguments=arguments, actor=actor, send=send)
    campaign.launch_run = run
    campaign.save(update_fields=["launch_run"])
    record_audit(actor=actor, verb="launch_campaign", subject=campaign.slug)
    return run


def launch(work: Work) -> dict[str, Any]:
    """The job of a launch. An attempt after one that has committed finds it done."""
    campaign = Campaign.objects.get(pk=work.run.arguments["campaign"])
    work.plan(1)
    with work.step("freeze") as step:
        return freeze(campaign=campaign, run=work.run, step=step)


@transaction.atomic
def freeze(*, campaign: Campaign, run: Run, step: Step) -> dict[str, Any]:
    """Decide for everybody whom the rule fits now, write the receipt, and queue the messages."""
    campaign = locked(campaign)
    if campaign.launched_at is not None and campaign.launch_run_id == run.pk:
        return campaign.counts
    _refuse_unready(campaign)
    # One launch at a time, so that two campaigns never take the same customer; and an erasure
    # waits for the rows that it has to find.
    hold_lock("campaigns.launch")
    hold_erasures()
    asked = run.arguments["at"]
    at = datetime.fromisoformat(asked) if asked else timezone.now()
    terms = terms_of(campaign)
    frame = decided(terms, at=at, lock=True)
    counted = counts(frame, terms)
    refuse_nobody(counted)
    refuse_over_budget(counted, offer_cost=campaign.offer_cost_minor, budget=campaign.budget_minor)
    _write(campaign, frame, step)
    campaign.state, campaign.counts = CampaignState.RUNNING, counted
    campaign.launched_at = at
    campaign.ends_at = end_of_horizon(at, campaign.horizon_days)
    campaign.save()
    record_audit(actor=None, verb="freeze_audience", subject=campaign.slug, detail=counted)
    return counted


def end_of_horizon(launched_at: datetime, days: int) -> datetime:
    """The same time of the organisation's clock so many days later, whatever the clocks did."""
    zone = organisation_zone()
    wall = local_wall(launched_at, zone) + timedelta(days=days)
    return wall.replace(tzinfo=zone).astimezone(launched_at.tzinfo)


def _refuse_unready(campaign: Campaign) -> None:
    said = {
        CampaignState.DRAFT: "The campaign has to be approved by a second person first.",
        CampaignState.RUNNING: "The campaign was launched already. Nobody is written to twice.",
        CampaignState.FINISHED: "The campaign has run to its end. Make a new one instead.",
        CampaignState.STOPPED: "The campaign was stopped for good. Make a new one instead.",
    }
    state = CampaignState(campaign.state)
    if state in said:
        raise Conflict(said[state])


def _write(campaign: Campaign, frame: pl.DataFrame, step: Step) -> None:
    """Assignments, and for e-mail a message for each treated customer; by COPY."""
    wordings = Variant.objects.filter(campaign=campaign).values_list("position", "pk")
    variant = pl.col("variant").replace_strict(dict(wordings), default=None, return_dtype=pl.Int64)
    rows = frame.select(
        pl.lit(campaign.pk).alias("campaign_id"),
        pl.col("customer_pk").alias("customer_id"),
        "decision",
        "reason",
        variant.alias("variant_id"),
    )
    treated = rows.filter(pl.col("variant_id").is_not_null())
    messages = treated.select(
        "campaign_id",
        "customer_id",
        "variant_id",
        pl.lit(1).alias("step"),
        pl.lit(MessageState.QUEUED.value).alias("state"),
        *(pl.lit("").alias(name) for name in ("reason", "worker")),
        pl.lit(0).alias("attempts"),
    )
    if campaign.channel != Channel.EMAIL:
        messages = messages.clear()
    of = rows.height + messages.height
    done = _copy(Assignment._meta.db_table, rows, step, done=0, of=of)
    _copy(Message._meta.db_table, messages, step, done=done, of=of)


def _copy(table: str, frame: pl.DataFrame, step: Step, *, done: int, of: int) -> int:
    for part in frame.iter_slices(PART_ROWS):
        done += copy_in(table=table, frame=part)
        step.wrote(done, of=of)
    return done
