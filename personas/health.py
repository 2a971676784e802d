"""The parts of the installation, each with what it says of itself."""

from core.formats import counted, whole
from core.health import Part, broker, database, disk, part
from features.frames import current, frame_of
from runs.worker import worker_part
from transactions.models import MirrorFile


def parts() -> list[Part]:
    return [
        part("Database", database),
        part("Broker", broker),
        part("Worker", worker_part),
        part("Mirror", _mirror),
        part("Snapshot", _snapshot),
        part("Disk", disk),
    ]


def parts_words(known: list[Part]) -> str:
    """All six parts answer; or which does not."""
    out = [one.name for one in known if not one.ok]
    if not out:
        return f"All {len(known)} parts answer"
    return f"{' and '.join(out)} {'needs' if len(out) == 1 else 'need'} a look"


def _mirror() -> Part:
    files = MirrorFile.objects.count()
    stale = MirrorFile.objects.filter(path=None).count()
    says = counted(files, "file")
    return Part(
        "Mirror", True, says, f"{whole(stale)} made anew next refresh" if stale else "whole"
    )


def _snapshot() -> Part:
    published = current()
    if published is None:
        return Part("Snapshot", True, "none yet", "made by the first refresh")
    rows = frame_of(published).select("customer_pk").collect().height
    return Part("Snapshot", True, f"{whole(rows)} customers")
