from pathlib import Path
from typing import Any, ClassVar

import polars as pl

from core.contracts.person import PersonVerbs
from core.once import ask_again
from customers.people import move_rows, move_rows_back
from features import store
from features.frames import current, customer_features
from features.models import FeatureFile, FeatureSnapshot, ImportedFeatures


class FeaturesPeople(PersonVerbs):
    """Imported features, the families' files and the snapshot."""

    key: ClassVar[str] = "features"
    models: ClassVar[tuple[str, ...]] = ("features.ImportedFeatures",)
    stores: ClassVar[tuple[str, ...]] = ("families", "snapshots")

    def forget(self, customer_pk: int) -> dict[str, int]:
        _, erased = ImportedFeatures.objects.filter(customer_id=customer_pk).delete()
        files = sum(_rewrite_family(file, customer_pk) for file in FeatureFile.objects.all())
        kept = sum(_rewrite_snapshot(s, customer_pk) for s in FeatureSnapshot.objects.all())
        ask_again(current)
        named = FeatureSnapshot.objects.values_list("path", "delta_path")
        used = {path for pair in named for path in pair}
        used |= set(FeatureFile.objects.values_list("path", flat=True))
        unused = store.remove_all_but(used)
        return {**erased, "families": files, "snapshots": kept, "unused files": unused}

    def disclose(self, customer_pk: int) -> dict[str, Any]:
        return {"features": customer_features(customer_pk)}

    def movable(self, source_pk: int, target_pk: int) -> list[Any]:
        """Rows of a source that the other customer has too stay where they are."""
        theirs = ImportedFeatures.objects.filter(customer_id=target_pk).values("source")
        return [ImportedFeatures.objects.filter(customer_id=source_pk).exclude(source__in=theirs)]

    def repoint(self, source_pk: int, target_pk: int) -> dict[str, list[int]]:
        return move_rows(self.movable(source_pk, target_pk), target_pk)

    def repoint_back(self, journal: dict[str, list[int]], source_pk: int, target_pk: int) -> None:
        move_rows_back((ImportedFeatures,), journal, source_pk, target_pk)


def _rewrite_family(file: FeatureFile, customer_pk: int) -> int:
    """The file without the person's row; the old one is gone at once."""
    frame = pl.read_parquet(file.path)
    kept = frame.filter(pl.col("customer_pk") != customer_pk)
    if kept.height == frame.height:
        return 0
    old = Path(file.path)
    file.path = str(store.write_family(file.family, kept))
    file.rows = kept.height
    file.save(update_fields=["path", "rows"])
    old.unlink(missing_ok=True)
    return 1


def _rewrite_snapshot(snapshot: FeatureSnapshot, customer_pk: int) -> int:
    changed = 0
    for name in ("path", "delta_path"):
        path = getattr(snapshot, name)
        if path:
            frame = store.read_snapshot(path)
            kept = frame.filter(pl.col("customer_pk") != customer_pk)
            if kept.height < frame.height:
                setattr(snapshot, name, str(store.write_snapshot(kept)))
                changed = 1
    if changed:
        snapshot.save(update_fields=["path", "delta_path"])
    return changed
