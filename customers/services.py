from datetime import datetime

from django.db import models, transaction

from accounts.models import User
from core.encryption import blind_index
from core.errors import Refused
from core.services import record_audit
from customers.models import Channel, Consent, Customer, Suppression


class BadConsent(Refused):
    code = "bad_consent"


def remove_customers(*, load_id: int) -> int:
    """Take out the customers that a load brought in, with whatever hangs on them."""
    _, by_table = Customer.objects.filter(load_id=load_id).delete()
    return by_table.get("customers.Customer", 0)


def rows_of_others(*, load_id: int, aside: type[models.Model] | None = None) -> str | None:
    """Which rows of other loads belong to the customers that a load brought in; None for none.

    Rows that no load brought in (memberships, history) are recomputed and hold nothing up; the
    caller looks at those of the model ``aside``.
    """
    for relation in Customer._meta.get_fields(include_hidden=True):
        model = relation.related_model if relation.auto_created else None
        if model is None or model is aside or not _is_loaded(model):
            continue
        theirs = model.objects.filter(**{f"{relation.field.name}__load_id": load_id})
        count = theirs.exclude(load_id=load_id).count()
        if count:
            name = model._meta.verbose_name_plural
            return f"{count:,} {name} belong to customers that it brought in"
    return None


def _is_loaded(model: type[models.Model]) -> bool:
    names = {field.name for field in model._meta.get_fields()}
    # A history table repeats the load of its row.
    return "load_id" in names and "pgh_id" not in names


def personal_mark(customer_id: str, field: str, value: str) -> str:
    """Tells a changed personal value from the same one; salted, so equal people do not show."""
    return blind_index(f"{customer_id}|{field}|{value}").hex()


@transaction.atomic
def state_consent(
    *, customer: Customer, channel: str, granted: bool, actor: User, at: datetime, source: str
) -> Consent:
    """Write down what a customer said about one channel; the newest statement holds."""
    if channel not in Channel.values:
        known = ", ".join(Channel.values)
        raise BadConsent(
            f"{channel!r} is no channel. Use one of {known}.", fields={"channel": known}
        )
    consent = Consent.objects.create(
        customer=customer, channel=channel, granted=granted, at=at, source=source
    )
    record_audit(
        actor=actor,
        verb="state_consent",
        subject=customer.customer_id,
        detail={"channel": channel, "granted": granted},
    )
    return consent


@transaction.atomic
def unsubscribe(*, customer_pk: int, channel: str, at: datetime, source: str) -> bool:
    """The customer's own word: nothing more on this channel. False where it held already.

    Their row is locked, as by whoever sends: what is handed over after this knows of it.
    """
    customer = Customer.objects.select_for_update(no_key=True).filter(pk=customer_pk).first()
    if customer is None or channel not in Channel.values:
        return False
    _, new = Suppression.objects.get_or_create(
        customer=customer, channel=channel, defaults={"reason": source, "at": at}
    )
    if not new:
        return False
    Consent.objects.create(customer=customer, channel=channel, granted=False, at=at, source=source)
    record_audit(
        actor=None, verb="unsubscribe", subject=customer.customer_id, detail={"channel": channel}
    )
    return True
