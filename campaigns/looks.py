"""Questions about results: the newest look at a campaign, and the looks before it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from campaigns.models import Campaign, Origin, Result
from campaigns.verdicts import EARLY
from core.errors import NotFound
from core.formats import counted
from ingestion.models import Load
from runs.models import RunState


@dataclass(frozen=True)
class Results:
    """``latest`` is None until the first look after the launch."""

    campaign: Campaign
    latest: Result | None
    looks: list[Result]
    # What came in or went out after the result was frozen, in words; empty where nothing did.
    since: str

    def as_json(self) -> dict[str, Any]:
        told = self.latest.figures if self.latest else {}
        return {
            "id": self.campaign.pk,
            "name": self.campaign.name,
            "origin": self.campaign.origin,
            "verdict": self.latest.verdict if self.latest else nothing_yet(self.campaign),
            "state": told.get("state", EARLY),
            "lede": told.get("lede", ""),
            "as_of": self.latest.as_of if self.latest else None,
            "frozen": bool(self.latest and self.latest.frozen),
            "since_frozen": self.since,
            "data_version": self.latest.data_version if self.latest else {},
            "days": told.get("days", 0),
            "horizon_days": self.campaign.horizon_days,
            "arms": told.get("arms", {}),
            "metrics": told.get("metrics", []),
            "variants": told.get("variants", []),
            "sample_ratio": told.get("sample_ratio"),
            "guard": told.get("guard"),
            "money": told.get("money"),
            "course": told.get("course", []),
            "outcomes": told.get("outcomes", []),
            "looks": [_look(result) for result in self.looks],
        }


def results(campaign_pk: int) -> Results:
    campaign = Campaign.objects.filter(pk=campaign_pk).first()
    if campaign is None:
        raise NotFound(f"There is no campaign {campaign_pk}.")
    if campaign.launched_at is None:
        raise NotFound(f"{campaign.name} has not been launched, so it has no result.")
    looks = list(Result.objects.filter(campaign=campaign))
    latest = looks[0] if looks else None
    return Results(campaign, latest, looks, _since(latest) if latest and latest.frozen else "")


def waiting_for_results(now: datetime) -> QuerySet[Campaign]:
    """Launched campaigns whose result is not frozen yet."""
    frozen = Result.objects.filter(campaign=OuterRef("pk"), frozen=True)
    return Campaign.objects.filter(~Exists(frozen), launched_at__lte=now).order_by("pk")


def anything_to_measure(now: datetime) -> bool:
    """Past campaigns change only when a load tells of them, which is a look of its own."""
    return waiting_for_results(now).exists()


def anything_moving(now: datetime) -> bool:
    """A campaign whose result changes with the days alone."""
    return waiting_for_results(now).exclude(origin=Origin.HISTORY).exists()


def nothing_yet(campaign: Campaign) -> str:
    return f"Too early: 0 of {campaign.horizon_days} days."


def _since(frozen: Result) -> str:
    """Later loads and undos do not change a frozen result, and it says that there were some."""
    newest = frozen.data_version.get("newest_load") or 0
    good = Load.objects.filter(run__state=RunState.SUCCEEDED, dry_run=False)
    came = good.filter(pk__gt=newest, undone_at=None).count()
    undone = good.filter(Q(pk__lte=newest), undone_at__gt=frozen.created_at).count()
    parts = [
        words
        for number, words in (
            (came, f"{counted(came, 'load')} came in"),
            (undone, f"{counted(undone, 'load')} that it counted {_was(undone)} taken out"),
        )
        if number
    ]
    if not parts:
        return ""
    return f"{' and '.join(parts)} after it was frozen; {_it(came + undone)} nothing here."


def _was(number: int) -> str:
    return "was" if number == 1 else "were"


def _it(number: int) -> str:
    return "that changes" if number == 1 else "they change"


def _look(result: Result) -> dict[str, Any]:
    revenue = next(iter(result.figures.get("metrics", [])), {})
    return {
        "as_of": result.as_of,
        "days": result.figures.get("days"),
        "verdict": result.verdict,
        "state": result.figures.get("state"),
        **{name: revenue.get(name) for name in ("estimate", "low", "high", "p")},
        "guard_alarm": result.figures.get("guard", {}).get("alarm", False),
        "frozen": result.frozen,
        "data_version": result.data_version,
    }
