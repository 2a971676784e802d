"""Letting go of what loads replaced, once nobody will undo them any more."""

from datetime import datetime

from django.db import transaction

from core.services import record_audit
from core.undo import thin_out
from ingestion.entering import KEPT
from ingestion.models import Load
from ingestion.services import CLEARED


@transaction.atomic
def clear_undo(*, before: datetime) -> int:
    """Loads that ended before a moment can be undone no more where they changed rows; how many rows
    it let go of. That they were changed is still known: what lies beneath stays refused."""
    old = Load.objects.filter(run__finished_at__lt=before, undone_at=None, dry_run=False)
    changing = old.exclude(**{f"notes__{KEPT}": {}})
    rows = 0
    for load in changing.exclude(notes__has_key=CLEARED).select_for_update():
        rows += thin_out(load.pk)
        load.notes[CLEARED] = True
        load.save(update_fields=["notes"])
    if rows:
        record_audit(actor=None, verb="clear_undo", detail={"rows": rows})
    return rows
