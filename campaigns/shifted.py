"""Dates of a file of a shifted source move on by the same whole weeks as its orders did."""

from datetime import timedelta

from transactions.models import Source

# As SQL: a column's time, moved on by the shop's wall clock.
MOVED = "({column} AT TIME ZONE %(zone)s + %(shift)s) AT TIME ZONE %(zone)s"


def shift_of(source: str) -> timedelta:
    known = Source.objects.filter(name=source).first()
    return timedelta(days=known.shift_days if known else 0)
