"""Questions about loads and their rejects."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from accounts.write_keys import WEB
from core.contracts.connector import Stream
from core.selectors import organisation
from ingestion.known_connectors import connectors
from ingestion.models import Bundle, Draft, Load, PostedRows, Profile, Reject, Source
from runs.models import MOVING, Run, RunState
from transactions.models import Event

# Where no single column of a row is at fault.
WHOLE_ROW = "whole row"
# A load in these states is in the record, on its way there, or waits to be let in.
IN_OR_COMING = (*MOVING, RunState.SUCCEEDED, RunState.HELD)
# The note of an undone load whose source was set back to before it.
FETCHED_AGAIN = "fetched_again"
EVENTS_SHOWN, WRONG_SHOWN = 20, 5
# What a shorter load takes is mostly what every load takes.
LONG = 10_000
EXAMPLES = 1_000


def loads() -> QuerySet[Load]:
    """All loads, the newest first."""
    return Load.objects.select_related("run", "run__requested_by", "draft").order_by("-run_id")


def listed_loads(source: str = "") -> QuerySet[Load]:
    """The loads of a source; without one all but those of a shop's pages, which are very many."""
    if source:
        return loads().filter(source=source)
    return loads().exclude(source__startswith=WEB, run__arguments__has_key="pushed")


def problems(load: Load, column: str = "") -> QuerySet[Reject]:
    """Why rows of a load did not enter, in the file's order; of one column where it is named."""
    found = Reject.objects.filter(load=load).order_by("row", "id")
    return found.filter(column="" if column == WHOLE_ROW else column) if column else found


def reject_columns(load: Load) -> list[tuple[str, int]]:
    """[(column, rows rejected for it)], the commonest first."""
    by_column = Reject.objects.filter(load=load).order_by().values("column")
    many = by_column.annotate(rows=Count("row", distinct=True)).order_by("-rows", "column")
    return [(column or WHOLE_ROW, rows) for column, rows in many.values_list("column", "rows")]


def rejected_because(load: Load, words: str) -> tuple[int, list[tuple[str, str, str]]]:
    """How many rows were rejected for a reason with these words, and some of the rejects, each
    different: (column, value, reason)."""
    found = Reject.objects.filter(load=load, reason__contains=words).order_by("column", "value")
    rows = found.aggregate(rows=Count("row", distinct=True))["rows"]
    return rows, list(found.values_list("column", "value", "reason").distinct()[:EXAMPLES])


def rejected_like(load: Load, rejects: Iterable[Reject]) -> dict[tuple[str, str], int]:
    """{(column, value): rows of the load rejected for it}, for the cells of these rejects."""
    values = {reject.value for reject in rejects if reject.column}
    found = Reject.objects.filter(load=load, value__in=values).exclude(column="").order_by()
    many = found.values("column", "value").annotate(rows=Count("row", distinct=True))
    return {
        (column, value): rows for column, value, rows in many.values_list("column", "value", "rows")
    }


def undo_of(load: Load) -> Run | None:
    """The newest run that was asked to take a load out again."""
    asked = Run.objects.filter(name="undo_import", arguments__load=load.pk)
    return asked.order_by("-id").first()


def loads_to_look_at() -> QuerySet[Load]:
    """Loads under the organisation's limit of quality that nobody has accepted, the oldest first.

    Rows that a program posts are too few to spoil a training; a dry run changes nothing.
    """
    entered = loads().filter(dry_run=False, undone_at=None, run__state="succeeded")
    poor = entered.filter(quality__lt=organisation().quality_threshold, accepted_at=None)
    of_files = poor.filter(run__arguments__pushed__isnull=True)
    return of_files.filter(Q(loaded__gt=0) | Q(changed__gt=0)).order_by("run_id")


def waits_for_a_look(load: Load) -> bool:
    return loads_to_look_at().filter(pk=load.pk).exists()


def anything_loaded() -> bool:
    return Load.objects.filter(dry_run=False, undone_at=None, run__state="succeeded").exists()


def streams_to_follow() -> QuerySet[Source]:
    streams = [key for key, plugin in connectors().items() if issubclass(plugin, Stream)]
    return Source.objects.filter(enabled=True, connector__in=streams)


def loads_of(source: Source) -> QuerySet[Load]:
    """What was read from a source, the newest first."""
    return loads().filter(feed=source)


