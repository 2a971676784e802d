"""Verbs of measurement: work out what each campaign brought, and freeze it after its horizon."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Sum

from campaigns.looks import waiting_for_results
from campaigns.measuring import figures
from campaigns.models import Campaign, Origin, Result
from campaigns.verdicts import verdict
from core.formats import short_day
from core.localtime import day_after
from core.selectors import organisation_zone
from core.services import record_audit
from features.models import FeatureSnapshot
from ingestion.models import Load
from runs.models import RunState
from transactions.models import MirrorFile
from transactions.selectors import last_order_at

# Orders of the last days may come in so late; afterwards a result is frozen with what is known.
GRACE = timedelta(days=3)
MOMENT = timedelta(microseconds=1)


def update_results(now: datetime) -> list[Result]:
    """One look at every launched campaign that is not frozen yet.

    A look that would say nothing new leaves no row.
    """
    return [
        result
        for pk in waiting_for_results(now).values_list("pk", flat=True)
        if (result := update_result(campaign_pk=pk, now=now))
    ]


@transaction.atomic
def update_result(*, campaign_pk: int, now: datetime) -> Result | None:
    """Look at one campaign; None where nothing is new, or it is frozen already."""
    campaign = Campaign.objects.select_for_update().get(pk=campaign_pk)
    looks = Result.objects.filter(campaign=campaign)
    latest = looks.first()
    if latest and latest.frozen:
        return None
    assert campaign.ends_at is not None
    known, version = known_until(now), data_version()
    freezes = _freezes(campaign, now=now, known=known)
    as_of = campaign.ends_at if freezes else min(known, campaign.ends_at)
    if latest and not freezes and (latest.as_of, latest.data_version) == (as_of, version):
        return None
    told = figures(campaign, until=as_of)
    state, sentence, lede = verdict(campaign, told)
    if known < as_of:
        lede += f" The newest order is of {short_day(known - MOMENT)}; later ones never came in."
    told |= {"state": state, "lede": lede}
    if latest and campaign.origin == Origin.HISTORY and latest.figures == told:
        return None
    result = Result.objects.create(
        campaign=campaign,
        as_of=as_of,
        figures=told,
        verdict=sentence,
        data_version=version,
        frozen=freezes,
    )
    if freezes:
        detail = {"result": result.pk, "state": state}
        record_audit(actor=None, verb="freeze_result", subject=campaign.slug, detail=detail)
    return result


def known_until(now: datetime) -> datetime:
    """Orders are known up to here: now, or the end of the last day that has one."""
    newest = last_order_at()
    return now if newest is None else min(now, day_after(newest, organisation_zone()))


def data_version() -> dict[str, Any]:
    """Which data a result was worked out from."""
    loads = Load.objects.filter(run__state=RunState.SUCCEEDED, dry_run=False, undone_at=None)
    files = MirrorFile.objects.filter(kind="lines")
    newest = last_order_at()
    return {
        "newest_load": loads.order_by("-pk").values_list("pk", flat=True).first(),
        "loads": loads.count(),
        "order_lines": files.aggregate(rows=Sum("rows"))["rows"] or 0,
        "newest_mirror_file": files.order_by("-pk").values_list("pk", flat=True).first(),
        "snapshot": FeatureSnapshot.objects.values_list("pk", flat=True).first(),
        "newest_order": newest.isoformat() if newest else None,
    }


def _freezes(campaign: Campaign, *, now: datetime, known: datetime) -> bool:
    """The horizon is over, and the orders of its last day are in or will not be waited for."""
    assert campaign.ends_at is not None
    if campaign.origin == Origin.HISTORY or now < campaign.ends_at:
        return False
    return known >= campaign.ends_at or now >= campaign.ends_at + GRACE
