from django.db import models

from core.encryption import blind_index
from customers.models import Customer


def remove_customers(*, load_id: int) -> int:
    """Take out the customers that a load brought in, with whatever hangs on them."""
    _, by_table = Customer.objects.filter(load_id=load_id).delete()
    return by_table.get("customers.Customer", 0)


def rows_of_others(*, load_id: int) -> str | None:
    """Which rows of other loads belong to the customers that a load brought in; None for none.

    Rows that no load brought in (memberships, history) are recomputed and hold nothing up.
    """
    for relation in Customer._meta.get_fields(include_hidden=True):
        model = relation.related_model if relation.auto_created else None
        if model is None or not _is_loaded(model):
            continue
        theirs = model.objects.filter(**{f"{relation.field.name}__load_id": load_id})
        count = theirs.exclude(load_id=load_id).count()
        if count:
            name = model._meta.verbose_name_plural
            return f"{count:,} {name} belong to customers that it brought in"
    return None


def _is_loaded(model: type[models.Model]) -> bool:
    names = {field.name for field in model._meta.get_fields()}
    return "load_id" in names and not model._meta.model_name.endswith("event")


def personal_mark(customer_id: str, field: str, value: str) -> str:
    """Tells a changed personal value from the same one; salted, so equal people do not show."""
    return blind_index(f"{customer_id}|{field}|{value}").hex()
