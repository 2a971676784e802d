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
    is_demo = models.BooleanField(default=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_organisation")]

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
