"""Previews, test messages, the list of what needs a look, and the outbox."""

from email import message_from_bytes, policy
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from campaigns.models import Message, MessageState
from campaigns.people import CampaignsPeople
from core.models import AuditEntry
from core.services import configure_organisation
from customers.models import ContactLedger
from runs.models import Run
from tests.campaigns.mail_server import mail_server
from tests.campaigns.outgoing import delivered, through, waiting_campaign, willing
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)

OURS = "campaigns.outbox.FileBackend"


@pytest.fixture
def outbox(settings, tmp_path):
    settings.EMAIL_BACKEND = OURS
    settings.EMAIL_FILE_PATH = tmp_path / "outbox"
    return settings.EMAIL_FILE_PATH


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*"))


def test_a_preview_is_masked_for_marketing(api_of, mara):
    campaign = waiting_campaign(willing(1))
    shown = api_of(mara).post(f"/api/v1/campaigns/{campaign.pk}/preview-message/?customer=c0")
    assert shown.status_code == 200
    assert shown.json()["subject"] == "Hello G•••"
    assert "Dear G••• F•••," in shown.json()["text"]
    assert "Given0" not in str(shown.json())
    assert not Message.objects.exclude(state="queued").exists()


def test_a_preview_says_what_is_missing(api_of, mara):
    campaign = waiting_campaign(willing(1))
    address = f"/api/v1/campaigns/{campaign.pk}/preview-message/"
    assert api_of(mara).post(address).json()["error"]["code"] == "no_customer"
    assert api_of(mara).post(f"{address}?customer=nobody").status_code == 404
    said = api_of(mara).post(f"{address}?customer=c0&variant=Z").json()["error"]["message"]
    assert said == "The campaign “Spring” has no variant 'Z'."


def test_a_test_message_goes_to_the_sender_and_leaves_no_record(api_of, mara, outbox):
    campaign = waiting_campaign(willing(1))
    sent = api_of(mara).post(f"/api/v1/campaigns/{campaign.pk}/test-send/", {}, format="json")
    assert sent.json() == {"sent_to": "mara@shop.example"}
    (path,) = outbox.glob("*.eml")
    mail = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert (mail["To"], mail["Subject"]) == ("mara@shop.example", "[Test] Hello there")
    assert not ContactLedger.objects.exists()
    assert set(Message.objects.values_list("state", flat=True)) == {"queued"}
    assert AuditEntry.objects.filter(verb="test_send", subject="spring").count() == 1


def test_a_test_message_that_is_not_taken_says_why(api_of, mara, settings):
    campaign = waiting_campaign(willing(1))
    with mail_server(share=1.0, kinds=("refuse_for_good",)) as server:
        through(settings, server)
        answer = api_of(mara).post(
            f"/api/v1/campaigns/{campaign.pk}/test-send/", {"customer": "c0"}, format="json"
        )
    assert answer.status_code == 409
    assert answer.json()["error"]["message"] == (
        "The test message was not sent. The mail server answered 550 5.1.1 No such mailbox"
    )


def test_the_demo_writes_files_whatever_server_is_named(settings, outbox):
    configure_organisation(is_demo=True)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    campaign = waiting_campaign(willing(2))
    assert delivered(campaign).result["sent"] == 2
    assert files(outbox) == sorted(f"message-{m.pk}.eml" for m in Message.objects.all())


def test_messages_are_counted_and_those_that_need_a_look_are_listed(api_of, mara):
    campaign = waiting_campaign(willing(3))
    first, second, third = Message.objects.order_by("pk")
    Message.objects.filter(pk=first.pk).update(
        state=MessageState.UNKNOWN, reason="silent", handed_at=timezone.now()
    )
    Message.objects.filter(pk=second.pk).update(state=MessageState.SKIPPED, reason="capped")
    address = f"/api/v1/campaigns/{campaign.pk}/messages/"
    told = api_of(mara).get(address).json()
    assert told["counts"] == {
        "queued": 1, "handing": 0, "sent": 0, "unknown": 1, "failed": 0, "skipped": 1,
    }  # fmt: skip
    assert told["reasons"] == [
        {"state": "skipped", "reason": "capped", "messages": 1},
        {"state": "unknown", "reason": "silent", "messages": 1},
    ]
    assert [(m["customer_id"], m["state"]) for m in told["results"]] == [("c0", "unknown")]
    assert told["results"][0]["message_id"].startswith(f"<campaign-{campaign.pk}-message-")
    changed = api_of(mara).post(f"{address}unknown/", {"choice": "again"}, format="json")
    assert changed.json() == {"changed": 1}
    assert Run.objects.filter(name="deliver").count() == 1


def test_an_erasure_takes_the_files_of_messages(outbox):
    one, other = willing(2)
    delivered(waiting_campaign([one, other]))
    kept = Message.objects.get(customer=other)
    told = CampaignsPeople().forget(one.pk)
    assert told["files of messages"] == 1
    assert files(outbox) == [f"message-{kept.pk}.eml"]


def test_the_outbox_shows_marketing_masked_names_only(mara, outbox):
    delivered(waiting_campaign(willing(2)))
    client = Client()
    client.login(email=mara.email, password=PASSWORD)
    page = client.get("/outbox/").content.decode()
    assert "2 messages were written." in page
    assert "Hello G•••" in page
    assert "Given" not in page
    message = Message.objects.first()
    page = client.get(f"/outbox/{message.pk}/").content.decode()
    assert "Names and addresses are masked" in page
    assert "Given" not in page
    assert "@mail.example" not in page
    assert client.get("/outbox/999999/").status_code == 404


def test_codes_to_sign_in_with_are_not_in_the_outbox(mara, outbox):
    from django.core.mail import send_mail

    send_mail("Your code is 1234", "1234", None, ["ada@shop.example"])
    client = Client()
    client.login(email=mara.email, password=PASSWORD)
    assert len(files(outbox)) == 1
    assert "1234" not in client.get("/outbox/").content.decode()
