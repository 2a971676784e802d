from pathlib import Path
from typing import Any, ClassVar

import polars as pl

from core.contracts.person import PersonVerbs
from recommendations import store
from recommendations.models import RecommendationLists


class RecommendationsPeople(PersonVerbs):
    """The files of lists; models know products only."""

    key: ClassVar[str] = "recommendations"
    stores: ClassVar[tuple[str, ...]] = ("lists",)

    def forget(self, customer_pk: int) -> dict[str, int]:
        changed = sum(_rewrite(lists, customer_pk) for lists in RecommendationLists.objects.all())
        used = set(RecommendationLists.objects.values_list("path", flat=True))
        return {"lists": changed, "unused files": store.remove_all_but(used)}

    def disclose(self, customer_pk: int) -> dict[str, Any]:
        lists = RecommendationLists.objects.first()
        row = store.row_of(lists.path, customer_pk) if lists else None
        return {"recommendations": {k: v for k, v in (row or {}).items() if k != "customer_pk"}}

    def repoint(self, source_pk: int, target_pk: int) -> dict[str, list[int]]:
        """Lists are made anew from the orders that move; no row of a table names a customer."""
        return {}

    def repoint_back(self, journal: dict[str, list[int]], source_pk: int, target_pk: int) -> None:
        """Nothing was moved."""


def _rewrite(lists: RecommendationLists, customer_pk: int) -> int:
    """The file without the person's row; the old one is gone at once."""
    frame = store.read_lists(lists.path)
    kept = frame.filter(pl.col("customer_pk") != customer_pk)
    if kept.height == frame.height:
        return 0
    old = Path(lists.path)
    lists.path, lists.rows = str(store.write_lists(kept)), kept.height
    lists.save(update_fields=["path", "rows"])
    old.unlink(missing_ok=True)
    return 1
