from django.conf import settings
from django.db import models
from django.db.models import Q

from core.fields import EncryptedTextField
from customers.models import Customer
from runs.models import ModelVersion, Run


class SegmentKind(models.TextChoices):
    RFM = "rfm"
    CLUSTER = "cluster"
    RULE = "rule"


class GroupTable(models.Model):
    """Which RFM scores make which group, as marketing set it; the newest version holds."""

    version = models.PositiveIntegerField(unique=True)
    # {"R": {"FM": name}} for R and FM 1 to 5.
    cells = models.JSONField()
    # Cut-offs by hand, {"recency_days": [4 cuts], …}; empty where they are fifths of the customers.
    thresholds = models.JSONField(default=dict, db_default={})
    # The first run with this version makes the fifths anew.
    rerank = models.BooleanField(default=False, db_default=False)
    # The older version that this one repeats.
    restores = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    def __str__(self) -> str:
        return f"group table {self.version}"


class Grouping(models.Model):
    """One way of dividing all customers: an RFM run with its thresholds, or a cluster run."""

    kind = models.CharField(max_length=16, choices=SegmentKind)
    run = models.ForeignKey(Run, models.PROTECT, related_name="+")
    as_of = models.DateTimeField()
    algorithm = models.CharField(max_length=64)
    options = models.JSONField(default=dict)
    features = models.JSONField(default=list)
    # RFM: {"recency_days": [4 cuts], …}; stored, so that a move is the customer's, not the cut's.
    thresholds = models.JSONField(default=dict)
    group_table = models.ForeignKey(GroupTable, models.PROTECT, null=True, related_name="+")
    model = models.ForeignKey(ModelVersion, models.PROTECT, null=True, related_name="+")
    # Sizes, silhouette, Davies–Bouldin and WCSS by k, stability, how sure the groups are.
    metrics = models.JSONField(default=dict)
    # [{label, name, sentence, size, revenue}]
    groups = models.JSONField(default=list)
    is_weak = models.BooleanField(default=False)
    # The run on recency, frequency and monetary value alone, which answers assign without run=.
    is_standard = models.BooleanField(default=False)
    promoted = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind"], condition=Q(promoted=True), name="one_promoted_grouping_a_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.as_of:%Y-%m-%d}"


class Segment(models.Model):
    """A named set of customers: an RFM group, a cluster, or everyone whom a rule fits."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=16, choices=SegmentKind)
    description = models.TextField(blank=True)
    definition = models.JSONField()
    position = models.SmallIntegerField(default=0)
    size = models.BigIntegerField(default=0)
    revenue_minor = models.BigIntegerField(default=0)
    refreshed_at = models.DateTimeField(null=True)
    # Why the rule could not be answered at the last refresh; its members are those of before.
    problem = models.TextField(blank=True, default="", db_default="")
    archived_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        ordering = ["kind", "position", "name"]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """The ledger of who was in a segment from when to when."""

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)
    # By value: all rows of a refresh have the same, and a check of each is a third of their cost.
    run_id = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["segment", "customer"],
                condition=Q(left_at=None),
                name="in_a_segment_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(left_at=None) | Q(left_at__gte=models.F("entered_at")),
                name="left_after_entering",
            ),
        ]
        indexes = [models.Index(fields=["segment", "entered_at"], name="membership_by_time")]

    def __str__(self) -> str:
        return f"{self.customer_id} in {self.segment_id}"


class WorkList(models.Model):
    """Customers whom somebody is to contact one by one, until a day."""

    name = models.CharField(max_length=120)
    # Where its customers come from, for people: segment At risk.
    origin = models.CharField(max_length=200)
    # The rule that its customers fitted when it was made; empty where no rule says it.
    definition = models.JSONField(default=dict, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    due_on = models.DateField(null=True)
    # Of the form that made it: sent twice, it makes one list.
    ticket = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name


class WorkEntry(models.Model):
    """One customer on a work list: done once, by whom, and what came of it."""

    work_list = models.ForeignKey(WorkList, models.CASCADE, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    # By risk times spend when the list was made.
    position = models.PositiveIntegerField()
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    note = EncryptedTextField(null=True)

    class Meta:
        ordering = ["work_list", "position"]
        verbose_name_plural = "entries of work lists"
        constraints = [
            models.UniqueConstraint(fields=["work_list", "customer"], name="on_a_work_list_once")
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} on {self.work_list_id}"
