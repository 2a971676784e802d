from django.conf import settings
from django.db import models
from django.db.models import F, Q

from ingestion.source_models import Source as Source
from runs.models import Run


class Profile(models.Model):
    """A mapping that somebody keeps, proposed again for a file with the same header."""

    name = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=64)
    source = models.TextField()
    preset = models.CharField(max_length=64, blank=True)
    mapping = models.JSONField(default=dict)
    headers = models.JSONField(default=list)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Bundle(models.Model):
    """A dropped file that held several tables: each is a draft of its own."""

    file_name = models.TextField()
    # What could not be read, [{"name", "reason"}].
    unread = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.file_name


class Draft(models.Model):
    """A file that was dropped and is not loaded yet: where its wizard stands.

    Its dry runs and its load read the same kept file. Loaded, it stays as the way the load came.
    """

    file_name = models.TextField()
    file_path = models.TextField()
    file_sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    kind = models.CharField(max_length=64, blank=True)
    source = models.TextField(blank=True)
    preset = models.CharField(max_length=64, blank=True)
    mapping = models.JSONField(default=dict)
    # {glossary name: how one came to think so}, shown by the dry run.
    known_by = models.JSONField(default=dict)
    profile = models.ForeignKey(Profile, models.SET_NULL, null=True, blank=True, related_name="+")
    bundle = models.ForeignKey(Bundle, models.SET_NULL, null=True, blank=True, related_name="+")
    # The name of its table in the bundle, and the options by which a file of several shows it.
    table = models.TextField(blank=True, default="")
    table_options = models.JSONField(default=dict)
    # The names of its columns, as it was first read.
    headers = models.JSONField(default=list)
    # The import whose rejected rows this file brings back.
    corrects = models.ForeignKey("Load", models.SET_NULL, null=True, blank=True, related_name="+")
    # The source whose sample this is: it is tried, and tells how the source is read.
    feeds = models.ForeignKey(Source, models.SET_NULL, null=True, blank=True, related_name="+")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    touched_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-touched_at"]

    def __str__(self) -> str:
        return self.file_name


class Load(models.Model):
    """One file on its way into the record. Its id is its run's id, which every row carries."""

    run = models.OneToOneField(Run, models.PROTECT, primary_key=True, related_name="+")
    kind = models.CharField(max_length=64)
    source = models.TextField()
    preset = models.CharField(max_length=64, blank=True)
    mapping = models.JSONField(default=dict)
    file_name = models.TextField()
    file_path = models.TextField()
    file_sha256 = models.CharField(max_length=64)
    dry_run = models.BooleanField(default=False)
    draft = models.ForeignKey(Draft, models.SET_NULL, null=True, blank=True, related_name="+")
    read = models.BigIntegerField(default=0)
    loaded = models.BigIntegerField(default=0)
    changed = models.BigIntegerField(default=0)
    identical = models.BigIntegerField(default=0)
    duplicate = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    # Control totals: the same sums over the file and over the record.
    sums = models.JSONField(default=dict)
    # What the report says besides: ignored columns, unknown products and customers, the shift.
    notes = models.JSONField(default=dict)
    # How good its rows are, 0 to 100, by ingestion.quality; NULL: without rows, or not read.
    quality = models.PositiveSmallIntegerField(null=True)
    # Why a held load waits for somebody, in words.
    held_for = models.TextField(blank=True, default="")
    # Somebody looked at it: it enters in spite of a difference, and models may learn from it.
    accepted_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    # Of rows that were read from a source: where it stood, and where it goes on after them.
    feed = models.ForeignKey(Source, models.SET_NULL, null=True, blank=True, related_name="+")
    feed_position = models.BigIntegerField(null=True, blank=True)
    feed_cursor = models.JSONField(default=dict)
    # The way back from there to where it stood, by ingestion.feeds; NULL: it was not kept.
    feed_before = models.JSONField(null=True)

    class Meta:
        ordering = ["-run_id"]
        constraints = [
            models.CheckConstraint(
                name="every_row_read_is_accounted_for",
                condition=Q(
                    read=F("loaded")
                    + F("changed")
                    + F("identical")
                    + F("duplicate")
                    + F("rejected")
                ),
            ),
            models.CheckConstraint(
                name="quality_of_a_load_is_of_a_hundred", condition=Q(quality__lte=100)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_name} as {self.kind}"

    @property
    def state(self) -> str:
        """The state of its run (held is one), or undone."""
        return "undone" if self.undone_at else self.run.state


class PostedRows(models.Model):
    """What one request of a page or an app brought, until a load takes it.

    ``lines`` are JSON objects, one a line, as they enter; last those that are no such objects.
    """

    kind = models.CharField(max_length=64)
    source = models.TextField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    lines = models.TextField()
    size = models.PositiveIntegerField()
    came_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "posted rows"

    def __str__(self) -> str:
        return f"{self.kind} of {self.source}, {self.came_at:%Y-%m-%d %H:%M:%S}"


class Reject(models.Model):
    """A row of a file that did not enter, with the reason and what to do about it."""

    load = models.ForeignKey(Load, models.CASCADE, related_name="+", db_index=False)
    row = models.BigIntegerField()
    column = models.TextField()
    value = models.TextField()
    reason = models.TextField()
    remedy = models.TextField()

    class Meta:
        ordering = ["row", "id"]
        indexes = [models.Index(fields=["load", "row"], name="reject_by_row")]

    def __str__(self) -> str:
        return f"row {self.row}, {self.column}: {self.reason}"
