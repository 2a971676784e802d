from django.conf import settings
from django.db import models
from django.db.models import F, Q

from campaigns.slot_models import Slot as Slot
from campaigns.slot_models import SlotEntry as SlotEntry
from customers.models import Channel, Customer
from runs.models import Run

SHARE = Q(control_share__gte=0, control_share__lt=1)


class CampaignState(models.TextChoices):
    DRAFT = "draft"
    APPROVED = "approved"
    RUNNING = "running"
    FINISHED = "finished"
    STOPPED = "stopped"


class Origin(models.TextChoices):
    """Where a campaign's treatment comes from, and so what its figures can mean."""

    OWN = "own", "launched here, with a control group by chance"
    HISTORY = "history", "targeted, not randomised: no causal claim"
    SIMULATED = "simulated", "outcomes are simulated"


# The kind of outcome that is money spent, of a simulated campaign alone: orders are real.
SIMULATED_PURCHASE = "purchase"


class Campaign(models.Model):
    """One action on an audience, with its control group and its locked horizon."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    goal = models.TextField(blank=True)
    # The rule of the audience; frozen into assignments at launch.
    definition = models.JSONField()
    channel = models.CharField(max_length=16, choices=Channel)
    control_share = models.FloatField(default=0.2)
    horizon_days = models.PositiveSmallIntegerField()
    # What one treated customer costs, in minor units, and what may be spent in all.
    offer_cost_minor = models.BigIntegerField(default=0)
    budget_minor = models.BigIntegerField(null=True)
    # Leaves out whoever another running campaign treats.
    excludes_others = models.BooleanField(default=True)
    # Assignment is by hash of (salt, customer): a re-run moves nobody.
    salt = models.CharField(max_length=32)
    origin = models.CharField(max_length=16, choices=Origin, default=Origin.OWN)
    state = models.CharField(max_length=16, choices=CampaignState, default=CampaignState.DRAFT)
    # Counts each edit: an approval says which version was looked at.
    version = models.PositiveIntegerField(default=1)
    # The smallest effect that this size can detect, and who would be in it: as counted when it was
    # saved, as shown to whoever approved, and in the end as launched.
    detectable = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True)
    launch_run = models.ForeignKey(Run, models.PROTECT, null=True, related_name="+")
    launched_at = models.DateTimeField(null=True)
    # The end of the horizon: results are updated until then, and are frozen after it.
    ends_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    # The load that told of a past campaign; none for one that was made here.
    load_id = models.BigIntegerField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=SHARE, name="some_are_treated"),
            models.CheckConstraint(
                condition=~Q(approved_by=F("created_by")) & ~Q(approved_by=F("edited_by")),
                name="approved_by_a_second_person",
            ),
            models.CheckConstraint(
                condition=Q(launched_at=None) | Q(ends_at__gt=F("launched_at")),
                name="ends_after_its_launch",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Variant(models.Model):
    """One wording of a campaign's message; customers are divided over them by hash."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=80)
    subject = models.TextField(blank=True)
    body = models.TextField(blank=True)

    class Meta:
        ordering = ["campaign", "position"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "name"], name="variant_named_once"),
            models.UniqueConstraint(fields=["campaign", "position"], name="variant_placed_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Decision(models.TextChoices):
    TREATED = "treated"
    CONTROL = "control"
    EXCLUDED = "excluded"


class Reason(models.TextChoices):
    """Why somebody whom the rule fits is not in the campaign; the first that applies."""

    NO_CONSENT = "no_consent", "no consent for this channel"
    SUPPRESSED = "suppressed", "unsubscribed or suppressed"
    CAPPED = "capped", "written to often enough lately"
    HOLDOUT = "holdout", "in the global holdout"
    OTHER_CAMPAIGN = "other_campaign", "treated by another running campaign"


class Assignment(models.Model):
    """The receipt of a launch: everybody whom the rule fitted, and what was decided for them."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    decision = models.CharField(max_length=16, choices=Decision)
    reason = models.CharField(max_length=16, choices=Reason, blank=True, default="")
    variant = models.ForeignKey(
        Variant, models.PROTECT, null=True, related_name="+", db_index=False
    )
    # The load that told who got a past campaign.
    load_id = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["load_id"], condition=Q(load_id__isnull=False), name="assigned_by_load"
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "customer"], name="customer_joins_a_campaign_once"
            ),
            models.CheckConstraint(
                condition=Q(decision=Decision.EXCLUDED) ^ Q(reason=""),
                name="excluded_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.decision}"


class MessageState(models.TextChoices):
    QUEUED = "queued"
    # Committed just before the server is spoken to: from here on nobody may send it again.
    HANDING = "handing", "being handed over"
    SENT = "sent"
    # The worker died, or the server fell silent, between handing over and the answer.
    UNKNOWN = "unknown", "delivery unknown"
    FAILED = "failed"
    SKIPPED = "skipped"


class Message(models.Model):
    """The outbox: one step of a campaign for one customer, sent once or listed with its reason."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    variant = models.ForeignKey(
        Variant, models.PROTECT, null=True, related_name="+", db_index=False
    )
    step = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=16, choices=MessageState, default=MessageState.QUEUED)
    # Why it was skipped, failed or is tried again, in words.
    reason = models.TextField(blank=True, default="")
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True)
    # The worker that hands it over, as runs.workers names it.
    worker = models.CharField(max_length=200, blank=True, default="")
    handed_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "customer", "step"], name="customer_gets_a_step_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["campaign", "id"], condition=Q(state="queued"), name="message_waiting"
            ),
            models.Index(fields=["campaign"], condition=Q(state="handing"), name="message_in_hand"),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id}/{self.customer_id}: {self.state}"


class Outcome(models.Model):
    """What a customer did with a campaign, beside orders: opened, clicked, redeemed …"""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=32)
    at = models.DateTimeField()
    value_minor = models.BigIntegerField(null=True)
    load_id = models.BigIntegerField(null=True, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "customer", "kind", "at"], name="outcome_known_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.kind}"


class Result(models.Model):
    """What a campaign brought, as it was known at a moment; the last one is frozen."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="+")
    as_of = models.DateTimeField()
    # Arms, metrics with intervals, the sample-ratio check, the harm guard.
    figures = models.JSONField(default=dict)
    verdict = models.TextField()
    # Which data it was worked out from: newest load, order lines, when.
    data_version = models.JSONField(default=dict)
    frozen = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign"], condition=Q(frozen=True), name="frozen_once"
            )
        ]

    def __str__(self) -> str:
        return self.verdict
