"""Two customers become one, and two again: from the top down through every app, with a journal."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from core.errors import Conflict, Refused
from core.people import person_verbs
from core.services import record_audit
from core.undo import newest_kept, repoint_kept, repoint_kept_back
from customers.aliases import everyone_of
from customers.erased import hold_erasures
from customers.filling import empty, fill
from customers.finding import pair_numbered
from customers.identity_models import Alias, Duplicate, PairState
from customers.models import Customer
from ingestion.services import LANE
from pipelines.services import MERGE
from runs.models import Run
from runs.services import request
from runs.work import Work

MEANWHILE = "Somebody decided about this pair meanwhile. What you see is how it stands."


class CannotMerge(Refused):
    code = "cannot_merge"


class LaterMerge(Conflict):
    code = "later_merge"


@transaction.atomic
def request_merge(*, pair: Duplicate, keep: Customer, actor: User, send: bool = True) -> Run:
    """Ask for a merge; ``keep`` is one of the two, and has everything afterwards."""
    if keep.pk not in (pair.first_id, pair.second_id):
        raise CannotMerge("Keep one of the two customers.")
    _check_open(pair)
    source = other_of(pair, keep.pk)
    for customer in (keep, source):
        record_audit(
            actor=actor, verb="merge_customers", subject=customer.customer_id,
            detail={"pair": pair.pk, "kept": customer.pk == keep.pk},
        )  # fmt: skip
    return _request({"pair": pair.pk, "keep": keep.pk, "verb": "merge"}, actor, send)


@transaction.atomic
def request_take_back(*, pair: Duplicate, actor: User, send: bool = True) -> Run:
    """Ask for two customers again; the pair is not proposed any more."""
    _check_merged(pair)
    for customer in (pair.first, pair.second):
        record_audit(
            actor=actor, verb="unmerge_customers", subject=customer.customer_id,
            detail={"pair": pair.pk},
        )  # fmt: skip
    return _request({"pair": pair.pk, "verb": "take_back"}, actor, send)


def work_on(work: Work) -> dict[str, Any]:
    """The job of either. It takes its turn among the loads, so that no row comes in meanwhile."""
    work.plan(1)
    verbs: dict[str, Callable[[Run], list[int]]] = {"merge": _merge, "take_back": _take_back}
    with work.step("move") as step:
        touched = verbs[work.run.arguments["verb"]](work.run)
        step.wrote(1, of=1)
    return {"customers": touched}


@transaction.atomic
def _merge(run: Run) -> list[int]:
    hold_erasures()
    pair = _locked(run)
    target = Customer.objects.select_for_update().get(pk=run.arguments["keep"])
    if pair.state == PairState.MERGED and pair.kept_id == target.pk:
        return _touched(pair)
    _check_open(pair)
    source = Customer.objects.select_for_update().get(pk=other_of(pair, target.pk).pk)
    pks = {"source_pk": source.pk, "target_pk": target.pk}
    pair.journal = {
        "since": newest_kept(),
        "moved": {verbs.key: verbs.repoint(source.pk, target.pk) for verbs in person_verbs()},
        "kept_rows": repoint_kept(**pks),
        "filled": fill(source=source, target=target),
        "aliases": _lead_on(source.pk, target.pk),
    }
    pair.state, pair.kept = PairState.MERGED, target
    _decided(pair, run)
    return _touched(pair)


@transaction.atomic
def _take_back(run: Run) -> list[int]:
    hold_erasures()
    pair = _locked(run)
    if pair.state == PairState.DISMISSED:
        return _touched(pair)
    _check_merged(pair)
    assert pair.kept is not None
    target, source, journal = pair.kept, other_of(pair, pair.kept.pk), pair.journal
    Alias.objects.filter(customer=source).delete()
    Alias.objects.filter(customer__in=journal["aliases"]).update(kept=source)
    empty(target=target, filled=journal["filled"], since=journal["since"])
    repoint_kept_back(
        kept=journal["kept_rows"], moved=_tables(journal), since=journal["since"],
        source_pk=source.pk, target_pk=target.pk,
    )  # fmt: skip
    for verbs in person_verbs():
        verbs.repoint_back(journal["moved"].get(verbs.key, {}), source.pk, target.pk)
    pair.state, pair.kept, pair.journal = PairState.DISMISSED, None, {}
    _decided(pair, run)
    return _touched(pair)


def other_of(pair: Duplicate, customer_pk: int) -> Customer:
    return pair.second if pair.first_id == customer_pk else pair.first


def why_not_back(pair: Duplicate) -> str:
    """Why a merge cannot be taken back yet; empty where it can."""
    both = (pair.first_id, pair.second_id)
    later = Duplicate.objects.filter(
        Q(first__in=both) | Q(second__in=both), state=PairState.MERGED,
        decided_at__gt=pair.decided_at,
    ).select_related("first", "second")  # fmt: skip
    newest = later.order_by("-decided_at").first()
    if newest is None:
        return ""
    return (
        f"{newest.first.customer_id} and {newest.second.customer_id} were merged after it."
        " Take that back first."
    )


def _request(arguments: dict[str, Any], actor: User, send: bool) -> Run:
    return request(
        name=MERGE, task="pipelines.tasks.merge", arguments=arguments, lane=LANE, actor=actor,
        send=send,
    )  # fmt: skip


def _check_open(pair: Duplicate) -> None:
    if pair.state != PairState.OPEN:
        raise Conflict(MEANWHILE)
    if Alias.objects.filter(customer__in=(pair.first_id, pair.second_id)).exists():
        raise Conflict("One of the two was merged with somebody else meanwhile.")


def _check_merged(pair: Duplicate) -> None:
    if pair.state != PairState.MERGED:
        raise Conflict(MEANWHILE)
    if why := why_not_back(pair):
        raise LaterMerge(why)


def _locked(run: Run) -> Duplicate:
    Duplicate.objects.select_for_update().filter(pk=run.arguments["pair"]).first()
    return pair_numbered(run.arguments["pair"])


def _decided(pair: Duplicate, run: Run) -> None:
    pair.decided_by, pair.decided_at = run.requested_by, timezone.now()
    pair.save(update_fields=["state", "kept", "journal", "decided_by", "decided_at"])


def _lead_on(source_pk: int, target_pk: int) -> list[int]:
    """The source becomes an alias, and whoever was one of theirs is one of the target's."""
    led = Alias.objects.filter(kept_id=source_pk)
    pks = list(led.values_list("pk", flat=True))
    led.update(kept_id=target_pk)
    Alias.objects.create(customer_id=source_pk, kept_id=target_pk)
    return pks


def _touched(pair: Duplicate) -> list[int]:
    return sorted({*everyone_of(pair.first_id), *everyone_of(pair.second_id)})


def _tables(journal: dict[str, Any]) -> dict[str, list[int]]:
    """{table: ids of the rows that moved}; what an app wrote itself has no model's name."""
    return {
        apps.get_model(label)._meta.db_table: ids
        for moved in journal["moved"].values()
        for label, ids in moved.items()
        if "." in label
    }


@dataclass(frozen=True)
class Moving:
    """How many rows of one kind a merge would move, and how many would stay behind."""

    what: str
    moves: int
    stays: int


def would_move(*, source_pk: int, target_pk: int) -> list[Moving]:
    """What a merge would do with the rows of every app, the most first; writes nothing."""
    found = []
    for verbs in person_verbs():
        for rows in verbs.movable(source_pk, target_pk):
            moves = rows.count()
            theirs = rows.model._default_manager.filter(customer_id=source_pk).count()
            if theirs:
                what = str(rows.model._meta.verbose_name_plural)
                found.append(Moving(what, moves, theirs - moves))
    return sorted(found, key=lambda one: (-one.moves, one.what))
