"""What somebody says about a pair, carried out here where no load is before it."""

from datetime import datetime

from accounts.models import User
from core.errors import Refused
from customers.finding import dismiss
from customers.identity_models import Duplicate
from customers.models import Customer
from pipelines.merging import request_merge, request_take_back, work_on
from runs.models import MOVING, Run, RunState
from runs.services import enqueue, perform


class WhoIsKept(Refused):
    code = "who_is_kept"


def decide(*, pair: Duplicate, decision: str, keep: str, actor: User, at: datetime) -> Run | None:
    """The run of a merge or of its way back, as it ended, or waiting for the load before it; None
    where two people stay two."""
    if decision == "apart":
        dismiss(pair=pair, actor=actor, at=at)
        return None
    if decision == "take_back":
        return _done(request_take_back(pair=pair, actor=actor, send=False))
    kept = one_of(pair, keep)
    if kept is None:
        words = "Say which of the two customers is kept."
        raise WhoIsKept(words, fields={"keep": words})
    return _done(request_merge(pair=pair, keep=kept, actor=actor, send=False))


def one_of(pair: Duplicate, customer_id: str) -> Customer | None:
    return {one.customer_id: one for one in (pair.first, pair.second)}.get(customer_id)


def _done(run: Run) -> Run:
    ended = perform(run=run, job=work_on)
    if ended.state in MOVING:
        enqueue(run=ended)
    elif ended.state != RunState.SUCCEEDED:
        raise Refused(f"{ended.error} {ended.remedy}".strip())
    return ended
