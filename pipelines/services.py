"""A refresh from the mirror to the lists, the update of a few customers, and when each begins."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Least, Now
from django.utils import timezone

import features.selectors
import features.services
import recommendations.services
import segmentation.services
import transactions.services
from accounts.models import User
from core.errors import Refused
from core.formats import day
from core.localtime import day_after
from core.locks import hold_lock
from core.selectors import organisation, organisation_zone
from features.models import ImportedFeatures
from pipelines.steps import PARTS_FOR_A_FEW, STEPS, parts_of
from runs.models import Run, RunState
from runs.services import enqueue, request
from runs.work import Superseded, Work
from transactions.models import Order
from transactions.selectors import first_order_at, last_order_at

LANE = "refresh"
# The runs that make two customers one, or two again.
MERGE = "merge"
QUIET = timedelta(seconds=20)
LONGEST_WAIT = timedelta(minutes=5)
# Two requests at once must see each other.
REQUESTS = "pipelines.refresh"


NOTHING = "There are no orders yet. Bring in a file first, then refresh: import_file PATH."


class NothingToRefresh(Refused):
    code = "nothing_to_refresh"


def request_refresh(
    *,
    as_of: datetime,
    only: Iterable[str] = (),
    rerank: bool = False,
    frequency_unit: str = "orders",
    actor: User | None = None,
    send: bool = True,
    join: bool = True,
) -> Run:
    """Ask for a refresh; joins one that runs, takes over one that waits.

    ``rerank`` makes the RFM thresholds anew; ``frequency_unit`` counts orders or lines. Without
    ``join`` one that runs is waited for: it may be past the parts that are asked for.
    """
    _check_moment(as_of)
    arguments = {
        "as_of": as_of.isoformat(),
        "only": list(only),
        "rerank": rerank,
        "frequency_unit": frequency_unit,
    }
    parts_of(only)
    with transaction.atomic():
        hold_lock(REQUESTS)
        refreshes = Run.objects.filter(name="refresh")
        if join and (working := refreshes.filter(state=RunState.RUNNING).first()):
            return working
        if waiting := refreshes.filter(state=RunState.QUEUED).first():
            return _take_over(waiting, arguments, actor=actor, send=send)
        return request(
            name="refresh",
            task="pipelines.tasks.refresh",
            arguments=arguments,
            lane=LANE,
            actor=actor,
            send=send,
        )


def _take_over(waiting: Run, arguments: dict[str, Any], *, actor: User | None, send: bool) -> Run:
    """A refresh that waits, debounced or behind another, also does what is asked for now."""
    both = [waiting.arguments["only"], arguments["only"]]
    # No names are all parts.
    arguments = {**arguments, "only": sorted({*both[0], *both[1]}) if all(both) else []}
    waiting.arguments, waiting.not_before, waiting.requested_by = arguments, None, actor
    waiting.save(update_fields=["arguments", "not_before", "requested_by"])
    if send:
        transaction.on_commit(lambda: enqueue(run=waiting))
    return waiting


def refresh(work: Work) -> dict[str, Any]:
    """The job of a refresh run: each part in order, all as of one moment."""
    as_of = datetime.fromisoformat(work.run.arguments["as_of"])
    parts = parts_of(work.run.arguments["only"])
    if not anything_to_rank() and features.selectors.snapshot_as_of() is not None:
        return _withdraw(work, as_of)
    _check_moment(as_of)
    work.plan(len(parts))
    told: dict[str, Any] = {}
    try:
        for part in parts:
            with work.step(part) as step:
                told[part] = STEPS[part](step=step, as_of=as_of, run=work.run)
    except Superseded:
        # Where another worker goes on with it, what is published is that worker's.
        if Run.objects.filter(pk=work.run.pk, state=RunState.CANCELLED).exists():
            _take_back(work.run)
        raise
    except Exception:
        _take_back(work.run)
        raise
    return {"as_of": as_of.isoformat(), "customers": "all", "not_yet": told.get("models") or {}}


def _withdraw(work: Work, as_of: datetime) -> dict[str, Any]:
    """An undo took the last orders out: what was said of them is said no longer."""
    work.plan(2)
    with work.step("mirror") as step:
        transactions.services.update_mirror(wrote=step.wrote)
    with work.step("segments") as step, transaction.atomic():
        features.services.withdraw()
        recommendations.services.withdraw()
        segmentation.services.withdraw(step=step, as_of=as_of, run=work.run)
    return {"as_of": as_of.isoformat(), "customers": "all", "not_yet": {}}


def _check_moment(as_of: datetime) -> None:
    """Refuse a moment at which nothing was known: every figure would be missing."""
    if not anything_to_rank():
        raise NothingToRefresh(NOTHING)
    first = first_order_at()
    if (first and first < as_of) or features.selectors.anything_imported(by=as_of):
        return
    known = f"the first order, of {day(first)}" if first else "the first file with features"
    raise NothingToRefresh(f"{day(as_of)} is before {known}. Refresh as of a later moment.")


@transaction.atomic
def _take_back(run: Run) -> None:
    """What was published before a refresh that did not end well is published again."""
    before = features.services.take_back(run=run)
    if before is not None:
        as_of = datetime.fromisoformat(run.arguments["as_of"])
        segmentation.services.take_back(run=run, as_of=as_of, before=before.as_of)


def clear_up_after(run: Run) -> None:
    """A refresh whose worker died for good, or that was cancelled while nobody held it."""
    if run.state != RunState.SUCCEEDED:
        _take_back(run)


def update_customers(work: Work) -> dict[str, Any]:
    """The job after a small load: what is said of the customers it changed is made anew now.

    Their recommendations are worked out when somebody asks for them.
    """
    pks = work.run.arguments["customers"]
    as_of = usual_as_of(timezone.now())
    work.plan(len(PARTS_FOR_A_FEW) + 1)
    with work.step("mirror") as step:
        transactions.services.update_mirror(wrote=step.wrote)
    for name, part in PARTS_FOR_A_FEW.items():
        with work.step(name) as step:
            part(customer_pks=pks, as_of=as_of, run=work.run)
            step.wrote(len(pks), of=len(pks))
    return {"as_of": as_of.isoformat(), "customers": pks}


def update_after(run: Run) -> None:
    """A load that changed a few customers: what is said of them is made anew at once."""
    if _has_changed(run) and run.result["customers"] != "all":
        request_update(customer_pks=run.result["customers"])


def request_update(*, customer_pks: list[int]) -> Run | None:
    """What is said of a few customers is made anew; None before the first refresh said anything."""
    if not segmentation.services.has_labels():
        return None
    return request(
        name="update_customers",
        task="pipelines.tasks.update_customers",
        arguments={"customers": customer_pks},
        lane=LANE,
    )


def refresh_after(run: Run) -> None:
    """A load that changed customers: everybody, once the loads have been quiet for a while."""
    if _has_changed(run):
        # A few posted rows are in all figures already: the refresh after them need not hurry.
        few = run.arguments.get("pushed") or run.name == MERGE
        _debounce_refresh(LONGEST_WAIT if few else QUIET)


def _has_changed(run: Run) -> bool:
    if run.state != RunState.SUCCEEDED or not run.result.get("customers"):
        return False
    return anything_to_rank() or features.selectors.snapshot_as_of() is not None


def score_after(run: Run) -> None:
    """What was trained answers at once, where it was promoted."""
    if run.state == RunState.SUCCEEDED:
        score_anew(actor=run.requested_by)


def score_anew(*, actor: User | None) -> Run:
    """Scores and lists by the models that answer now."""
    as_of = usual_as_of(timezone.now())
    return request_refresh(as_of=as_of, only=["scores", "lists"], actor=actor, join=False)


def anything_to_rank() -> bool:
    """Orders or imported features: without them a refresh has nothing to say."""
    return Order.objects.exists() or ImportedFeatures.objects.exists()


def _debounce_refresh(quiet: timedelta) -> None:
    """One full refresh after the loads have been quiet for a while, or waited long enough."""
    hold_lock(REQUESTS)
    waiting = Run.objects.filter(name="refresh", state=RunState.QUEUED)
    if waiting.exists():
        waiting.exclude(not_before=None).update(
            not_before=Least(Now() + quiet, F("created_at") + LONGEST_WAIT)
        )
        return
    at = timezone.now() + quiet
    request(
        name="refresh",
        task="pipelines.tasks.refresh",
        arguments={"as_of": usual_as_of(at).isoformat(), "only": []},
        lane=LANE,
        not_before=at,
    )


def usual_as_of(now: datetime) -> datetime:
    """The moment of a refresh that nobody dated: now; in the demo the last day of its data."""
    newest = last_order_at()
    if not organisation().is_demo or newest is None:
        return now
    return min(day_after(newest, organisation_zone()), now)
