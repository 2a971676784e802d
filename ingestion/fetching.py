"""What was undone can be fetched again: an undo leaves the source where it is."""

from django.db import transaction
from django.db.models import F

from accounts.models import User
from core.contracts.connector import Cursor, Stream
from core.errors import Conflict
from core.services import record_audit
from ingestion.feeds import gone_back, note_fetched
from ingestion.known_connectors import connector_of
from ingestion.models import Load, Source
from ingestion.sources import request_read, start_over
from runs.models import MOVING, Run


@transaction.atomic
def fetch_again(*, load: Load, whole: bool, actor: User | None = None, send: bool = True) -> None:
    """Set the source of an undone load back to where it stood before it, or to its beginning.

    Rows that are in the record already change nothing when they come again.
    """
    if load.undone_at is None:
        raise Conflict(f"The rows of import {load.pk} are in the record. Undo it first.")
    if load.feed is None:
        raise Conflict(f"There is no source any more that import {load.pk} came from.")
    source = Source.objects.select_for_update().get(pk=load.feed.pk)
    if Run.objects.filter(pk=source.reading_id, state__in=MOVING).exists():
        raise Conflict(f"{source.name} is being read. Wait for its end, or stop its run first.")
    if whole:
        start_over(source=source, actor=actor)
    else:
        before = _before(source, load)
        Source.objects.filter(pk=source.pk).update(cursor=before, position=F("position") + 1)
        note_fetched(source, since=load.feed_position or 0)
        detail = {"import": load.pk}
        record_audit(actor=actor, verb="fetch_again", subject=source.name, detail=detail)
    if source.enabled and not isinstance(connector_of(source), Stream):
        request_read(source=source, actor=actor, send=send)


def _before(source: Source, load: Load) -> Cursor:
    """Back over each load since then, the newest first."""
    if load.feed_before is None:
        raise Conflict(
            f"Where {source.name} stood before import {load.pk} was not kept. Fetch it again from"
            " its beginning."
        )
    cursor: Cursor = source.cursor
    since = Load.objects.filter(feed=source, feed_position__gte=load.feed_position)
    for one in since.exclude(feed_before=None).order_by("-feed_position"):
        cursor = gone_back(cursor, one.feed_before or {})
    return cursor
