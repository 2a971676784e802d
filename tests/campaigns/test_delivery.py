"""Delivery: what holds at the moment of sending decides, and each answer of the server is kept."""

import smtplib
import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from campaigns.messages import message_counts
from campaigns.models import CampaignState, Message, MessageState
from campaigns.services import delivery
from campaigns.services.delivery import deliver, request_delivery, resolve_and_deliver, sweep
from campaigns.services.settling import give_up_dead
from core.errors import Conflict
from core.services import configure_organisation
from customers.models import Channel, ContactLedger, Customer, Suppression
from customers.services import unsubscribe
from runs.models import Run, RunState
from runs.services import perform
from tests.campaigns.mail_server import mail_server
from tests.campaigns.outgoing import (
    delivered,
    reasons,
    said,
    states,
    through,
    waiting_campaign,
    willing,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server(settings):
    with mail_server() as running:
        through(settings, running)
        yield running


def test_each_customer_gets_their_own_message_over_one_connection(server):
    campaign = waiting_campaign(willing(30))
    run = delivered(campaign)
    assert (run.state, run.result["sent"]) == (RunState.SUCCEEDED, 30)
    assert server.addresses() == Counter({f"c{n}@mail.example": 1 for n in range(30)})
    assert server.connections == 1
    address, mail = next(one for one in server.taken if one[0] == "c7@mail.example")
    assert mail["Subject"] == "Hello Given7"
    assert "Dear Given7 Family," in mail.get_body(("plain",)).get_content()
    assert "<p>Dear Given7 Family,</p>" in mail.get_body(("html",)).get_content()
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Unsubscribe"].strip().startswith("<http://localhost:8000/unsubscribe/email.")
    message = Message.objects.get(customer__customer_id="c7")
    assert mail["Message-ID"] == f"<campaign-{campaign.pk}-message-{message.pk}@localhost>"
    assert ContactLedger.objects.filter(campaign="spring", channel=Channel.EMAIL).count() == 30
    assert delivered(campaign).result["campaign"] == "spring"
    assert len(server.taken) == 30


def test_what_changed_since_the_freeze_decides(server):
    configure_organisation(cap_messages=2, cap_days=30)
    people = willing(7)
    campaign = waiting_campaign(people)
    now = timezone.now()
    said(people[0], granted=False)
    Suppression.objects.create(customer=people[1], channel="email", reason="bounced", at=now)
    for _ in range(2):
        ContactLedger.objects.create(customer=people[2], channel="sms", campaign="x", at=now)
    people[3].email = None
    people[3].save()
    people[4].delete()
    people[5].email = "zoë@mail.example"
    people[5].save()
    delivered(campaign)
    assert reasons(campaign) == {
        "c0": "no consent for this channel",
        "c1": "unsubscribed or suppressed",
        "c2": "written to often enough lately",
        "c3": "no e-mail address is known",
        "c5": "the e-mail address is not one that mail can be sent to",
        "c6": "",
    }
    assert [one for one, state in states(campaign).items() if state == "skipped"] == [
        "c0", "c1", "c2", "c3", "c5",
    ]  # fmt: skip
    assert server.addresses() == Counter({"c6@mail.example": 1})


def test_names_of_every_script_and_very_long_lines_arrive_whole(server):
    body = f"{{{{ name|you }}}}\n\n{'long ' * 3000}\n\n.a line that begins with a dot\n.\n"
    people = willing(1)
    people[0].name, people[0].email = "Zoë Ñandú 李雷", "zoe@bücher.example"
    people[0].save()
    campaign = waiting_campaign(people, subject="Für {{ name|dich }} " + "ü" * 120, body=body)
    delivered(campaign)
    (address, mail) = server.taken[0]
    assert address == "zoe@xn--bcher-kva.example"
    assert mail["Subject"].strip() == "Für Zoë Ñandú 李雷 " + "ü" * 120
    text = mail.get_body(("plain",)).get_content().replace("\r\n", "\n")
    assert text.startswith("Zoë Ñandú 李雷\n\n")
    assert "long " * 2999 in text
    assert "\n.a line that begins with a dot\n.\n" in text


def test_a_name_cannot_add_a_header(server):
    people = willing(1)
    people[0].name = "Eve\r\nBcc: all@example.com"
    people[0].save()
    delivered(waiting_campaign(people, subject="{{ name|you }}"))
    assert server.addresses() == Counter({"c0@mail.example": 1})
    assert server.taken[0][1]["Subject"] == "Eve Bcc: all@example.com"
    assert server.taken[0][1]["Bcc"] is None


def test_a_refusal_for_now_is_tried_again_later_and_does_not_count(server, settings):
    settings.EMAIL_RETRY_SECONDS = 60
    campaign = waiting_campaign(willing(1))
    server.share, server.kinds = 1.0, ("refuse_recipient",)
    delivered(campaign)
    message = Message.objects.get()
    assert (message.state, message.attempts) == ("queued", 1)
    assert message.reason == "The mail server answered 450 4.2.1 Mailbox busy"
    assert 55 < (message.not_before - timezone.now()).total_seconds() <= 60
    assert ContactLedger.objects.count() == 0
    again = Run.objects.filter(state=RunState.QUEUED).get()
    assert again.not_before == message.not_before
    for _ in range(5):
        Message.objects.update(not_before=None)
        delivered(campaign)
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("failed", 6)
    assert server.done == {"refuse_recipient": 6}


def test_a_refusal_for_good_fails_and_does_not_count(server):
    campaign = waiting_campaign(willing(1))
    server.share, server.kinds = 1.0, ("refuse_for_good",)
    delivered(campaign)
    assert reasons(campaign) == {"c0": "The mail server answered 550 5.1.1 No such mailbox"}
    assert states(campaign) == {"c0": "failed"}
    assert ContactLedger.objects.count() == 0


def test_a_server_that_is_away_costs_one_message_a_try(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    campaign = waiting_campaign(willing(5))
    run = delivered(campaign)
    assert run.result["server"].startswith("The mail server cannot be reached: ConnectionRefused")
    attempts = Message.objects.order_by("pk").values_list("attempts", flat=True)
    assert list(attempts) == [1, 0, 0, 0, 0]
    assert set(states(campaign).values()) == {"queued"}
    waiting = Run.objects.filter(state=RunState.QUEUED).get()
    assert waiting.not_before > timezone.now()


@pytest.mark.parametrize("kind", ["take_and_be_silent", "take_and_break", "break_before_taking"])
def test_silence_after_handing_over_is_unknown_and_never_tried_again(kind, server, settings, mara):
    settings.EMAIL_TIMEOUT = 0.5
    campaign = waiting_campaign(willing(1))
    server.share, server.kinds = 1.0, (kind,)
    delivered(campaign)
    assert states(campaign) == {"c0": "unknown"}
    server.share = 0.0
    for _ in range(3):
        sweep()
        delivered(campaign)
    assert states(campaign) == {"c0": "unknown"}
    assert len(server.taken) == (kind != "break_before_taking")
    assert ContactLedger.objects.count() == 1
    # A person may look, and decide.
    assert resolve_and_deliver(campaign=campaign, choice="again", actor=mara) == 1
    assert ContactLedger.objects.count() == 0
    delivered(campaign)
    assert states(campaign) == {"c0": "sent"}
    assert ContactLedger.objects.count() == 1


def test_a_person_may_say_that_unknown_ones_arrived(server, mara):
    campaign = waiting_campaign(willing(2))
    Message.objects.update(state=MessageState.UNKNOWN, handed_at=timezone.now())
    assert resolve_and_deliver(campaign=campaign, choice="delivered", actor=mara) == 2
    assert message_counts(campaign) == {
        "queued": 0, "handing": 0, "sent": 2, "unknown": 0, "failed": 0, "skipped": 0,
    }  # fmt: skip
    delivered(campaign)
    assert server.taken == []


def test_nothing_is_sent_again_for_a_campaign_that_is_over(mara):
    campaign = waiting_campaign(willing(1))
    Message.objects.update(state=MessageState.UNKNOWN)
    campaign.state = CampaignState.STOPPED
    campaign.save()
    with pytest.raises(Conflict, match="does not run any more"):
        resolve_and_deliver(campaign=campaign, choice="again", actor=mara)


def test_a_message_in_the_hands_of_a_dead_worker_becomes_unknown(server):
    campaign = waiting_campaign(willing(3))
    here = delivery.this_worker()
    host, pid, started = here.rsplit(":", 2)
    first, second, third = Message.objects.order_by("pk")
    held = {"state": MessageState.HANDING, "handed_at": timezone.now()}
    Message.objects.filter(pk=first.pk).update(worker=f"{host}:{pid}:0{started}", **held)
    Message.objects.filter(pk=second.pk).update(worker="elsewhere:1:1", **held)
    Message.objects.filter(pk=third.pk).update(worker=here, **held)
    assert give_up_dead() == 1
    assert list(states(campaign).values()) == ["unknown", "handing", "handing"]
    # Nobody hands over for so long: what became of another machine's worker is not known.
    late = timezone.now() - timedelta(minutes=16)
    Message.objects.filter(pk=second.pk).update(handed_at=late)
    assert give_up_dead() == 1
    # This process holds none when it begins.
    delivered(campaign)
    assert list(states(campaign).values()) == ["unknown"] * 3
    assert server.taken == []


def pausing_after(number: int, campaign, **values):
    """Change the campaign while the delivery works, as somebody's click does."""
    take = delivery.take_next
    done = []

    def taking(**asked):
        done.append(1)
        if len(done) == number + 1:
            type(campaign).objects.filter(pk=campaign.pk).update(**values)
        return take(**asked)

    return taking


def test_a_pause_stops_in_the_middle_and_a_resume_goes_on(server, monkeypatch):
    campaign = waiting_campaign(willing(10))
    with monkeypatch.context() as patch:
        patch.setattr(delivery, "take_next", pausing_after(4, campaign, paused_at=timezone.now()))
        delivered(campaign)
    assert Counter(states(campaign).values()) == {"sent": 4, "queued": 6}
    assert sweep() == 0
    type(campaign).objects.update(paused_at=None)
    assert sweep() == 1
    perform(run=Run.objects.get(state=RunState.QUEUED), job=deliver)
    assert Counter(server.addresses().values()) == {1: 10}


def test_a_stop_in_the_middle_leaves_the_rest_unsent_for_good(server, monkeypatch):
    campaign = waiting_campaign(willing(10))
    stopped = {"state": CampaignState.STOPPED, "stopped_at": timezone.now()}
    with monkeypatch.context() as patch:
        patch.setattr(delivery, "take_next", pausing_after(4, campaign, **stopped))
        delivered(campaign)
    assert Counter(states(campaign).values()) == {"sent": 4, "skipped": 6}
    assert set(reasons(campaign).values()) == {"", "the campaign was stopped before its turn came"}
    assert len(server.taken) == 4


def test_whoever_unsubscribes_in_the_middle_gets_nothing_more(server, monkeypatch):
    people = willing(3)
    campaign = waiting_campaign(people)
    take = delivery.take_next

    def taking(**asked):
        if asked["after"]:
            unsubscribe(customer_pk=people[2].pk, channel="email", at=timezone.now(), source="link")
        return take(**asked)

    monkeypatch.setattr(delivery, "take_next", taking)
    delivered(campaign)
    assert states(campaign) == {"c0": "sent", "c1": "sent", "c2": "skipped"}


def test_a_customer_erased_while_the_server_is_spoken_to_leaves_no_row(server, monkeypatch):
    people = willing(2)
    campaign = waiting_campaign(people)
    hand_over = smtplib.SMTP.sendmail

    def slowly(self, *words, **more):
        Customer.objects.filter(pk=people[0].pk).delete()
        return hand_over(self, *words, **more)

    monkeypatch.setattr(smtplib.SMTP, "sendmail", slowly)
    assert delivered(campaign).state == RunState.SUCCEEDED
    assert states(campaign) == {"c1": "sent"}
    assert ContactLedger.objects.count() == 1


def test_two_campaigns_at_once_never_pass_the_cap(server):
    configure_organisation(cap_messages=1, cap_days=30)
    people = willing(60)
    both = [waiting_campaign(people, slug=name) for name in ("one", "two")]

    def sending(campaign):
        try:
            delivered(campaign)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=sending, args=(campaign,)) for campaign in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.addresses() == Counter({f"c{n}@mail.example": 1 for n in range(60)})
    skipped = Message.objects.filter(state="skipped").values_list("reason", flat=True)
    assert Counter(skipped) == {"written to often enough lately": 60}


def test_two_deliveries_of_one_campaign_send_nothing_twice(server):
    campaign = waiting_campaign(willing(40))

    def sending():
        try:
            run = Run.objects.create(name="deliver", task="x", arguments={"campaign": campaign.pk})
            perform(run=run, job=deliver)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=sending) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(states(campaign).values()) == {"sent": 40}
    assert Counter(server.addresses().values()) == {1: 40}


def test_one_delivery_waits_for_each_campaign(server):
    campaign = waiting_campaign(willing(1))
    later = timezone.now() + timedelta(hours=1)
    first = request_delivery(campaign=campaign, not_before=later, send=False)
    assert first.not_before == later
    assert request_delivery(campaign=campaign, send=False) == first
    first.refresh_from_db()
    assert first.not_before is None
    assert Run.objects.count() == 1


def test_a_message_that_cannot_be_filled_fails_alone(server):
    people = willing(2)
    campaign = waiting_campaign(people[:1], body="{{ nothing|x }}")
    delivered(campaign)
    assert states(campaign) == {"c0": "failed"}
    assert reasons(campaign)["c0"].startswith("There is no field 'nothing'")
