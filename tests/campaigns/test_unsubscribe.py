"""The link in each message: it stops messages without a login, and tells nobody anything."""

import pytest
from django.test import Client
from django.utils import timezone

from campaigns.messages import message_counts
from campaigns.models import Assignment, Message
from campaigns.unsubscribing import ForgedLink, leaving, unsubscribe_url
from core.models import AuditEntry
from customers.models import Consent, Suppression
from tests.campaigns.outgoing import delivered, said, waiting_campaign, willing

pytestmark = pytest.mark.django_db(transaction=True)

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def anyone():
    """Neither signed in nor holding a CSRF token, as a mail program is."""
    return Client(enforce_csrf_checks=True)


def path_of(customer_pk: int) -> str:
    return unsubscribe_url(customer_pk).removeprefix("http://localhost:8000")


def test_one_click_suppresses_at_once_and_twice_is_fine(anyone):
    (one,) = willing(1)
    campaign = waiting_campaign([one])
    for _ in range(2):
        answer = anyone.post(path_of(one.pk), ONE_CLICK)
        assert answer.status_code == 200
        assert "You get no more e-mail from Your shop." in answer.content.decode()
    assert Suppression.objects.get().reason == "unsubscribed by the link in a message"
    newest = Consent.objects.order_by("-at").first()
    assert (newest.granted, newest.channel) == (False, "email")
    assert Consent.objects.count() == 2
    assert AuditEntry.objects.filter(verb="unsubscribe", subject="c0").count() == 1
    delivered(campaign)
    assert message_counts(campaign)["skipped"] == 1


def test_looking_at_the_page_changes_nothing(anyone):
    (one,) = willing(1)
    for look in (anyone.get, anyone.head):
        assert look(path_of(one.pk)).status_code == 200
    page = anyone.get(path_of(one.pk)).content.decode()
    assert "Do you want no more e-mail from Your shop?" in page
    assert not Suppression.objects.exists()
    assert "Given0" not in page
    assert "c0@mail.example" not in page


def test_the_page_stops_another_channel_too(anyone):
    (one,) = willing(1)
    Consent.objects.create(
        customer=one, channel="sms", granted=True, at=timezone.now(), source="shop"
    )
    assert "Stop Text messages" in anyone.get(path_of(one.pk)).content.decode()
    anyone.post(path_of(one.pk), {"channel": "sms"})
    assert list(Suppression.objects.values_list("channel", flat=True)) == ["sms"]
    page = anyone.get(path_of(one.pk)).content.decode()
    assert "Stop Text messages" not in page
    assert "Do you want no more e-mail" in page


def test_an_unknown_channel_changes_nothing(anyone):
    (one,) = willing(1)
    assert anyone.post(path_of(one.pk), {"channel": "fax"}).status_code == 200
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("token", ["email.1", "email.1:forged", "x", "email.1:"])
def test_a_forged_link_is_refused_in_words(token, anyone):
    willing(1)
    for ask in (anyone.get, anyone.post):
        answer = ask(f"/unsubscribe/{token}/")
        assert answer.status_code == 400
        assert "This link is not whole, or not ours." in answer.content.decode()
    assert not Suppression.objects.exists()


def test_another_customers_number_does_not_fit_the_signature():
    _, signature = unsubscribe_url(1).split(":")[-2:]
    with pytest.raises(ForgedLink):
        leaving(f"email.2:{signature.strip('/')}")


def test_the_link_outlives_the_campaign(anyone):
    (one,) = willing(1)
    campaign = waiting_campaign([one])
    for model in (Message, Assignment):
        model.objects.all().delete()
    campaign.delete()
    anyone.post(path_of(one.pk), ONE_CLICK)
    assert Suppression.objects.filter(customer=one).count() == 1


def test_an_erased_customer_and_one_who_never_was_get_the_same_kind_answer(anyone):
    (one,) = willing(1)
    path = path_of(one.pk)
    one.delete()
    pages = [anyone.post(link, ONE_CLICK) for link in (path, path_of(10**9), path_of(0))]
    assert {page.status_code for page in pages} == {200}
    texts = [page.content.decode() for page in pages]
    assert all("You get no more e-mail from Your shop." in text for text in texts)
    assert not Suppression.objects.exists()


def test_a_link_in_a_test_message_belongs_to_nobody():
    assert leaving(unsubscribe_url(None).split("/")[-2]).customer_pk == 0


def test_consent_given_anew_does_not_lift_a_suppression(anyone):
    (one,) = willing(1)
    anyone.post(path_of(one.pk), ONE_CLICK)
    said(one, granted=True)
    campaign = waiting_campaign([one])
    delivered(campaign)
    assert message_counts(campaign)["skipped"] == 1
