"""Questions about campaigns: which there are, who would be in one, and who was."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet

from campaigns.audience import Terms, counts, decided, notes, terms_of
from campaigns.detectable import detectable_effect
from campaigns.models import Assignment, Campaign, Decision, Reason, Variant
from core.errors import NotFound
from features.building import record_shop
from predictions.selectors import horizon_of


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


def campaign_with_id(pk: int) -> Campaign:
    found = campaigns().filter(pk=pk).first()
    if found is None:
        raise NotFound(f"There is no campaign {pk}.")
    return found


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
