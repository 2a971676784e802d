from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from campaigns.models import Campaign, CampaignState, Decision, Origin, Reason
from campaigns.selectors import AudiencePreview, variants_of
from core.money import from_minor
from core.selectors import organisation
from customers.models import Channel

MOST_VARIANTS = 10
LONGEST_HORIZON = 730


class WholeSerializer(serializers.Serializer):
    """What is sent inside of something else is sent whole, also where the rest is an edit."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        sent: dict[str, Any] = super().to_internal_value(data)
        lacking = [n for n, field in self.fields.items() if field.required and n not in sent]
        if lacking:
            raise serializers.ValidationError(dict.fromkeys(lacking, ["This field is required."]))
        return sent


class CampaignAudienceSerializer(WholeSerializer):
    definition = serializers.JSONField()


class VariantSerializer(WholeSerializer):
    name = serializers.CharField(max_length=80)
    subject = serializers.CharField(max_length=500, allow_blank=True, default="")
    body = serializers.CharField(max_length=200_000, allow_blank=True, default="")


class MoneyField(serializers.DecimalField):
    """Major units of the organisation's currency."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=15, decimal_places=3, min_value=Decimal(0), **options)


class NewCampaignSerializer(serializers.Serializer):
    name = serializers.CharField(max_length=120)
    goal = serializers.CharField(max_length=2_000, allow_blank=True, default="")
    audience = CampaignAudienceSerializer()
    channel = serializers.ChoiceField(Channel.choices)
    control_share = serializers.FloatField(min_value=0, max_value=0.99, default=0.2)
    horizon_days = serializers.IntegerField(
        min_value=1, max_value=LONGEST_HORIZON, allow_null=True, default=None,
        help_text="days that it is measured for; none: as far as predictions look",
    )  # fmt: skip
    offer_cost = MoneyField(default=Decimal(0), help_text="for each treated customer")
    budget = MoneyField(allow_null=True, default=None, help_text="for all of them; none: no limit")
    excludes_others = serializers.BooleanField(
        default=True, help_text="leave out whoever another running campaign treats"
    )
    variants = VariantSerializer(many=True, max_length=MOST_VARIANTS, default=list)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """The names of the services: the audience is its rule."""
        sent = super().to_internal_value(data)
        if "audience" in sent:
            sent["definition"] = sent.pop("audience")["definition"]
        if sent.get("horizon_days", 0) is None and self.partial:
            sent.pop("horizon_days")
        return sent


class EditedCampaignSerializer(NewCampaignSerializer):
    version = serializers.IntegerField(
        required=False, min_value=1, help_text="the version that was looked at"
    )


class AskedCampaignSerializer(NewCampaignSerializer):
    """The same without what counts nobody."""

    name = None
    goal = None


class CountsSerializer(serializers.Serializer):
    """``excluded`` by reason, ``variants`` of the treated by name."""

    found = serializers.IntegerField()
    treated = serializers.IntegerField()
    control = serializers.IntegerField()
    excluded = serializers.DictField(child=serializers.IntegerField())
    variants = serializers.DictField(child=serializers.IntegerField())


class SmallestSerializer(serializers.Serializer):
    """None where no size of effect could be told."""

    absolute = serializers.FloatField(allow_null=True)
    relative = serializers.FloatField(allow_null=True)
    mean = serializers.FloatField(required=False)
    sd = serializers.FloatField(required=False)
    share = serializers.FloatField(required=False)


class DetectableSerializer(serializers.Serializer):
    """The smallest effect that so many customers can show; ``revenue`` is money per customer."""

    days = serializers.IntegerField()
    treated = serializers.IntegerField()
    control = serializers.IntegerField()
    alpha = serializers.FloatField()
    power = serializers.FloatField()
    revenue = SmallestSerializer()
    conversion = SmallestSerializer()
    words = serializers.CharField()


class CampaignPreviewSerializer(serializers.Serializer):
    counts = CountsSerializer()
    reachable = serializers.IntegerField()
    cost = serializers.FloatField()
    within_budget = serializers.BooleanField()
    detectable_effect = DetectableSerializer(source="detectable")
    notes = serializers.ListField(child=serializers.CharField())

    def to_representation(self, instance: AudiencePreview) -> dict[str, Any]:
        cost = self.context["offer_cost"] * instance.counts["treated"]
        budget = self.context["budget"]
        return {
            "counts": instance.counts,
            "reachable": instance.reachable,
            "cost": float(cost),
            "within_budget": budget is None or cost <= budget,
            "detectable_effect": instance.detectable,
            "notes": instance.notes,
        }


class LaunchSerializer(serializers.Serializer):
    """How the launch goes: its run, and why it failed where it did."""

    run = serializers.IntegerField(source="pk")
    state = serializers.CharField()
    progress = serializers.FloatField()
    error = serializers.CharField()


class CampaignSerializer(serializers.ModelSerializer[Campaign]):
    audience = serializers.SerializerMethodField()
    variants = serializers.SerializerMethodField()
    offer_cost = serializers.SerializerMethodField()
    budget = serializers.SerializerMethodField()
    state = serializers.ChoiceField(CampaignState.choices)
    origin = serializers.ChoiceField(Origin.choices)
    detectable_effect = serializers.SerializerMethodField()
    counts = serializers.SerializerMethodField()
    created_by = serializers.StringRelatedField()
    edited_by = serializers.StringRelatedField()
    approved_by = serializers.StringRelatedField()
    launch = LaunchSerializer(source="launch_run", allow_null=True)

    class Meta:
        model = Campaign
        fields = [
            "id", "slug", "name", "goal", "audience", "channel", "control_share", "horizon_days",
            "offer_cost", "budget", "excludes_others", "variants", "state", "origin", "version",
            "detectable_effect", "counts", "created_by", "created_at", "edited_by", "approved_by",
            "approved_at", "launch", "launched_at", "ends_at", "paused_at", "stopped_at",
            "finished_at",
        ]  # fmt: skip

    @extend_schema_field(CampaignAudienceSerializer)
    def get_audience(self, campaign: Campaign) -> dict[str, Any]:
        return {"definition": campaign.definition}

    @extend_schema_field(VariantSerializer(many=True))
    def get_variants(self, campaign: Campaign) -> Any:
        return VariantSerializer(variants_of(campaign), many=True).data

    @extend_schema_field(DetectableSerializer(allow_null=True))
    def get_detectable_effect(self, campaign: Campaign) -> Any:
        """None for what was never counted: history."""
        return DetectableSerializer(campaign.detectable).data if campaign.detectable else None

    @extend_schema_field(CountsSerializer(allow_null=True))
    def get_counts(self, campaign: Campaign) -> Any:
        return CountsSerializer(campaign.counts).data if campaign.counts else None

    def get_offer_cost(self, campaign: Campaign) -> float:
        return float(from_minor(campaign.offer_cost_minor, organisation().currency))

    def get_budget(self, campaign: Campaign) -> float | None:
        minor = campaign.budget_minor
        return None if minor is None else float(from_minor(minor, organisation().currency))


class ApprovalSerializer(serializers.Serializer):
    version = serializers.IntegerField(
        required=False, min_value=1, help_text="the version that was looked at"
    )


class ReceiptSerializer(serializers.Serializer):
    customer_id = serializers.CharField()
    name = serializers.CharField(allow_null=True)
    decision = serializers.ChoiceField(Decision.choices)
    reason = serializers.ChoiceField([*Reason.choices, ("", "")], allow_blank=True)
    variant = serializers.CharField(allow_null=True)
