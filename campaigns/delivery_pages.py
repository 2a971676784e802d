"""What the pages about messages say."""

from email.message import EmailMessage
from typing import Any

from django.urls import reverse

from accounts.models import User
from campaigns.composing import Written, masked_address, message_id, values_of, written_for
from campaigns.messages import handed_over
from campaigns.models import Message
from campaigns.outbox import file_of_message, tests_of, written
from campaigns.sending import OUTBOX, backend
from campaigns.templating import subject_of
from campaigns.unsubscribing import Leaving
from core.errors import Refused
from core.formats import moment_words, whole
from core.selectors import organisation
from customers.models import Channel, Customer
from customers.selectors import Person, channel_states, person

MOST_TESTS = 5
NO_SUBJECT = "Without a subject"
NOT_FILLED = "A message that cannot be filled"
CHANNEL_WORDS = {
    Channel.EMAIL: "E-mail",
    Channel.SMS: "Text messages",
    Channel.PHONE: "Telephone calls",
    Channel.POST: "Letters",
}


def leaving_words(who: Leaving, *, done: bool) -> dict[str, Any]:
    """The same for a customer who was erased, or who never was: nothing is told about anybody."""
    shop = organisation().name
    customer = Customer.objects.filter(pk=who.customer_pk).first()
    states = {state.channel: state for state in channel_states(customer)} if customer else {}
    channels = [
        {
            "channel": channel,
            "words": words,
            "stopped": not (customer and states[channel].granted) or states[channel].suppressed,
        }
        for channel, words in CHANNEL_WORDS.items()
    ]
    here = next(one for one in channels if one["channel"] == who.channel)
    if here["stopped"] or (done and customer is None):
        finding = f"You get no more {_lower(here['words'])} from {shop}."
        lede = "It holds from this moment on. You need not do anything else."
    else:
        finding = f"Do you want no more {_lower(here['words'])} from {shop}?"
        lede = "One press is enough. It holds at once, and it needs no login."
    return {
        "finding": finding,
        "lede": lede,
        "asks": not here["stopped"],
        "channel": who.channel,
        "words": _lower(here["words"]),
        "others": [one for one in channels if one is not here] if customer else [],
    }


def _lower(words: str) -> str:
    return words[0].lower() + words[1:]


def outbox_words() -> dict[str, str]:
    stays = backend() == OUTBOX
    many = handed_over().count()
    where = "They are files on this machine: nothing leaves it."
    if not stays:
        where = (
            "They were handed to the mail server; what became of each is on its campaign’s page."
        )
    if not many:
        finding = "No message has been written yet."
    else:
        count = "One message was" if many == 1 else f"{whole(many)} messages were"
        finding = f"{count} {'written' if stays else 'sent'}."
    return {"finding": finding, "lede": where}


def outbox_row(message: Message, *, personal: bool, shop: str) -> dict[str, Any]:
    who = person(message.customer, personal=personal)
    return {
        "number": message.pk,
        "subject": _subject(message, who, shop),
        "customer": who.customer_id,
        "name": who.name or "",
        "campaign": message.campaign.name,
        "campaign_pk": message.campaign_id,
        "variant": message.variant.name if message.variant else "",
        "when": moment_words(message.finished_at) if message.finished_at else "",
    }


def test_rows(user: User) -> list[dict[str, str]]:
    return [
        {"subject": str(mail["Subject"]), "to": str(mail["To"]), "text": _text(mail)}
        for _, mail in tests_of(user.pk, MOST_TESTS)
    ]


def opened(message: Message, *, personal: bool) -> dict[str, Any]:
    mail = written(file_of_message(message.pk)) if personal else None
    shown = _as_written(mail) if mail else _filled(message, personal=personal)
    customer = message.customer
    facts = [
        ("To", (customer.email or "") if personal else masked_address(customer.email)),
        ("Customer", customer.customer_id),
        ("Campaign", f"{message.campaign}, {message.variant or 'without a variant'}"),
        ("Handed over", moment_words(message.finished_at) if message.finished_at else "–"),
        ("Message-ID", message_id(message)),
    ]
    lede = "As it was written." if mail else "Filled anew from the campaign."
    if not personal:
        lede = "Names and addresses are masked: your role does not see them."
    return {
        "finding": shown.subject,
        "lede": lede,
        "facts": facts,
        "text": shown.text,
        "back": reverse("outbox"),
        "number": message.pk,
    }


def _subject(message: Message, who: Person, shop: str) -> str:
    if message.variant is None:
        return NO_SUBJECT
    try:
        return subject_of(message.variant.subject, values_of(who, shop))
    except Refused:
        return NOT_FILLED


def _filled(message: Message, *, personal: bool) -> Written:
    if message.variant is None:
        return Written(NO_SUBJECT, "", "")
    try:
        return written_for(message.variant, message.customer, personal=personal)
    except Refused as refusal:
        return Written(NOT_FILLED, refusal.message, "")


def _as_written(mail: EmailMessage) -> Written:
    return Written(str(mail["Subject"]), _text(mail), "")


def _text(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    return part.get_content() if part else ""
