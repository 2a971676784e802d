from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db import connection

from core.selectors import organisation
from transactions import mirror
from transactions.models import MirrorFile, Source

LINES, PRODUCTS = "lines", "products"


@dataclass(frozen=True)
class MirrorState:
    """What an update did: files made anew, and all rows that the mirror now holds."""

    written: int
    rows: int


def mark_mirror_stale(*, load_ids: Iterable[int] = (), products: bool = False) -> None:
    """Say, in the transaction that changes rows, that these files no longer equal the record."""
    stale = [(LINES, load_id) for load_id in load_ids] + ([(PRODUCTS, 0)] if products else [])
    with connection.cursor() as cursor:
        for kind, load_id in stale:
            cursor.execute(
                "INSERT INTO transactions_mirrorfile (kind, load_id) VALUES (%s, %s)"
                " ON CONFLICT (kind, load_id) DO UPDATE SET path = NULL, changed_at = now()",
                [kind, load_id],
            )


def update_mirror(*, wrote: Callable[..., None] | None = None) -> MirrorState:
    """Make every stale file anew. ``wrote(rows, of=files)`` is told of the rows after each file."""
    stale = list(MirrorFile.objects.filter(path=None).order_by("kind", "load_id"))
    zone = organisation().time_zone
    done = 0
    total = sum(_lines_of(entry) for entry in stale)
    for entry in stale:
        path, rows = (
            mirror.write_lines(load_id=entry.load_id, zone=zone)
            if entry.kind == LINES
            else mirror.write_products()
        )
        _publish(entry, str(path), rows)
        done += rows
        if wrote:
            wrote(done, of=max(done, total))
    used = MirrorFile.objects.exclude(path=None)
    mirror.remove_unused(set(used.values_list("path", flat=True)))
    return MirrorState(written=len(stale), rows=sum(used.values_list("rows", flat=True)))


def rebuild_mirror() -> MirrorState:
    """Forget every file and make all of them from the record."""
    MirrorFile.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT load_id FROM transactions_orderline")
        loads = [load_id for (load_id,) in cursor.fetchall()]
    mark_mirror_stale(load_ids=loads, products=True)
    return update_mirror()


def source_named(*, name: str, time_zone: str) -> Source:
    """The source of that name, made at its first load."""
    source, _ = Source.objects.get_or_create(name=name, defaults={"time_zone": time_zone})
    return source


def _publish(entry: MirrorFile, path: str, rows: int) -> None:
    """Name the new file, unless the record has changed since; an empty load has no file."""
    current = MirrorFile.objects.filter(pk=entry.pk, path=None, changed_at=entry.changed_at)
    if entry.kind == LINES and rows == 0:
        current.delete()
    else:
        current.update(path=path, rows=rows)


def _lines_of(entry: MirrorFile) -> int:
    """How many lines a stale file will hold; products are not counted ahead."""
    if entry.kind != LINES:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM transactions_orderline WHERE load_id = %s", [entry.load_id]
        )
        return cursor.fetchone()[0]
