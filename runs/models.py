import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q


class RunState(models.TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    # It ended without a trace and waits for somebody's word; an import may be.
    HELD = "held"


MOVING = (RunState.QUEUED, RunState.RUNNING)


class Run(models.Model):
    """The truth about one piece of background work; the broker only carries its id."""

    name = models.CharField(max_length=64)
    task = models.CharField(max_length=200)
    arguments = models.JSONField(default=dict)
    # Runs of one lane work one at a time, in the order they came; no lane, no waiting.
    lane = models.CharField(max_length=32, blank=True)
    # A debounced run waits until then.
    not_before = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=16, choices=RunState, default=RunState.QUEUED)
    step = models.CharField(max_length=64, blank=True)
    progress = models.FloatField(default=0.0)
    steps = models.JSONField(default=list)
    attempt = models.PositiveSmallIntegerField(default=0)
    worker = models.CharField(max_length=200, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    remedy = models.TextField(blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    followed_up_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(progress__gte=0) & Q(progress__lte=1), name="run_progress_is_a_share"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running"], finished_at=None)
                | Q(
                    state__in=["succeeded", "failed", "cancelled", "held"],
                    finished_at__isnull=False,
                ),
                name="run_ended_when_it_finished",
            ),
            models.UniqueConstraint(
                fields=["lane"],
                condition=Q(state="running") & ~Q(lane=""),
                name="one_run_works_in_a_lane",
            ),
        ]
        indexes = [
            models.Index(fields=["heartbeat_at"], condition=Q(state="running"), name="run_beating"),
            models.Index(fields=["created_at"], condition=Q(state="queued"), name="run_waiting"),
            models.Index(
                fields=["finished_at"],
                condition=Q(followed_up_at=None, finished_at__isnull=False),
                name="run_not_followed_up",
            ),
            models.Index(fields=["name", "-id"], name="run_by_name"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.pk}"


@pghistory.track(pghistory.UpdateEvent(), fields=["promoted", "verdict"])
class ModelVersion(models.Model):
    """A fitted model on disk with what is needed to trust it; ``promoted`` answers for its name."""

    name = models.CharField(max_length=64)
    run = models.ForeignKey(Run, models.PROTECT, related_name="+")
    path = models.CharField(max_length=300)
    sha256 = models.CharField(max_length=64)
    libraries = models.JSONField(default=dict)
    feature_schema = models.JSONField(default=list)
    # Everything that was chosen on past data: options, weights of a blend, half-lives.
    parameters = models.JSONField(default=dict)
    metrics = models.JSONField(default=dict)
    # {feature: importance}, the largest first.
    importances = models.JSONField(default=dict)
    # The evaluation as `evaluate` prints it, with the figures of its pictures.
    evaluation = models.JSONField(default=dict)
    as_of = models.DateTimeField()
    promoted = models.BooleanField(default=False)
    promoted_at = models.DateTimeField(null=True, blank=True)
    # Why it was promoted, or why it was not, in words.
    verdict = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=Q(promoted=True), name="one_promoted_model_a_name"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.pk}"
