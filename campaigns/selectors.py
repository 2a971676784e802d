"""Questions about campaigns: which there are, who would be in one, and who was."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce

from campaigns.audience import Terms, counts, decided, notes, terms_of
from campaigns.detectable import detectable_effect
from campaigns.models import (
    Assignment,
    Campaign,
    CampaignState,
    Decision,
    Message,
    Origin,
    Outcome,
    Reason,
    Result,
    Variant,
)
from core.errors import NotFound
from features.building import record_shop
from predictions.selectors import horizon_of

PAST = Q(origin=Origin.HISTORY)
ENDED = (CampaignState.FINISHED, CampaignState.STOPPED)
# What a list of campaigns can be narrowed to.
PARTS = {
    "all": Q(),
    "now": ~PAST & ~Q(state__in=ENDED),
    "ended": ~PAST & Q(state__in=ENDED),
    "history": PAST,
}
SORTS = {"name": "name", "audience": "audience", "ends": "ends_at"}


@dataclass(frozen=True)
class PartIn:
    """What one campaign decided for a customer, sent to them and saw them do."""

    decided: Assignment
    message: Message | None
    outcomes: list[Outcome]


@dataclass(frozen=True)
class AudiencePreview:
    """Who would be in a campaign now, and the smallest effect that so many can show."""

    counts: dict[str, Any]
    detectable: dict[str, Any]
    notes: list[str]

    @property
    def reachable(self) -> int:
        """Who may be written to and is in no other way left out: treated and held out."""
        return int(self.counts["treated"] + self.counts["control"])


def campaigns() -> QuerySet[Campaign]:
    return Campaign.objects.select_related("created_by", "edited_by", "approved_by", "launch_run")


def named_like(text: str) -> QuerySet[Campaign]:
    """Campaigns whose name or goal holds a text; those of this product first, then the newest."""
    past = Case(When(PAST, then=1), default=0)
    said = Q(name__icontains=text) | Q(goal__icontains=text)
    return Campaign.objects.filter(said).order_by(past, "-pk")


def campaign_with_id(pk: int) -> Campaign:
    found = campaigns().filter(pk=pk).first()
    if found is None:
        raise NotFound(f"There is no campaign {pk}.")
    return found


def listed_campaigns(part: str, sort: str) -> QuerySet[Campaign]:
    """Of one part, with ``audience`` (treated and held out): what runs first, then what waits.

    ``sort`` is a key of SORTS, with a minus downwards; any other is the usual order. Past campaigns
    stand at the end in each.
    """
    usual = Case(
        When(PAST, then=Value(4)),
        When(state=CampaignState.RUNNING, then=Value(0)),
        When(state=CampaignState.DRAFT, then=Value(1)),
        When(state=CampaignState.APPROVED, then=Value(2)),
        default=Value(3),
    )
    got = Assignment.objects.filter(campaign=OuterRef("pk")).order_by().values("campaign")
    counted = [Cast(KT(f"counts__{name}"), IntegerField()) for name in ("treated", "control")]
    found = campaigns().filter(PARTS[part]).annotate(
        past=Case(When(PAST, then=Value(1)), default=Value(0)),
        usual=usual,
        audience=Coalesce(
            counted[0] + counted[1], Subquery(got.annotate(n=Count("pk")).values("n")), 0
        ),
    )  # fmt: skip
    column = SORTS.get(sort.removeprefix("-"))
    if column is None:
        return found.order_by("usual", F("launched_at").desc(nulls_last=True), "-pk")
    by = F(column).desc(nulls_last=True) if sort.startswith("-") else F(column).asc(nulls_last=True)
    return found.order_by("past", by, "-pk")


def campaign_tallies() -> dict[str, int]:
    """How many there are of each part and in each state, past ones apart; and with a verdict."""
    frozen = Exists(Result.objects.filter(campaign=OuterRef("pk"), frozen=True))
    asked = {part: Count("pk", filter=test) for part, test in PARTS.items() if part != "all"}
    asked |= {state: Count("pk", filter=~PAST & Q(state=state)) for state in CampaignState.values}
    told = Campaign.objects.aggregate(
        all=Count("pk"), judged=Count("pk", filter=~PAST & Q(frozen), distinct=True), **asked
    )
    return dict(told)


def newest_results(found: Sequence[Campaign]) -> dict[int, Result]:
    """The newest look at each, by the campaign's key."""
    rows = Result.objects.filter(campaign__in=found).order_by("campaign_id", "-pk")
    return {row.campaign_id: row for row in rows.distinct("campaign_id")}


def variants_of(campaign: Campaign) -> list[Variant]:
    return list(Variant.objects.filter(campaign=campaign))


def usual_horizon() -> int:
    """Days that a campaign is measured for where nobody chose: as far as predictions look."""
    return horizon_of(record_shop())


def audience_preview(terms: Terms, *, horizon_days: int, at: datetime) -> AudiencePreview:
    frame = decided(terms, at=at)
    counted = counts(frame, terms)
    return AudiencePreview(
        counts=counted,
        detectable=detectable_effect(frame, horizon_days),
        notes=notes(counted, terms.control_share),
    )


def preview_of(campaign: Campaign, *, at: datetime) -> AudiencePreview:
    return audience_preview(terms_of(campaign), horizon_days=campaign.horizon_days, at=at)


def receipt(campaign: Campaign, decision: str = "", reason: str = "") -> QuerySet[Assignment]:
    """Everybody whom the launch decided about, those of one decision or reason where asked."""
    rows = Assignment.objects.filter(campaign=campaign).select_related("customer", "variant")
    if decision:
        rows = rows.filter(decision=decision)
    if reason:
        rows = rows.filter(reason=reason)
    return rows.order_by("customer_id")


def receipt_counts(campaign: Campaign) -> dict[str, Any]:
    """As campaigns.audience.counts, of what was decided at the launch; the erased are not in it."""
    rows = Assignment.objects.filter(campaign=campaign).order_by()
    grouped = rows.values_list("decision", "reason", "variant__name").annotate(n=Count("pk"))
    told: dict[str, Any] = {
        "found": 0,
        **dict.fromkeys((Decision.TREATED.value, Decision.CONTROL.value), 0),
        "excluded": dict.fromkeys(Reason.values, 0),
        "variants": {variant.name: 0 for variant in variants_of(campaign)},
    }
    for decision, reason, variant, number in grouped:
        told["found"] += number
        if reason:
            told["excluded"][reason] += number
        else:
            told[decision] += number
        if variant:
            told["variants"][variant] += number
    return told


def parts_in(customer_pk: int, *, most: int) -> tuple[int, list[PartIn]]:
    """How many campaigns have decided about a customer, and the newest of them, running first."""
    decided = Assignment.objects.filter(customer_id=customer_pk)
    running = Case(When(campaign__state=CampaignState.RUNNING, then=Value(0)), default=Value(1))
    newest = decided.select_related("campaign", "variant").order_by(
        running, F("campaign__launched_at").desc(nulls_last=True), "-campaign_id"
    )[:most]
    theirs = {"customer_id": customer_pk, "campaign_id__in": [row.campaign_id for row in newest]}
    sent = {m.campaign_id: m for m in Message.objects.filter(**theirs).order_by("step")}
    done: dict[int, list[Outcome]] = {}
    for outcome in Outcome.objects.filter(**theirs).order_by("at", "pk"):
        done.setdefault(outcome.campaign_id, []).append(outcome)
    parts = [
        PartIn(row, sent.get(row.campaign_id), done.get(row.campaign_id, [])) for row in newest
    ]
    return decided.count(), parts
