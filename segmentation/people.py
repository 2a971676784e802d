from typing import Any, ClassVar

from core.contracts.person import PersonVerbs
from segmentation.models import Membership


class SegmentationPeople(PersonVerbs):
    """The ledger of segments that the person was in."""

    key: ClassVar[str] = "segmentation"
    models: ClassVar[tuple[str, ...]] = ("segmentation.Membership",)

    def forget(self, customer_pk: int) -> dict[str, int]:
        _, erased = Membership.objects.filter(customer_id=customer_pk).delete()
        return erased

    def disclose(self, customer_pk: int) -> dict[str, Any]:
        rows = Membership.objects.filter(customer_id=customer_pk).select_related("segment")
        return {
            "segments": [
                {"segment": m.segment.name, "entered_at": m.entered_at, "left_at": m.left_at}
                for m in rows.order_by("entered_at", "segment__name")
            ]
        }

    def repoint(self, source_pk: int, target_pk: int) -> dict[str, list[int]]:
        """Past memberships move along; a present one stays where the other is in already."""
        theirs = Membership.objects.filter(customer_id=target_pk, left_at=None)
        movable = Membership.objects.filter(customer_id=source_pk).exclude(
            left_at=None, segment__in=theirs.values("segment")
        )
        ids = list(movable.values_list("pk", flat=True))
        Membership.objects.filter(pk__in=ids).update(customer_id=target_pk)
        return {Membership._meta.label: ids}

    def repoint_back(self, journal: dict[str, list[int]], source_pk: int) -> None:
        ids = journal.get(Membership._meta.label, [])
        Membership.objects.filter(pk__in=ids).update(customer_id=source_pk)
