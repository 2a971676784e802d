from typing import Any, ClassVar

from django.db import models

from core.contracts.person import PersonVerbs
from core.formats import whole
from customers.people import move_rows, move_rows_back
from customers.selectors import customers_of_load
from segmentation.models import Membership, WorkEntry


class SegmentationPeople(PersonVerbs):
    """The ledger of segments that the person was in, and the work lists that they stand on."""

    key: ClassVar[str] = "segmentation"
    models: ClassVar[tuple[str, ...]] = ("segmentation.Membership", "segmentation.WorkEntry")
    audited: ClassVar[tuple[str, ...]] = (
        "finish_work_entry", "note_work_entry", "reopen_work_entry",
    )  # fmt: skip

    def forget(self, customer_pk: int) -> dict[str, int]:
        _, memberships = Membership.objects.filter(customer_id=customer_pk).delete()
        _, entries = WorkEntry.objects.filter(customer_id=customer_pk).delete()
        return {**memberships, **entries}

    def disclose(self, customer_pk: int) -> dict[str, Any]:
        rows = Membership.objects.filter(customer_id=customer_pk).select_related("segment")
        entries = WorkEntry.objects.filter(customer_id=customer_pk).select_related("work_list")
        return {
            "segments": [
                {"segment": m.segment.name, "entered_at": m.entered_at, "left_at": m.left_at}
                for m in rows.order_by("entered_at", "segment__name")
            ],
            "work_lists": [
                {
                    "work_list": entry.work_list.name,
                    "from": entry.work_list.origin,
                    "since": entry.work_list.created_at,
                    "done_at": entry.done_at,
                    "note": entry.note,
                }
                for entry in entries.order_by("work_list_id")
            ],
        }

    def movable(self, source_pk: int, target_pk: int) -> list[Any]:
        """Past memberships move along; a present one, and a place on a work list, stay where the
        other is in already."""
        theirs = Membership.objects.filter(customer_id=target_pk, left_at=None)
        movable = Membership.objects.filter(customer_id=source_pk).exclude(
            left_at=None, segment__in=theirs.values("segment")
        )
        listed = WorkEntry.objects.filter(customer_id=target_pk).values("work_list")
        entries = WorkEntry.objects.filter(customer_id=source_pk).exclude(work_list__in=listed)
        return [movable, entries]

    def repoint(self, source_pk: int, target_pk: int) -> dict[str, list[int]]:
        return move_rows(self.movable(source_pk, target_pk), target_pk)

    def repoint_back(self, journal: dict[str, list[int]], source_pk: int, target_pk: int) -> None:
        # What a refresh wrote of the source between the merge and its own end.
        Membership.objects.filter(customer_id=source_pk, left_at=None).exclude(
            pk__in=journal.get(Membership._meta.label, [])
        ).filter(segment__in=_open_segments(journal)).delete()
        move_rows_back((Membership, WorkEntry), journal, source_pk, target_pk)

    def holds(self, load_id: int) -> str | None:
        """What people wrote down would go with the customers that the load brought in."""
        worked = WorkEntry.objects.filter(customer__in=customers_of_load(load_id)).exclude(
            done_at=None, note=None
        )
        count = worked.count()
        return f"{whole(count)} of its customers were worked on in lists" if count else None


def _open_segments(journal: dict[str, list[int]]) -> models.QuerySet[Any]:
    moved = Membership.objects.filter(pk__in=journal.get(Membership._meta.label, []))
    return moved.filter(left_at=None).values("segment")
