"""A person in campaigns: forgotten, told, merged and taken apart again."""

import json
from datetime import timedelta

import pytest

from campaigns.models import Assignment, Message, Outcome
from campaigns.people import CampaignsPeople
from customers.models import Customer
from tests.campaigns.launched import launched_campaign
from tests.shops.nine_and_one import AS_OF

pytestmark = pytest.mark.django_db(transaction=True)
VERBS = CampaignsPeople()


def pk_of(name: str) -> int:
    return Customer.objects.get(customer_id=name).pk


def written_to(campaign, name: str, state: str = "queued") -> Message:
    handed = AS_OF if state == "sent" else None
    return Message.objects.create(
        campaign=campaign, customer_id=pk_of(name), state=state, handed_at=handed,
        finished_at=handed,
    )  # fmt: skip


@pytest.fixture
def spring():
    campaign = launched_campaign(
        launched_at=AS_OF, treated=["A", "B"], control=["C"], variants=["short"]
    )
    written_to(campaign, "A", "sent")
    written_to(campaign, "B")
    Outcome.objects.create(
        campaign=campaign, customer_id=pk_of("A"), kind="opened", at=AS_OF + timedelta(hours=1)
    )
    return campaign


def test_what_is_told_of_a_person_is_plain_json(spring):
    told = VERBS.disclose(pk_of("A"))
    assert json.loads(json.dumps(told)) == {
        "campaigns": [
            {
                "campaign": "Spring", "decision": "treated", "reason": "", "variant": "short",
                "launched_at": "2026-03-01T00:00:00+00:00",
            }
        ],
        "messages": [
            {
                "campaign": "Spring", "step": 1, "state": "sent", "reason": "",
                "finished_at": "2026-03-01T00:00:00+00:00",
            }
        ],
        "outcomes": [
            {
                "campaign": "Spring", "kind": "opened", "value_minor": None,
                "at": "2026-03-01T01:00:00+00:00",
            }
        ],
    }  # fmt: skip
    assert VERBS.disclose(pk_of("C"))["messages"] == []


def test_a_forgotten_person_is_in_no_campaign_and_the_others_stay(spring):
    assert VERBS.forget(pk_of("A")) == {
        "campaigns.Assignment": 1, "campaigns.Message": 1, "campaigns.Outcome": 1,
    }  # fmt: skip
    assert Assignment.objects.filter(customer_id=pk_of("A")).count() == 0
    assert Assignment.objects.count() == 2
    assert Message.objects.get().customer_id == pk_of("B")


def test_a_merge_of_two_who_took_part_leaves_the_control_group_unwritten(spring):
    """B waits for a message, and C is held out: as one person nobody of both is moved."""
    journal = VERBS.repoint(pk_of("B"), pk_of("C"))
    assert journal == {
        "campaigns.Assignment": [], "campaigns.Message": [], "campaigns.Outcome": [],
    }  # fmt: skip
    assert not Message.objects.filter(customer_id=pk_of("C")).exists()


def test_a_merge_moves_everything_to_whoever_was_not_in_it_and_back(spring):
    Customer.objects.create(customer_id="Z", load_id=1)
    before = VERBS.disclose(pk_of("A"))
    journal = VERBS.repoint(pk_of("A"), pk_of("Z"))
    assert VERBS.disclose(pk_of("Z")) == before
    assert VERBS.disclose(pk_of("A")) == {"campaigns": [], "messages": [], "outcomes": []}
    VERBS.repoint_back(journal, pk_of("A"), pk_of("Z"))
    assert VERBS.disclose(pk_of("A")) == before


def test_an_undo_waits_where_a_message_was_sent(spring):
    assert VERBS.holds(1) == "1 messages were sent to its customers"
    assert VERBS.holds(2) is None
