from django.db import models

from customers.models import Customer
from runs.models import Run


class FeatureFile(models.Model):
    """One family as of one moment, from a builder or a publisher: an immutable Parquet file."""

    family = models.CharField(max_length=64)
    as_of = models.DateTimeField()
    run = models.ForeignKey(Run, models.PROTECT, related_name="+")
    path = models.TextField()
    rows = models.BigIntegerField()
    # The catalogue entries of its columns: [{name, dtype, definition, source, …}].
    columns = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["family", "-id"], name="feature_file_by_family")]

    def __str__(self) -> str:
        return f"{self.family} as of {self.as_of:%Y-%m-%d}"


class FeatureSnapshot(models.Model):
    """Names the current pair of files; committing this row is the publication."""

    as_of = models.DateTimeField()
    run = models.ForeignKey(Run, models.PROTECT, related_name="+", null=True)
    path = models.TextField()
    delta_path = models.TextField(blank=True)
    rows = models.BigIntegerField()
    # [{name, dtype, family, definition, source, transformation, reason, unit, null_share}]
    catalogue = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"snapshot {self.pk} as of {self.as_of:%Y-%m-%d}"


class ImportedFeatures(models.Model):
    """One customer's row of a one-row-per-customer file."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    source = models.TextField()
    as_of = models.DateTimeField()
    values = models.JSONField()
    load_id = models.BigIntegerField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "source"], name="one_row_a_customer")
        ]

    def __str__(self) -> str:
        return f"{len(self.values)} values from {self.source}"
