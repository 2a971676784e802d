"""Merges of the people in tests/shops/same_people.py, carried out here."""

from datetime import UTC, datetime

from customers.identity_models import Duplicate
from customers.models import Customer
from pipelines.merging import request_merge, request_take_back, work_on
from runs.models import Run
from runs.services import perform

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def pk(customer_id: str) -> int:
    return Customer.objects.get(customer_id=customer_id).pk


def pair(first: str, second: str) -> Duplicate:
    return Duplicate.objects.get(first__customer_id=first, second__customer_id=second)


def merged(first: str, second: str, actor, *, keep: str) -> Run:
    kept = Customer.objects.get(customer_id=keep)
    run = request_merge(pair=pair(first, second), keep=kept, actor=actor, send=False)
    return ended(run)


def taken_back(first: str, second: str, actor) -> Run:
    return ended(request_take_back(pair=pair(first, second), actor=actor, send=False))


def ended(run: Run) -> Run:
    done = perform(run=run, job=work_on)
    assert (done.state, done.error) == ("succeeded", "")
    return done
