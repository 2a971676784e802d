"""A shop in Berlin across the change of its clocks: four buyers, and the week ends before AS_OF."""

from datetime import UTC, datetime


def sunday(month: int, day: int) -> datetime:
    """The midnight after a Sunday of 2026 in Berlin."""
    last_in_winter = (month, day) < (3, 29)
    return datetime(2026, month, day, 23 if last_in_winter else 22, tzinfo=UTC)


AS_OF = datetime(2026, 4, 1, 10, 30, 15, 123456, tzinfo=UTC)
ENDS = [sunday(*at) for at in ((2, 8), (2, 15), (2, 22), (3, 1), (3, 8), (3, 15), (3, 22), (3, 29))]
HEADER = "customer_id,order_id,occurred_at,amount\n"
# Days of silence by AS_OF: 0 (a), 20 (b), 41 (c), 90 (d); one order each but for c, who has two.
LINES = (
    HEADER
    + "a,o1,2026-03-30T09:00:00,40.00\n"
    + "b,o2,2026-03-12T00:00:00,30.00\n"
    + "c,o3,2026-02-18T12:00:00,20.00\n"
    + "c,o4,2025-03-20T12:00:00,500.00\n"
    + "d,o5,2026-01-01T12:00:00,10.00\n"
)
