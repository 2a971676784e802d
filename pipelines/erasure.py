"""Erasing a person on request: from the top down through every app, with a certificate."""

import time
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from core.errors import Conflict, NotFound
from core.people import person_verbs
from core.services import record_audit
from customers import erased
from customers.aliases import everyone_of, known_as
from customers.models import Customer
from customers.selectors import identity
from ingestion.erasing import note_erased_rows
from runs.models import MOVING, Run, RunState
from runs.services import SILENT_AFTER, request
from runs.work import Work
from transactions.selectors import visitors_of

NAME = "erase"
# No refresh may publish what it read of the person before; loads are held by the erasure list.
LANE = "refresh"
POLL_SECONDS = 0.5


class ErasedAlready(Conflict):
    code = "erased_already"


@transaction.atomic
def request_erasure(*, customer_id: str, actor: User | None = None, send: bool = True) -> Run:
    """Queue the erasure of a person; joins one that waits or works. Nothing but the row's number
    and a pseudonym is written down with it."""
    customer = known_as(customer_id)
    alias = erased.pseudonym(customer.customer_id if customer else customer_id)
    same = erasures().filter(arguments__pseudonym=alias)
    moving = same.filter(state__in=MOVING).first()
    if moving is not None:
        return moving
    if customer is None:
        _refuse(customer_id, same.filter(state=RunState.SUCCEEDED).first())
    record_audit(actor=actor, verb="erase_customer", subject=alias)
    return request(
        name=NAME,
        task="pipelines.tasks.erase",
        arguments={"customer": customer.pk, "pseudonym": alias},
        lane=LANE,
        actor=actor,
        send=send,
    )


def erase(work: Work) -> dict[str, Any]:
    """The job of an erasure, of whoever was merged into the customer too. The customer's own row
    goes last: what is left of an attempt that was killed is found by it."""
    arguments = work.run.arguments
    verbs = person_verbs()
    work.plan(len(verbs) + 1)
    certificate = {"pseudonym": arguments["pseudonym"], "touched": {}, **work.run.result}
    with work.step("list"):
        _let_trainings_end(work)
        _bar_the_way_back(work.run, certificate)
    for app in verbs:
        with work.step(f"forget {app.key}") as step:
            counts = [app.forget(pk) for pk in everyone_of(arguments["customer"])]
            step.wrote(1, of=2)
            for touched in counts:
                _note(work.run, certificate, app.key, touched)
            step.wrote(2, of=2)
    ended = {"erased_at": timezone.now().isoformat(), "asked_by": _who(work.run)}
    # Totals and thresholds of everybody are to be made without the person.
    return {**certificate, **ended, "customers": "all"}


def erase_returned() -> list[Run]:
    """Queue the erasure of everybody on the list who is in the record: a backup brought them."""
    ids = Customer.objects.values_list("customer_id", flat=True)
    return [request_erasure(customer_id=one) for one in sorted(erased.erased_among(ids.iterator()))]


def erasures() -> Any:
    """All erasures, the newest first."""
    return Run.objects.filter(name=NAME).select_related("requested_by").order_by("-pk")


def certificate_of(run: Run) -> dict[str, Any]:
    """What was touched, when and for whom; the person is a keyed pseudonym."""
    return {
        "id": run.pk,
        "state": run.state,
        "person": run.arguments["pseudonym"],
        "asked_at": run.created_at,
        "asked_by": run.result.get("asked_by") or _who(run),
        "erased_at": run.result.get("erased_at"),
        "touched": run.result.get("touched", {}),
    }


def erasure_numbered(number: int) -> Run:
    found = erasures().filter(pk=number).first()
    if found is None:
        raise NotFound(f"There is no erasure {number}.")
    return found


def _refuse(customer_id: str, before: Run | None) -> None:
    at = erased.erased_at(customer_id)
    if at is None:
        raise NotFound("There is no customer with this id. Look it up once more.")
    told = f" The certificate is that of run {before.pk}." if before else ""
    raise ErasedAlready(f"This person was erased on {at:%-d %B %Y}.{told}")


def _let_trainings_end(work: Work) -> None:
    """A training reads files that are about to go."""
    trainings = Run.objects.filter(name="train", state=RunState.RUNNING)
    while trainings.filter(heartbeat_at__gt=timezone.now() - SILENT_AFTER).exists():
        time.sleep(POLL_SECONDS)
        work.check()


def _bar_the_way_back(run: Run, certificate: dict[str, Any]) -> None:
    """From here on no load lets the person in; those that had read their file before have ended."""
    everyone = [found for pk in everyone_of(run.arguments["customer"]) if (found := identity(pk))]
    if not everyone:
        return
    for person in everyone:
        visitors = visitors_of(person.customer_pk)
        erased.add(person.customer_id, at=timezone.now(), visitors=visitors)
    with transaction.atomic():
        erased.wait_for_rows()
        if "rows_of_loads" not in certificate:
            rows = [note_erased_rows(person.customer_pk) for person in everyone]
            certificate["rows_of_loads"] = sum(rows)
            Run.objects.filter(pk=run.pk).update(result=certificate)


def _note(run: Run, certificate: dict[str, Any], app: str, counts: dict[str, int]) -> None:
    """Add to the certificate, so that the next attempt knows what this one has done."""
    touched = certificate["touched"].setdefault(app, {})
    for what, many in counts.items():
        if many:
            touched[what] = touched.get(what, 0) + many
    Run.objects.filter(pk=run.pk).update(result=certificate)


def _who(run: Run) -> str:
    return str(run.requested_by) if run.requested_by else "the operator, by a command"
