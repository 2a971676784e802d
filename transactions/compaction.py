"""Small loads in a row share one file of the mirror, so that many posts leave no heap of files."""

from django.db import transaction

from core.locks import hold_lock
from core.once import ask_again
from core.selectors import organisation
from transactions import mirror
from transactions.frames import mirror_paths
from transactions.models import MirrorFile
from transactions.services import LINES, LOCK

SMALL_ROWS = 20_000
# Fewer small files than this cost less than writing them anew.
MANY = 8


def compact_mirror() -> int:
    """Merge each long row of small files into one; returns how many files went."""
    zone = organisation().time_zone
    gone = 0
    for group in _rows_of_small_files():
        loads = group[0].load_id, group[-1].loads[1]
        path, rows = mirror.write_lines(loads=loads, zone=zone)
        gone += _publish(group, str(path), rows)
    return gone


def _rows_of_small_files() -> list[list[MirrorFile]]:
    """Neighbours by load with nothing stale and nothing large between them."""
    groups: list[list[MirrorFile]] = [[]]
    for entry in MirrorFile.objects.filter(kind=LINES).order_by("load_id"):
        if entry.path is None or entry.rows >= SMALL_ROWS:
            groups.append([])
        else:
            groups[-1].append(entry)
    return [group for group in groups if len(group) >= MANY]


@transaction.atomic
def _publish(group: list[MirrorFile], path: str, rows: int) -> int:
    """Name the one file in the place of the others, unless a load has come between since."""
    hold_lock(LOCK)
    first, last = group[0].load_id, group[-1].loads[1]
    between = MirrorFile.objects.filter(kind=LINES, load_id__range=(first, last))
    if dict(between.values_list("pk", "path")) != {entry.pk: entry.path for entry in group}:
        return 0
    between.exclude(pk=group[0].pk).delete()
    MirrorFile.objects.filter(pk=group[0].pk).update(path=path, rows=rows, last_load_id=last)
    ask_again(mirror_paths)
    return len(group) - 1
