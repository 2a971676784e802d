import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q, Value

from core.fields import EncryptedTextField
from customers.identity_models import Alias as Alias
from customers.identity_models import Duplicate as Duplicate
from customers.identity_models import MatchingRules as MatchingRules


class Channel(models.TextChoices):
    EMAIL = "email"
    SMS = "sms"
    PHONE = "phone"
    POST = "post"


@pghistory.track(pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Customer(models.Model):
    """A person or household who buys. ``customer_id`` is the shop's own id; ``pk`` stays inside."""

    customer_id = models.TextField(unique=True)
    name = EncryptedTextField(null=True)
    email = EncryptedTextField(null=True)
    phone = EncryptedTextField(null=True)
    birth_date = EncryptedTextField(null=True)
    address = EncryptedTextField(null=True)
    email_index = models.BinaryField(null=True)
    phone_index = models.BinaryField(null=True)
    name_index = ArrayField(models.BinaryField(), null=True)
    # {field: HMAC salted by customer_id}: tells a changed value from the same one, no more.
    personal_marks = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))
    age_band = models.TextField(null=True)
    region = models.TextField(null=True)
    acquisition_channel = models.TextField(null=True)
    joined_at = models.DateField(null=True)
    # The identity was made up by the demo's generator: no learner and no evaluation uses it.
    is_synthetic = models.BooleanField(default=False, db_default=False)
    # Met first in an order and not yet described by any file.
    is_placeholder = models.BooleanField(default=False, db_default=False)
    load_id = models.BigIntegerField(db_index=True)

    class Meta:
        indexes = [
            models.Index(fields=["email_index"], name="customer_by_email"),
            models.Index(fields=["phone_index"], name="customer_by_phone"),
            GinIndex(fields=["name_index"], name="customer_by_name"),
            # Whether anybody was made up is asked by every page; in a real shop nobody was.
            models.Index(fields=["id"], condition=models.Q(is_synthetic=True), name="made_up"),
        ]

    def __str__(self) -> str:
        return self.customer_id


@pghistory.track(pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Consent(models.Model):
    """One statement about one channel and purpose; the newest ``at`` holds."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    channel = models.CharField(max_length=16, choices=Channel)
    purpose = models.CharField(max_length=32, default="marketing", db_default="marketing")
    granted = models.BooleanField()
    at = models.DateTimeField()
    source = models.TextField(default="", db_default="")
    load_id = models.BigIntegerField(null=True, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "channel", "purpose", "at"], name="one_statement_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.purpose} {'yes' if self.granted else 'no'}"


class Suppression(models.Model):
    """Never write to this customer on this channel, whatever the consent says."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    channel = models.CharField(max_length=16, choices=Channel)
    reason = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "channel"], name="suppressed_once")
        ]

    def __str__(self) -> str:
        return f"{self.channel}: {self.reason}"


class ContactLedger(models.Model):
    """Who was written to and when. Campaigns write it; caps and reachability read it."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    channel = models.CharField(max_length=16, choices=Channel)
    # A name, not a foreign key: campaigns live above.
    campaign = models.TextField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["at", "customer"], name="contact_by_time")]

    def __str__(self) -> str:
        return f"{self.campaign} by {self.channel}"


class Interaction(models.Model):
    """A support request or another contact; open until ``closed_at`` is known.

    A file brings it (``load_id``), or somebody enters it by hand (``logged_by``).
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", db_index=False)
    channel = models.CharField(max_length=32)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    subject = EncryptedTextField(null=True)
    text = EncryptedTextField(null=True)
    outcome = models.TextField(null=True)
    # As a customer's: tells a changed text from the same one.
    personal_marks = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))
    # Made up by the demo's generator.
    is_synthetic = models.BooleanField(default=False, db_default=False)
    load_id = models.BigIntegerField(null=True, db_index=True)
    logged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    # Who said here that it is settled, of a request that a file had brought too.
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "channel", "opened_at"], name="contact_opened_once"
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(closed_at__gte=F("opened_at")),
                name="contact_closed_after_it_was_opened",
            ),
        ]
        indexes = [models.Index(fields=["customer", "opened_at"], name="contact_of_customer")]

    def __str__(self) -> str:
        return f"{self.channel} of {self.opened_at:%Y-%m-%d}"


class Note(models.Model):
    """What somebody of the shop wants the next one to know about a customer.

    A struck note stays, so that it can be put back; it is shown to nobody.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", db_index=False)
    text = EncryptedTextField()
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    written_at = models.DateTimeField()
    struck_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["customer", "-written_at"], name="note_of_customer")]

    def __str__(self) -> str:
        return f"note of {self.written_at:%Y-%m-%d}"


class FeedbackKind(models.TextChoices):
    NPS = "nps"
    CSAT = "csat"
    REVIEW = "review"
    POST = "post"


class Feedback(models.Model):
    """What a customer said when asked, or unasked: a score, a text, or both."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=16, choices=FeedbackKind)
    score = models.SmallIntegerField(null=True)
    text = EncryptedTextField(null=True)
    at = models.DateTimeField()
    personal_marks = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))
    is_synthetic = models.BooleanField(default=False, db_default=False)
    load_id = models.BigIntegerField(db_index=True)

    class Meta:
        verbose_name_plural = "answers"
        constraints = [
            models.UniqueConstraint(fields=["customer", "kind", "at"], name="answered_once"),
            # A score that is not known is none of a survey: NULL would pass a bare comparison.
            models.CheckConstraint(
                condition=~Q(kind="nps") | Q(score__isnull=False, score__range=(0, 10)),
                name="nps_from_0_to_10",
            ),
            models.CheckConstraint(
                condition=~Q(kind="csat") | Q(score__isnull=False, score__range=(1, 5)),
                name="csat_from_1_to_5",
            ),
        ]
        indexes = [models.Index(fields=["customer", "at"], name="answer_of_customer")]

    def __str__(self) -> str:
        return f"{self.kind} {self.score}"
