from django.db import models

from runs.models import ModelVersion, Run


class RecommendationLists(models.Model):
    """One immutable file with every customer's lists; committing this row is the publication."""

    version = models.ForeignKey(ModelVersion, models.PROTECT, related_name="+")
    run = models.ForeignKey(Run, models.PROTECT, related_name="+")
    as_of = models.DateTimeField()
    path = models.TextField()
    rows = models.BigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"lists {self.pk} as of {self.as_of:%Y-%m-%d}"
