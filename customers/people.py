from collections.abc import Iterable
from typing import Any, ClassVar

from django.apps import apps
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce
from django.forms.models import model_to_dict

from core.contracts.person import PersonVerbs
from core.formats import whole
from core.models import RowBefore
from core.undo import forget_person, told_of
from customers.filling import say_no_too
from customers.identity_models import Alias
from customers.matching import unblock
from customers.models import (
    Consent,
    ContactLedger,
    Customer,
    Feedback,
    Interaction,
    Note,
    Suppression,
)
from customers.selectors import PERSONAL, customers_of_load, feedback, identity, interactions

PLAIN = ("customer_id", "age_band", "region", "acquisition_channel", "joined_at")
# What moves to another customer, with what says beside the customer that two rows are the same.
KEYED: dict[type[models.Model], tuple[str, ...]] = {
    Consent: ("channel", "purpose", "at"),
    Suppression: ("channel",),
    ContactLedger: (),
    Note: (),
    Interaction: ("channel", "opened_at"),
    Feedback: ("kind", "at"),
}
# In the journal: the statements that a merge has written.
SAID = "said"
INTERACTION = ("channel", "opened_at", "closed_at", "subject", "text", "outcome", "is_synthetic")
NOTE = ("text", "written_at", "struck_at")
FEEDBACK = ("kind", "score", "text", "at", "is_synthetic")


class CustomersPeople(PersonVerbs):
    """The customer's own row, what they agreed to and said, and when they were written to."""

    key: ClassVar[str] = "customers"
    models: ClassVar[tuple[str, ...]] = (
        "customers.Customer", "customers.CustomerEvent", "customers.Consent",
        "customers.ConsentEvent", "customers.Suppression", "customers.ContactLedger",
        "customers.Interaction", "customers.Feedback", "customers.Note", "customers.Alias",
        "customers.Duplicate",
    )  # fmt: skip
    stays: ClassVar[dict[str, str]] = {
        "customers.Customer": "the row of a merged customer is kept, and is an alias of the other",
        "customers.CustomerEvent": "what was said of a row is its own history",
        "customers.ConsentEvent": "what was said of a row is its own history",
        "customers.Alias": "led to the kept customer by the merge itself",
        "customers.Duplicate": "says of two rows what was found and decided",
    }
    audited: ClassVar[tuple[str, ...]] = (
        "state_consent", "unsubscribe", "view_customer", "write_note", "strike_note",
        "restore_note", "log_contact", "close_contact", "reopen_contact", "dismiss_duplicate",
        "reopen_duplicate",
    )  # fmt: skip

    def forget(self, customer_pk: int) -> dict[str, int]:
        person = identity(customer_pk)
        unblock(person.texts if person else ())
        _, erased = Customer.objects.filter(pk=customer_pk).delete()
        kept = forget_person(customer_pk)
        # The triggers have just written the last state into the history: it goes too.
        consents = apps.get_model("customers.ConsentEvent").objects.filter(customer_id=customer_pk)
        history = consents.delete()[0] + _history(customer_pk).delete()[0]
        return {**erased, "history": history, "rows kept for an undo": kept}

    def disclose(self, customer_pk: int) -> dict[str, Any]:
        customer = Customer.objects.get(pk=customer_pk)
        said = Consent.objects.filter(customer_id=customer_pk).order_by("at")
        written = ContactLedger.objects.filter(customer_id=customer_pk).order_by("at")
        barred = Suppression.objects.filter(customer_id=customer_pk).order_by("channel")
        return {
            "person": _told(customer),
            "changes": [{"at": row.pgh_created_at, **_told(row)} for row in _history(customer_pk)],
            "consents": [model_to_dict(c, exclude=["id", "customer", "load_id"]) for c in said],
            "suppressions": [model_to_dict(c, exclude=["id", "customer"]) for c in barred],
            "messages": [model_to_dict(c, exclude=["id", "customer"]) for c in written],
            "interactions": [_said(row, INTERACTION) for row in interactions(customer)],
            "notes": [
                {**_said(row, NOTE), "author": str(row.author) if row.author else None}
                for row in Note.objects.filter(customer_id=customer_pk).order_by("written_at", "pk")
            ],
            "feedback": [_said(row, FEEDBACK) for row in feedback(customer)],
            "before_imports": told_of(customer_pk),
        }

    def movable(self, source_pk: int, target_pk: int) -> list[Any]:
        """What the other said at the same moment in the same way stays where it is."""
        found = []
        for model, key in KEYED.items():
            theirs = model._default_manager.filter(customer_id=source_pk)
            taken = model._default_manager.filter(
                customer_id=target_pk, **{name: OuterRef(name) for name in key}
            )
            found.append(theirs.filter(~Exists(taken)) if key else theirs)
        return found

    def repoint(self, source_pk: int, target_pk: int) -> dict[str, list[int]]:
        said = say_no_too(source_pk=source_pk, target_pk=target_pk)
        return {SAID: said, **move_rows(self.movable(source_pk, target_pk), target_pk)}

    def repoint_back(self, journal: dict[str, list[int]], source_pk: int, target_pk: int) -> None:
        Consent.objects.filter(pk__in=journal.get(SAID, [])).delete()
        move_rows_back(tuple(KEYED), journal, source_pk, target_pk)

    def holds(self, load_id: int) -> str | None:
        brought = customers_of_load(load_id)
        merged = Alias.objects.filter(Q(customer__in=brought) | Q(kept__in=brought))
        if count := merged.count():
            return f"{whole(count)} customers that it brought in were merged: take that back first"
        by_hand = Consent.objects.filter(customer__in=brought, load_id=None).count()
        messages = ContactLedger.objects.filter(customer__in=brought).count()
        if by_hand:
            return f"{whole(by_hand)} consents were given by hand by its customers"
        if notes := Note.objects.filter(customer__in=brought).count():
            return f"{whole(notes)} notes were written about its customers"
        if closed := _closed_by_hand(load_id):
            return f"{whole(closed)} of its requests were closed by hand"
        return f"{whole(messages)} messages were sent to its customers" if messages else None


