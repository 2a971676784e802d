"""What one customer has bought, from the record: an order of this minute counts."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from core.selectors import organisation_zone
from recommendations.models import RecommendationLists

# Hundreds of rows are read for one answer: as they are, without a model's converters.
BOUGHT = """
    SELECT l.product_id, (o.occurred_at AT TIME ZONE %s)::date, max(o.occurred_at), max(l.load_id)
    FROM transactions_order o JOIN transactions_orderline l ON l.order_id = o.id
    WHERE o.customer_id = %s AND l.product_id IS NOT NULL AND NOT l.returned
      AND (l.quantity > 0 OR l.quantity IS NULL)
    GROUP BY 1, 2 ORDER BY 1, 2
"""


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
    with connection.cursor() as cursor:
        cursor.execute(BOUGHT, [organisation_zone().key, customer_pk])
        rows = cursor.fetchall()
    newest = max((at for *_, at, _ in rows), default=None)
    last_load = max((load for *_, load in rows), default=0)
    return History([row[0] for row in rows], [row[1] for row in rows], newest, last_load)
