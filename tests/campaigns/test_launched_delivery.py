"""From the launch to the letter box: what follows a launch sends its messages."""

from collections import Counter

import pytest

from campaigns.messages import message_counts
from campaigns.models import Assignment, Message
from campaigns.services.delivery import deliver
from campaigns.services.lifecycle import pause_campaign
from campaigns.services.planning import edit_campaign
from campaigns.templating import BadTemplate
from customers.models import Customer
from pipelines.flow import follow_up
from runs.models import Run
from runs.services import perform
from tests.campaigns.mail_server import mail_server
from tests.campaigns.outgoing import through
from tests.campaigns.shop import draft, launched, open_shop
from tests.shops.nine_and_one import AS_OF

pytestmark = pytest.mark.django_db(transaction=True)
SAYS = {"name": "A", "subject": "Hi {{ first_name|there }}", "body": "{{ products|Come in }}"}


@pytest.fixture
def ten(tmp_path):
    open_shop(tmp_path)
    for name in "ABCDEFGHI":
        Customer.objects.filter(customer_id=name).update(email=f"{name.lower()}@mail.example")


def followed(campaign) -> list[Run]:
    follow_up(run_pk=campaign.launch_run_id)
    return list(Run.objects.filter(name="deliver"))


def test_a_launch_is_followed_by_one_delivery_to_the_treated(ten, mara, sam, settings):
    campaign = launched(mara, sam, variants=[SAYS])
    with mail_server() as server:
        through(settings, server)
        (run,) = followed(campaign)
        perform(run=run, job=deliver)
    treated = Assignment.objects.filter(campaign=campaign, decision="treated")
    names = set(treated.values_list("customer__customer_id", flat=True))
    assert server.addresses() == Counter({f"{name.lower()}@mail.example": 1 for name in names})
    assert message_counts(campaign)["sent"] == len(names)
    # Nothing is trained in this shop: the block's fallback stands there.
    texts = [mail.get_body(("plain",)).get_content() for _, mail in server.taken]
    assert all(text.startswith("Come in") for text in texts)


def test_a_launch_that_is_paused_at_once_sends_nothing(ten, mara, sam):
    campaign = launched(mara, sam, variants=[SAYS])
    pause_campaign(campaign=campaign, actor=mara, at=AS_OF)
    assert followed(campaign) == []
    assert set(Message.objects.values_list("state", flat=True)) == {"queued"}


def test_a_template_that_could_not_be_filled_is_refused_when_it_is_saved(ten, mara):
    with pytest.raises(BadTemplate, match="There is no field 'nome'; the nearest is name"):
        draft(mara, variants=[{"name": "A", "subject": "{{ nome|you }}", "body": "x"}])
    # Text messages are written elsewhere; as e-mail they have to hold.
    campaign = draft(mara, channel="sms", variants=[{"name": "A", "body": "{{ nome|you }}"}])
    with pytest.raises(BadTemplate):
        edit_campaign(campaign=campaign, actor=mara, at=AS_OF, channel="email")
    campaign.refresh_from_db()
    assert campaign.channel == "sms"
