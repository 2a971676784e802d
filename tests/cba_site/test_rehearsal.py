"""A rehearsal takes an approved campaign's double to its verdict, and nothing of it leaves."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns.models import Assignment, Campaign, CampaignState, Message, Origin, Variant
from campaigns.services.approval import approve_campaign
from campaigns.services.planning import create_campaign
from cba_site.rehearsal import rehearse
from core.errors import Conflict
from runs.models import Run
from tests.shops.coming_in import bring_in, refreshed
from tests.shops.simulated import order_lines

pytestmark = pytest.mark.django_db(transaction=True)
# The last of the shop's days is the day before.
AS_OF = datetime(2026, 1, 1, tzinfo=UTC)
HORIZON = 14


@pytest.fixture
def draft(mara, tmp_path):
    bring_in(tmp_path, order_lines())
    said = "".join(
        f"c{n},{channel},yes,2025-01-01\n" for n in range(1, 201) for channel in ("email", "post")
    )
    bring_in(tmp_path, f"customer_id,channel,granted,at\n{said}", "consents")
    refreshed(AS_OF, only=["features", "segments"])
    return create_campaign(
        name="Come back",
        definition={"feature": "purchase_frequency", "op": ">=", "value": 1},
        channel="email",
        control_share=0.3,
        horizon_days=HORIZON,
        variants=[{"name": "A", "subject": "Hello", "body": "Come in"}],
        salt="spring",
        actor=mara,
        at=AS_OF,
    )


def test_the_double_has_a_frozen_verdict_and_the_campaign_stays_as_it_was(draft, sam):
    campaign = approve_campaign(campaign=draft, actor=sam, at=AS_OF)
    found = rehearse(campaign=campaign, now=datetime.now(UTC))
    double = found.campaign
    assert (double.name, double.origin, double.state) == (
        "Come back (rehearsal)",
        Origin.SIMULATED,
        CampaignState.FINISHED,
    )
    assert found.result.frozen
    assert found.result.verdict.startswith("It brought $")
    assert found.result.as_of == double.ends_at < AS_OF - timedelta(days=3)
    assert double.ends_at - double.launched_at == timedelta(days=HORIZON)
    assert double.counts["treated"] > 2 * double.counts["control"] > 20
    said = Variant.objects.filter(campaign=double).values_list("subject", "body")
    assert list(said) == [("Hello", "Come in")]
    campaign.refresh_from_db()
    assert campaign.state == CampaignState.APPROVED
    assert not Assignment.objects.filter(campaign=campaign).exists()
    assert not Message.objects.exists()
    assert not Run.objects.filter(name="deliver").exists()


def test_a_draft_that_nobody_agreed_to_is_not_rehearsed(draft):
    with pytest.raises(Conflict, match="approved by a second person"):
        rehearse(campaign=draft, now=datetime.now(UTC))
    assert Campaign.objects.count() == 1
