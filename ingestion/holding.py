"""Loads that wait for somebody: held ones enter or are refused, poor ones are looked at."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from core.errors import Conflict
from core.formats import counted
from core.services import record_audit
from ingestion.models import Load, Reject
from ingestion.selectors import waits_for_a_look
from runs.models import RunState
from runs.services import cancel, release
from runs.work import OnHold

COUNTS = ("read", "loaded", "changed", "identical", "duplicate", "rejected")


def stay_held(load: Load, found: dict[str, Any]) -> None:
    """End the run of a load that its control totals hold; nothing of it is in the record."""
    if load.held_for:
        raise OnHold({**found, "held_for": load.held_for, "customers": []})


@transaction.atomic
def accept_load(*, load: Load, actor: User | None = None, send: bool = True) -> Load:
    """A held load enters in spite of its difference; one of poor quality no longer holds training.

    Refused where nothing waits for a decision.
    """
    load = Load.objects.select_for_update(of=("self",)).select_related("run").get(pk=load.pk)
    held = load.run.state == RunState.HELD
    if not held and not waits_for_a_look(load):
        raise Conflict(
            f"Import {load.pk} waits for nobody: it is neither held nor under the limit."
        )
    detail = {"held_for": load.held_for} if held else {"quality": load.quality}
    record_audit(actor=actor, verb="accept_import", subject=str(load.pk), detail=detail)
    load.accepted_at = timezone.now()
    if held:
        for name in COUNTS:
            setattr(load, name, 0)
        load.sums, load.notes, load.held_for, load.quality = {}, {}, "", None
        Reject.objects.filter(load=load).delete()
    load.save()
    if held:
        release(run=load.run, send=send)
    load.run.refresh_from_db()
    return load


@transaction.atomic
def refuse_load(*, load: Load, actor: User | None = None) -> Load:
    """A held load does not enter; its report stays."""
    if load.run.state != RunState.HELD:
        raise Conflict(f"Import {load.pk} is not held, so there is nothing to refuse.")
    record_audit(
        actor=actor, verb="refuse_import", subject=str(load.pk), detail={"held_for": load.held_for}
    )
    cancel(run=load.run)
    return load


def why_training_waits(loads: list[Load], threshold: int) -> str:
    """In words, for whoever asks for a training; empty where no load waits."""
    if not loads:
        return ""
    first = loads[0]
    more = f", and {counted(len(loads) - 1, 'more')}" if len(loads) > 1 else ""
    return (
        f"Import {first.pk} ({first.file_name}) has a quality of {first.quality} of 100, under the"
        f" limit of {threshold}{more}: look at its report and accept it, or undo it, first."
    )
