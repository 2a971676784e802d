from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from core.contracts.columns import LONGEST_KEY
from core.fields import EncryptedTextField
from runs.models import Run


def no_secrets() -> str:
    return "{}"


class Source(models.Model):
    """A system that rows are read from, how to read it, and how far it was read."""

    # The source of its rows too: order numbers are unique within it, so it never changes.
    name = models.CharField(max_length=LONGEST_KEY, unique=True)
    connector = models.CharField(max_length=64)
    kind = models.CharField(max_length=64)
    options = models.JSONField(default=dict)
    # {option: secret} as JSON; never shown again.
    secrets = EncryptedTextField(default=no_secrets)
    preset = models.CharField(max_length=64, blank=True, default="")
    mapping = models.JSONField(default=dict)
    # NULL: only when somebody asks for it. A stream is followed without a pause.
    every_minutes = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)]
    )
    enabled = models.BooleanField(default=True)
    # Where reading goes on; moved by the transaction of the rows, which counts the position up.
    cursor = models.JSONField(default=dict)
    position = models.BigIntegerField(default=0)
    reading = models.ForeignKey(Run, models.SET_NULL, null=True, blank=True, related_name="+")
    read_at = models.DateTimeField(null=True, blank=True)
    # Why the last reading failed, in words, and how many have failed since one went well.
    problem = models.TextField(blank=True, default="")
    failures = models.PositiveIntegerField(default=0)
    # The columns it had when it was last read, and what changed about them.
    columns = models.JSONField(default=list)
    changes = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="a_source_has_a_name"),
            models.CheckConstraint(
                condition=Q(every_minutes=None) | Q(every_minutes__gt=0),
                name="a_source_is_read_every_some_minutes",
            ),
        ]

    def __str__(self) -> str:
        return self.name
