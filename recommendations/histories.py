"""What one customer has bought, from the record: an order of this minute counts."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q
from django.db.models.functions import TruncDate

from core.selectors import organisation_zone
from recommendations.models import RecommendationLists
from transactions.models import OrderLine


@dataclass(frozen=True)
class History:
    """What one customer has bought: product_pk and local day, once each, and the newest order.

    ``last_load``: the newest load that wrote one of these lines, whenever they were bought.
    """

    products: list[int]
    days: list[date]
    newest: datetime | None
    last_load: int = 0

    def newer_than(self, lists: RecommendationLists) -> bool:
        late = self.newest is not None and self.newest >= lists.as_of
        return late or self.last_load > lists.run_id


def history_of(customer_pk: int) -> History:
    """From the record, so that an order of this minute counts."""
    day = TruncDate("order__occurred_at", tzinfo=organisation_zone())
    bought = Q(quantity__gt=0) | Q(quantity=None)
    lines = OrderLine.objects.filter(bought, order__customer_id=customer_pk, returned=False)
    known = lines.exclude(product=None).annotate(day=day)
    rows = list(known.values_list("product_id", "day", "order__occurred_at", "load_id"))
    once = sorted({(product, day) for product, day, *_ in rows})
    newest = max((at for _, _, at, _ in rows), default=None)
    last_load = max((load for *_, load in rows), default=0)
    return History([product for product, _ in once], [day for _, day in once], newest, last_load)
