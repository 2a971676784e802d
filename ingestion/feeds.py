"""How far a source was read: moved on in the transaction of the rows, by one reader alone."""

from dataclasses import dataclass
from typing import Any

from django.db.models import F

from core.contracts.connector import Cursor
from core.errors import Conflict
from ingestion.models import Load
from ingestion.source_models import Source


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
        _move(load.feed_id, load.feed_position, load.feed_cursor)
        # It stands at the source now, and may be long.
        load.feed_cursor = {}
        load.save(update_fields=["feed_cursor"])


def skip(feed: Feed) -> None:
    """Move on over what held no rows."""
    _move(feed.source.pk, feed.source.position, feed.cursor)


def _move(source_pk: int, position: int | None, cursor: Cursor) -> None:
    there = Source.objects.filter(pk=source_pk, position=position)
    if not there.update(cursor=cursor, position=F("position") + 1):
        raise ReadAlready("These rows were read already: the source has moved on since.")
