from django.db import models
from django.db.models import Q


class Organisation(models.Model):
    """The one shop of this installation and how it counts days and money."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    name = models.CharField(max_length=200, default="Your shop")
    time_zone = models.CharField(max_length=64, default="UTC")
    currency = models.CharField(max_length=3, default="USD")
    locale = models.CharField(max_length=16, default="en-US")
    # How far predictions look; NULL: as far as 80 % of returning customers need to return.
    horizon_days = models.PositiveSmallIntegerField(null=True)
    # At most this many messages to one customer in this many days.
    cap_messages = models.PositiveSmallIntegerField(default=4)
    cap_days = models.PositiveSmallIntegerField(default=30)
    # This share of all customers is never treated by any campaign; by hash, so it stays the same.
    holdout_share = models.FloatField(default=0.0, db_default=0.0)
    # A load whose quality is below this holds training until somebody looks; 0: none does.
    quality_threshold = models.PositiveSmallIntegerField(default=70, db_default=70)
    is_demo = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="one_organisation"),
            models.CheckConstraint(
                condition=Q(quality_threshold__lte=100), name="quality_is_of_a_hundred"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AuditEntry(models.Model):
    """Who did what. The actor stands in plain columns, so that an entry outlives the account."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    actor_kind = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=64, blank=True)
    actor_label = models.CharField(max_length=200)
    verb = models.CharField(max_length=64)
    subject = models.CharField(max_length=200, blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["verb", "-at"], name="audit_by_verb"),
            models.Index(fields=["subject", "-at"], name="audit_by_subject"),
            models.Index(fields=["actor_id", "-at"], name="audit_by_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_label} {self.verb} {self.subject}"


class RowBefore(models.Model):
    """A row of the record as it was before a load changed it: what an undo of the load puts back.

    The rows before one row lie on each other: ``load_before`` is the load that had written what
    ``load_id`` replaced. Without ``before`` the old values are kept no longer; that they were
    replaced is still known.
    """

    load_id = models.BigIntegerField()
    of_table = models.CharField(max_length=63)
    row_id = models.BigIntegerField()
    load_before = models.BigIntegerField(null=True)
    # Whom the old values are about; a number and no foreign key, as customers live above.
    customer_pk = models.BigIntegerField(null=True)
    before = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["load_id", "of_table", "row_id"], name="row_kept_once_a_load"
            )
        ]
        indexes = [
            models.Index(
                fields=["load_before"],
                condition=Q(load_before__isnull=False),
                name="row_before_by_its_load",
            ),
            models.Index(
                fields=["customer_pk"],
                condition=Q(customer_pk__isnull=False),
                name="row_before_of_customer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.of_table} {self.row_id} before load {self.load_id}"


class Alert(models.Model):
    """Something about a subject that somebody should look at; one at a time, while it lasts."""

    topic = models.CharField(max_length=64)
    subject = models.CharField(max_length=200)
    says = models.TextField()
    opened_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["topic", "subject"],
                condition=Q(resolved_at=None),
                name="one_open_alert_of_a_topic_about_a_subject",
            )
        ]

    def __str__(self) -> str:
        return f"{self.topic}: {self.subject}"
