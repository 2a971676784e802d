from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import QuerySet

from core.errors import Refused
from core.localtime import local_wall
from core.locks import hold_lock
from core.once import ask_again
from core.selectors import organisation
from transactions import mirror
from transactions.frames import mirror_paths
from transactions.kept import kept_in_use
from transactions.models import MirrorFile, Source
from transactions.totals import totals_in_use

LINES, PRODUCTS = "lines", "products"
# Data whose newest order is older than this are not today's.
OLD = timedelta(days=30)


REBUILD = "manage.py mirror rebuild"
# Whoever says which loads share a file, and whoever says that a file is stale, wait for each other.
LOCK = "transactions.mirror"
STALE = """
    UPDATE transactions_mirrorfile SET path = NULL, changed_at = now()
    WHERE kind = %s AND %s BETWEEN load_id AND coalesce(last_load_id, load_id)
"""


class DamagedMirror(Refused):
    code = "damaged_mirror"
    status = 409


@dataclass(frozen=True)
class MirrorState:
    """What an update did: files made anew, and all rows that the mirror now holds."""

    written: int
    rows: int


def mark_mirror_stale(*, load_ids: Iterable[int] = (), products: bool = False) -> None:
    """Say, in the transaction that changes rows, that these files no longer equal the record."""
    stale = [(LINES, load_id) for load_id in load_ids] + ([(PRODUCTS, 0)] if products else [])
    hold_lock(LOCK)
    with connection.cursor() as cursor:
        for kind, load_id in stale:
            cursor.execute(STALE, [kind, load_id])
            if cursor.rowcount == 0:
                cursor.execute(
                    "INSERT INTO transactions_mirrorfile (kind, load_id) VALUES (%s, %s)",
                    [kind, load_id],
                )
    ask_again(mirror_paths)


def update_mirror(*, wrote: Callable[..., None] | None = None) -> MirrorState:
    """Make every stale file anew. ``wrote(rows, of=rows)`` hears how much of the mirror is true."""
    stale = list(MirrorFile.objects.filter(path=None).order_by("kind", "load_id"))
    zone = organisation().time_zone
    done = sum(MirrorFile.objects.exclude(path=None).values_list("rows", flat=True))
    total = done + sum(_lines_of(entry) for entry in stale)
    for entry in stale:
        path, rows = (
            mirror.write_lines(loads=entry.loads, zone=zone)
            if entry.kind == LINES
            else mirror.write_products()
        )
        _publish(entry, str(path), rows)
        done += rows
        if wrote:
            wrote(done, of=max(done, total))
    used = MirrorFile.objects.exclude(path=None)
    _check_files(used)
    remove_unused()
    return MirrorState(written=len(stale), rows=sum(used.values_list("rows", flat=True)))


def remove_unused(*, at_once: bool = False) -> int:
    """Files that the mirror is made of no more, and what was made of it as it was; how many."""
    # Others may have named files since this request first asked.
    ask_again(mirror_paths)
    used = MirrorFile.objects.exclude(path=None).values_list("path", flat=True)
    return mirror.remove_unused({*used, *totals_in_use(), *kept_in_use()}, at_once=at_once)


def _check_files(used: QuerySet[MirrorFile]) -> None:
    for entry in used.order_by("kind", "load_id"):
        problem = mirror.problem_of(entry.path or "")
        if problem:
            what = f"lines file of load {entry.load_id}" if entry.kind == LINES else "products file"
            verb = f"is {problem}" if problem == mirror.MISSING else problem
            raise DamagedMirror(f"The mirror's {what} {verb}. Make it anew: {REBUILD}")


def rebuild_mirror() -> MirrorState:
    """Forget every file and make all of them from the record."""
    MirrorFile.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT load_id FROM transactions_orderline")
        loads = [load_id for (load_id,) in cursor.fetchall()]
    mark_mirror_stale(load_ids=loads, products=True)
    return update_mirror()


def source_of_load(
    *,
    name: str,
    time_zone: str,
    shop_zone: str,
    newest: datetime | None,
    shift: bool,
    now: datetime,
) -> Source:
    """The source of that name. Its first load fixes how many whole weeks its dates move on.

    With ``shift``, data older than 30 days move so that their last local day is the last Sunday
    before today, or as near before it as whole weeks allow.
    """
    known = Source.objects.filter(name=name).first()
    if known is not None:
        return known
    days = _weeks_to_now(newest, now, ZoneInfo(shop_zone)) if shift and newest else 0
    return Source.objects.create(name=name, time_zone=time_zone, shift_days=days)


def _weeks_to_now(newest: datetime, now: datetime, zone: ZoneInfo) -> int:
    last_day, today = local_wall(newest, zone).date(), local_wall(now, zone).date()
    if now - newest <= OLD:
        return 0
    last_sunday = today - timedelta(days=today.isoweekday() % 7 or 7)
    return (last_sunday - last_day).days // 7 * 7


def _publish(entry: MirrorFile, path: str, rows: int) -> None:
    """Name the new file, unless the record has changed since; an empty load has no file."""
    current = MirrorFile.objects.filter(pk=entry.pk, path=None, changed_at=entry.changed_at)
    if entry.kind == LINES and rows == 0:
        current.delete()
    else:
        current.update(path=path, rows=rows)
    ask_again(mirror_paths)


def _lines_of(entry: MirrorFile) -> int:
    """How many lines a stale file will hold; products are not counted ahead."""
    if entry.kind != LINES:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM transactions_orderline WHERE load_id BETWEEN %s AND %s",
            entry.loads,
        )
        return cursor.fetchone()[0]
