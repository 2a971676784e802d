"""Questions about loads and their rejects."""

from datetime import timedelta

from django.db.models import Count, QuerySet, Sum
from django.utils import timezone

from ingestion.known_connectors import connectors
from ingestion.models import Load, Reject, Source
from runs.models import Run

# Where no single column of a row is at fault.
WHOLE_ROW = "whole row"
LATELY = timedelta(days=7)


def loads() -> QuerySet[Load]:
    """All loads, the newest first."""
    return Load.objects.select_related("run", "run__requested_by").order_by("-run_id")


def problems(load: Load, column: str = "") -> QuerySet[Reject]:
    """Why rows of a load did not enter, in the file's order; of one column where it is named."""
    found = Reject.objects.filter(load=load).order_by("row", "id")
    return found.filter(column="" if column == WHOLE_ROW else column) if column else found


def reject_columns(load: Load) -> list[tuple[str, int]]:
    """[(column, rows rejected for it)], the commonest first."""
    by_column = Reject.objects.filter(load=load).order_by().values("column")
    many = by_column.annotate(rows=Count("row", distinct=True)).order_by("-rows", "column")
    return [(column or WHOLE_ROW, rows) for column, rows in many.values_list("column", "rows")]


def undo_of(load: Load) -> Run | None:
    """The newest run that was asked to take a load out again."""
    asked = Run.objects.filter(name="undo_import", arguments__load=load.pk)
    return asked.order_by("-id").first()


def anything_loaded() -> bool:
    return Load.objects.filter(dry_run=False, undone_at=None, run__state="succeeded").exists()


def sources() -> QuerySet[Source]:
    return Source.objects.select_related("reading").order_by("name")


def streams_to_follow() -> QuerySet[Source]:
    streams = [key for key, plugin in connectors().items() if plugin.is_stream]
    return Source.objects.filter(enabled=True, connector__in=streams)


def loads_of(source: Source) -> QuerySet[Load]:
    """What was read from a source, the newest first."""
    return loads().filter(feed=source)


def rows_lately() -> dict[str, tuple[int, int]]:
    """{source: (rows read, rejected)} of seven days; files and pushes of that name count too."""
    since = timezone.now() - LATELY
    real = Load.objects.filter(dry_run=False, run__state="succeeded", created_at__gte=since)
    sums = real.order_by().values("source").annotate(came=Sum("read"), out=Sum("rejected"))
    return {one["source"]: (one["came"], one["out"]) for one in sums}