def _closed_by_hand(load_id: int) -> int:
    """How many of the load's requests somebody closed or opened again since it wrote them."""
    kept = RowBefore.objects.filter(
        load_id=load_id, of_table=Interaction._meta.db_table, row_id=OuterRef("pk")
    ).annotate(closer=Cast(KeyTextTransform("closed_by_id", "before"), models.BigIntegerField()))
    closers = Interaction.objects.filter(load_id=load_id).annotate(
        now=Coalesce("closed_by", 0), then=Coalesce(Subquery(kept.values("closer")), 0)
    )
    return closers.exclude(now=F("then")).count()


def _said(row: models.Model, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _told(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in (*PLAIN, *PERSONAL)}


def _history(customer_pk: int) -> models.QuerySet[Any]:
    """What the customer's row said after each change."""
    events = apps.get_model("customers.CustomerEvent").objects
    return events.filter(pgh_obj_id=customer_pk).order_by("pgh_id")


def move_rows(movable: Iterable[models.QuerySet[Any]], target_pk: int) -> dict[str, list[int]]:
    """Give rows to another customer; returns their ids by model."""
    journal = {rows.model._meta.label: list(rows.values_list("pk", flat=True)) for rows in movable}
    for label, ids in journal.items():
        apps.get_model(label)._default_manager.filter(pk__in=ids).update(customer_id=target_pk)
    return journal


def move_rows_back(
    moved: tuple[type[models.Model], ...], journal: dict[str, list[int]], source_pk: int,
    target_pk: int,
) -> None:  # fmt: skip
    """What a later load gave to a third customer stays theirs."""
    for model in moved:
        rows = model._default_manager.filter(pk__in=journal.get(model._meta.label, []))
        rows.filter(customer_id=target_pk).update(customer_id=source_pk)
