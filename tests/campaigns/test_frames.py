"""Outcomes as the learners get them."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns.frames import OUTCOME_SCHEMA, treated_frame
from campaigns.models import Outcome
from customers.models import Customer
from tests.campaigns.launched import launched_campaign

pytestmark = pytest.mark.django_db(transaction=True)
LAUNCH = datetime(2026, 3, 1, tzinfo=UTC)


def test_outcomes_carry_the_launch_and_only_those_of_whoever_was_treated():
    campaign = launched_campaign(launched_at=LAUNCH, treated=["A"], control=["B"])
    pk_of = dict(Customer.objects.values_list("customer_id", "pk"))
    for name, days, value in (("B", 2, None), ("A", 3, 250), ("A", 0, 100)):
        Outcome.objects.create(
            campaign=campaign,
            customer_id=pk_of[name],
            kind="redeemed",
            at=LAUNCH + timedelta(days=days),
            value_minor=value,
        )
    frame = treated_frame(LAUNCH)
    assert frame.schema == OUTCOME_SCHEMA
    naive = LAUNCH.replace(tzinfo=None)
    assert frame.rows() == [
        (pk_of["A"], "spring", naive, "redeemed", naive + timedelta(days=3), 2.5),
        (pk_of["A"], "spring", naive, "redeemed", naive, 1.0),
    ]


def test_campaigns_of_before_are_not_told_of():
    launched_campaign(launched_at=LAUNCH, treated=["A"], control=["B"])
    assert treated_frame(LAUNCH + timedelta(days=1)).is_empty()


def test_no_outcomes_are_an_empty_table_with_its_columns():
    assert treated_frame(LAUNCH).schema == OUTCOME_SCHEMA
