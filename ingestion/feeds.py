"""How far a source was read: moved on in the transaction of the rows, by one reader alone."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F

from core.contracts.connector import Cursor
from core.errors import Conflict
from ingestion.models import Load
from ingestion.selectors import FETCHED_AGAIN, undone_of
from ingestion.source_models import Source

# {name: {"was": value}, {"within": steps}, or {}: it was not there}
Steps = dict[str, dict[str, Any]]


class ReadAlready(Conflict):
    code = "read_already"
    remedy = "Nothing needs to be done: the rows are there by another import."


@dataclass(frozen=True)
class Feed:
    """Where a source stands when rows are read from it, and the cursor after those rows."""

    source: Source
    cursor: Cursor

    def of_load(self) -> dict[str, Any]:
        return {
            "feed": self.source,
            "feed_position": self.source.position,
            "feed_cursor": self.cursor,
        }


def move_on(load: Load) -> None:
    """Within the transaction that enters its rows; refused where another load entered them."""
    if load.feed_id is not None:
        before = _move(load.feed_id, load.feed_position, load.feed_cursor)
        # It stands at the source now, and may be long.
        load.feed_before = way_back(load.feed_cursor, before)
        load.feed_cursor = {}
        load.save(update_fields=["feed_cursor", "feed_before"])


def skip(feed: Feed) -> None:
    """Move on over what held no rows."""
    _move(feed.source.pk, feed.source.position, feed.cursor)


@transaction.atomic
def _move(source_pk: int, position: int | None, cursor: Cursor) -> Cursor:
    """Where it stood."""
    there = Source.objects.select_for_update(no_key=True).filter(pk=source_pk, position=position)
    before = there.values_list("cursor", flat=True).first()
    if before is None:
        raise ReadAlready("These rows were read already: the source has moved on since.")
    there.update(cursor=cursor, position=F("position") + 1)
    return before


def note_fetched(source: Source, *, since: int = 0) -> None:
    """What was undone comes again: the source was set back to this position, or before it."""
    for load in undone_of(source).filter(feed_position__gte=since):
        load.notes |= {FETCHED_AGAIN: True}
        load.save(update_fields=["notes"])


def way_back(after: Cursor, before: Cursor) -> Steps:
    """What differs, so that a long cursor is not kept with each load."""
    steps: Steps = {}
    for name in {*after, *before}:
        now, was = after.get(name), before.get(name)
        if name in after and name in before and now == was:
            continue
        if isinstance(now, dict) and isinstance(was, dict):
            steps[name] = {"within": way_back(now, was)}
        else:
            steps[name] = {"was": was} if name in before else {}
    return steps


def gone_back(cursor: Cursor, steps: Steps) -> Cursor:
    gone = dict(cursor)
    for name, step in steps.items():
        if "within" in step:
            inner = gone.get(name)
            gone[name] = gone_back(inner if isinstance(inner, dict) else {}, step["within"])
        elif "was" in step:
            gone[name] = step["was"]
        else:
            gone.pop(name, None)
    return gone
