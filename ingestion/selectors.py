"""Questions about loads and their rejects."""

from django.db.models import QuerySet

from ingestion.models import Load, Reject


def loads() -> QuerySet[Load]:
    """All loads, the newest first."""
    return Load.objects.select_related("run", "run__requested_by").order_by("-run_id")


def problems(load: Load) -> QuerySet[Reject]:
    """Why rows of a load did not enter, in the file's order."""
    return Reject.objects.filter(load=load).order_by("row", "id")


def anything_loaded() -> bool:
    return Load.objects.filter(dry_run=False, undone_at=None, run__state="succeeded").exists()
