"""What holds of what a customer has said about being written to."""

from datetime import UTC, datetime, timedelta

import pytest

from customers.frames import profile_frame
from customers.models import Consent, Customer, Suppression
from customers.selectors import channel_states

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def customer():
    return Customer.objects.create(customer_id="A", load_id=1)


def says(customer: Customer, *, granted: bool, days: int, purpose: str = "marketing") -> None:
    Consent.objects.create(
        customer=customer,
        channel="email",
        granted=granted,
        purpose=purpose,
        at=NOW + timedelta(days=days),
    )


def consent_at(moment: datetime) -> tuple[bool, bool]:
    found = profile_frame(moment).row(0, named=True)
    return found["consent_email"], found["reachable_email"]


def on_the_page(customer: Customer) -> bool | None:
    states = {state.channel: state.granted for state in channel_states(customer)}
    return states["email"]


@pytest.mark.parametrize("newest", [True, False])
def test_the_newest_statement_holds_whichever_was_written_down_last(customer, newest):
    says(customer, granted=newest, days=-1)
    says(customer, granted=not newest, days=-2)
    assert consent_at(NOW) == (newest, newest)
    assert on_the_page(customer) is newest


def test_a_statement_holds_from_its_own_moment_and_not_before(customer):
    says(customer, granted=True, days=-1)
    says(customer, granted=False, days=1)
    assert consent_at(NOW) == (True, True)
    assert consent_at(NOW + timedelta(days=2)) == (False, False)


def test_consent_to_something_else_is_none_to_marketing(customer):
    says(customer, granted=True, days=-1, purpose="receipts")
    assert consent_at(NOW) == (False, False)
    assert on_the_page(customer) is None


def test_a_withdrawal_of_something_else_leaves_the_consent_to_marketing(customer):
    says(customer, granted=True, days=-2)
    says(customer, granted=False, days=-1, purpose="receipts")
    assert consent_at(NOW) == (True, True)
    assert on_the_page(customer) is True


def test_who_is_suppressed_on_one_channel_is_not_reachable_there_and_still_elsewhere(customer):
    says(customer, granted=True, days=-2)
    Consent.objects.create(
        customer=customer, channel="sms", granted=True, at=NOW - timedelta(days=2)
    )
    Suppression.objects.create(
        customer=customer, channel="email", reason="bounced", at=NOW - timedelta(days=1)
    )
    found = profile_frame(NOW).row(0, named=True)
    assert (found["consent_email"], found["reachable_email"]) == (True, False)
    assert (found["consent_sms"], found["reachable_sms"]) == (True, True)