def undone_of(source: Source) -> QuerySet[Load]:
    """What was read from a source and undone, and nobody has let it come again since."""
    return loads_of(source).exclude(undone_at=None).exclude(notes__has_key=FETCHED_AGAIN)


def comes_no_more(load: Load) -> bool:
    """Undone, and its source goes on after it."""
    read = load.feed_id is not None and load.undone_at is not None
    return read and FETCHED_AGAIN not in load.notes


def load_of_draft(draft: Draft) -> Load | None:
    """The load that a draft became, or is becoming; a failed or stopped one leaves it open."""
    real = Load.objects.filter(draft=draft, dry_run=False)
    return (
        real.filter(run__state__in=IN_OR_COMING).select_related("run").order_by("-run_id").first()
    )


def tried_of_draft(draft: Draft) -> Load | None:
    """The newest dry run of a draft."""
    tried = Load.objects.filter(draft=draft, dry_run=True).select_related("run")
    return tried.order_by("-run_id").first()


def loaded_since(load: Load) -> Load | None:
    """The import that a dry run of a program became: the same file from the same source."""
    same = Load.objects.filter(file_sha256=load.file_sha256, kind=load.kind, source=load.source)
    real = same.filter(dry_run=False, undone_at=None, pk__gt=load.pk)
    return (
        real.filter(run__state__in=IN_OR_COMING).select_related("run").order_by("-run_id").first()
    )


def long_load_before(load: Load) -> Load | None:
    """The newest load of the kind that ended well and had enough rows to judge others by."""
    ended = Load.objects.filter(kind=load.kind, run__state=RunState.SUCCEEDED, read__gte=LONG)
    return ended.filter(pk__lt=load.pk).select_related("run").order_by("-run_id").first()


def open_drafts() -> QuerySet[Draft]:
    """Drafts that are not loaded, the latest touched first."""
    loaded = Load.objects.filter(draft=OuterRef("pk"), dry_run=False, run__state__in=IN_OR_COMING)
    return Draft.objects.filter(~Exists(loaded)).select_related("created_by")


def drafts_of(bundle: Bundle) -> QuerySet[Draft]:
    """The tables of a dropped file, loaded or not, in its order."""
    return Draft.objects.filter(bundle=bundle).order_by("pk")


def sample_of(source: Source) -> Draft | None:
    """The rows of a source that are looked at to tell how it is read."""
    return Draft.objects.filter(feeds=source).first()


def profiles() -> QuerySet[Profile]:
    return Profile.objects.select_related("created_by").order_by("name")


def requests_waiting(source: str) -> int:
    """What pages sent that no load has taken yet."""
    return PostedRows.objects.filter(source=source).count()


def load_to_enter(kind: str, source: str) -> Load | None:
    """A load of posted rows that nobody has begun with, the oldest."""
    queued = Load.objects.filter(kind=kind, source=source, run__state=RunState.QUEUED)
    return queued.filter(run__arguments__has_key="pushed").select_related("run").last()


def corrections_of(load: Load) -> list[Load]:
    """The loads that brought rejected rows of this one back."""
    real = Load.objects.filter(draft__corrects=load, dry_run=False).select_related("run")
    return list(real.order_by("run_id"))


def rows_since(source: str, since: datetime) -> tuple[int, int]:
    """(rows read, rejected) that came under a source since then."""
    real = Load.objects.filter(source=source, created_at__gte=since, dry_run=False)
    sums = real.aggregate(came=Sum("read", default=0), out=Sum("rejected", default=0))
    return sums["came"], sums["out"]


def rejected_since(source: str, since: datetime) -> list[Load]:
    """The last loads under a source with rows that could not be used."""
    wrong = loads().filter(source=source, created_at__gte=since, dry_run=False, rejected__gt=0)
    return list(wrong[:WRONG_SHOWN])


def latest_events(source: str) -> list[Event]:
    """Those of the last loads of a source, the newest first."""
    kept = loads().filter(source=source, kind="events", loaded__gt=0, undone_at=None)
    ids = list(kept.values_list("pk", flat=True)[:EVENTS_SHOWN])
    return list(Event.objects.filter(load_id__in=ids).order_by("-at", "-pk")[:EVENTS_SHOWN])
