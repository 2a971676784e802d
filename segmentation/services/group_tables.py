"""The group table as marketing edits it: each save is a new version, and none is ever changed."""

from django.db import transaction

from accounts.models import User
from core.errors import Conflict, NotFound
from core.locks import hold_lock
from core.services import record_audit
from segmentation.group_table import (
    Cells,
    Cuts,
    checked_cells,
    checked_cuts,
    default_cells,
)
from segmentation.models import GroupTable

LOCK = "group table"


def current_group_table() -> GroupTable:
    """The newest version; before anybody edited it, version 1 as the glossary defines it."""
    newest = GroupTable.objects.order_by("-version").first()
    return newest or GroupTable.objects.create(version=1, cells=default_cells())


@transaction.atomic
def save_group_table(
    *, cells: Cells, cuts: Cuts, rerank: bool, based_on: int, actor: User | None
) -> GroupTable:
    """Save a table as the next version; the next refresh uses it.

    ``based_on`` is the version that was edited: another one meanwhile is not written over.
    """
    hold_lock(LOCK)
    newest = current_group_table()
    if newest.version != based_on:
        raise Conflict(
            f"Version {newest.version} was saved meanwhile."
            " Look at it, then make your change there."
        )
    named, own = checked_cells(cells), checked_cuts(cuts)
    if not rerank and named == newest.cells and own == newest.thresholds:
        raise Conflict("Nothing differs from the version that holds, so none was saved.")
    table = GroupTable.objects.create(
        version=newest.version + 1,
        cells=named,
        thresholds=own,
        # Own cut-offs are never made anew.
        rerank=rerank and not own,
        created_by=actor,
    )
    detail = {"version": table.version, "own_cut_offs": bool(own), "rerank": table.rerank}
    record_audit(actor=actor, verb="save_group_table", subject=str(table.version), detail=detail)
    return table


@transaction.atomic
def restore_group_table(*, version: int, actor: User | None) -> GroupTable:
    """Go back to an older version: it is repeated as the newest, so that the list only grows."""
    hold_lock(LOCK)
    newest = current_group_table()
    older = GroupTable.objects.filter(version=version).first()
    if older is None:
        raise NotFound(f"There is no version {version} of the group table.")
    if older.pk == newest.pk:
        raise Conflict(f"Version {version} holds already.")
    table = GroupTable.objects.create(
        version=newest.version + 1,
        cells=older.cells,
        thresholds=older.thresholds,
        restores=older.version,
        created_by=actor,
    )
    detail = {"version": table.version, "restores": older.version}
    record_audit(actor=actor, verb="restore_group_table", subject=str(table.version), detail=detail)
    return table
