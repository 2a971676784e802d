"""Who may be one person, what was decided about it, and under which further ids somebody is known.

Pairs are found by rules, decided about by people, and never merged by themselves.
"""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q


class MatchingRules(models.Model):
    """A version of how customers are matched; the newest holds, and none is ever changed.

    ``rules`` in order of priority: {by, name_too, on}. ``blocked`` are values that match nobody.
    """

    rules = models.JSONField()
    blocked = ArrayField(models.TextField())
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    saved_at = models.DateTimeField()

    class Meta:
        ordering = ("-pk",)
        verbose_name_plural = "versions of the matching rules"

    def __str__(self) -> str:
        return f"matching rules of {self.saved_at:%Y-%m-%d}"


class PairState(models.TextChoices):
    OPEN = "open"
    MERGED = "merged"
    DISMISSED = "dismissed"


class Duplicate(models.Model):
    """Two customers who may be one person, by which rules, and what somebody decided.

    Of a merged pair ``kept`` is who has the rows now, and ``journal`` what brings them back.
    """

    first = models.ForeignKey("customers.Customer", models.CASCADE, related_name="+")
    second = models.ForeignKey("customers.Customer", models.CASCADE, related_name="+")
    # Names of what is the same, the strongest first.
    found_by = ArrayField(models.CharField(max_length=32))
    priority = models.SmallIntegerField()
    found_at = models.DateTimeField()
    state = models.CharField(max_length=16, choices=PairState, default=PairState.OPEN)
    kept = models.ForeignKey("customers.Customer", models.CASCADE, null=True, related_name="+")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    journal = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="pair_found_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="pair_in_order"),
            models.CheckConstraint(
                condition=Q(state="merged", kept__isnull=False)
                | (~Q(state="merged") & Q(kept=None)),
                name="merged_pair_keeps_one",
            ),
        ]
        indexes = [models.Index(fields=["state", "priority", "id"], name="pair_by_state")]

    def __str__(self) -> str:
        return f"{self.first} and {self.second}"


class Alias(models.Model):
    """A customer who was merged: their row stays, and whatever names it means ``kept``.

    The kept customer is never an alias themselves: the way to them is one step.
    """

    customer = models.OneToOneField(
        "customers.Customer", models.CASCADE, primary_key=True, related_name="+"
    )
    kept = models.ForeignKey("customers.Customer", models.CASCADE, related_name="+")

    class Meta:
        verbose_name_plural = "aliases"
        constraints = [
            models.CheckConstraint(condition=~Q(customer=F("kept")), name="alias_of_somebody_else")
        ]

    def __str__(self) -> str:
        return f"{self.customer} is {self.kept}"
