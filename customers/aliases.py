"""Under which further ids somebody is known since they were merged."""

from django.db.models import Exists, OuterRef, QuerySet

from customers.identity_models import Alias
from customers.models import Customer

# In place of customers_customer where rows of a file name somebody: customer_id and whose id it is.
KNOWN_AS = (
    "(SELECT o.customer_id, coalesce(a.kept_id, o.id) AS id FROM customers_customer o"
    " LEFT JOIN customers_alias a ON a.customer_id = o.id)"
)
# That a row c is nobody's alias, as SQL.
IS_SOMEBODY = "NOT EXISTS (SELECT FROM customers_alias a WHERE a.customer_id = c.id)"

# The note of a load: how many of its rows name somebody by an id that was merged away.
BY_OLD_ID = "by_old_id"


def somebodies() -> QuerySet[Customer]:
    """All customers but those who were merged into another."""
    return Customer.objects.filter(~Exists(Alias.objects.filter(customer=OuterRef("pk"))))


def known_as(customer_id: str) -> Customer | None:
    """Whom a shop's id means, also one that was merged away."""
    found = Customer.objects.filter(customer_id=customer_id).first()
    alias = Alias.objects.filter(customer=found).select_related("kept").first() if found else None
    return alias.kept if alias else found


def aliases_of(customer_pk: int) -> list[Customer]:
    """Who was merged into a customer, by their ids."""
    merged = Alias.objects.filter(kept_id=customer_pk).values("customer")
    return list(Customer.objects.filter(pk__in=merged).order_by("customer_id"))


def old_ids() -> list[str]:
    """The ids that were merged away."""
    return list(Alias.objects.order_by("pk").values_list("customer__customer_id", flat=True))


def everyone_of(customer_pk: int) -> list[int]:
    """Whose rows are one person's: the merged ones, and the customer last."""
    return [*(alias.pk for alias in aliases_of(customer_pk)), customer_pk]
