"""One customer's message: template, values, products, and the headers that mail programs act on."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.html import escape

from campaigns import templating
from campaigns.models import Message, Variant
from campaigns.outbox import CampaignMail, file_of_message
from campaigns.slot_models import Slot
from campaigns.slots import personalise
from campaigns.templating import Offer, Shown
from campaigns.unsubscribing import unsubscribe_url
from core.formats import readable
from core.selectors import organisation
from customers.models import Customer
from customers.selectors import MASK, Person, person
from recommendations.selectors import NotTrained, recommend
from runs.stored import DamagedModel

log = logging.getLogger(__name__)

NO_ADDRESS = "no e-mail address is known"
BAD_ADDRESS = "the e-mail address is not one that mail can be sent to"


@dataclass(frozen=True)
class Written:
    """A message as one customer gets it."""

    subject: str
    text: str
    html: str


def written_for(variant: Variant, customer: Customer | None, *, personal: bool = True) -> Written:
    """Filled for a customer, masked where the reader may not see; without one, with fallbacks."""
    shop = organisation().name
    values = values_of(person(customer, personal=personal) if customer else None, shop)
    most = templating.wants_products(variant.body)
    offers = offers_for(customer.pk, most) if customer and most else []
    shown = shown_to(customer.customer_id, variant.body) if customer else {}
    url = unsubscribe_url(customer.pk if customer and personal else None)
    return Written(
        subject=templating.subject_of(variant.subject, values),
        text=templating.text_of(variant.body, values, offers, shown) + _foot(shop, url),
        html=_page(templating.html_of(variant.body, values, offers, shown), shop, url),
    )


def values_of(customer: Person | None, shop: str) -> Mapping[str, str | None]:
    name = (customer.name if customer else None) or ""
    return {
        "first_name": name.split()[0] if name.split() else None,
        "name": name,
        "region": customer.region if customer else None,
        "shop": shop,
    }


def offers_for(customer_pk: int, most: int) -> list[Offer]:
    """Products with their reasons; where no model can answer the fallback stands in their place."""
    try:
        items = recommend(customer_pk, k=most)
    except NotTrained:
        return []
    except DamagedModel as refusal:
        log.warning("Messages go out without products: %s", refusal.message)
        return []
    return [Offer(readable(item.name), item.reason) for item in items]


def shown_to(customer_id: str, body: str) -> dict[str, Shown]:
    """What the body's slots show to a customer; one that is gone since leaves its fallback."""
    told = {}
    for slot in Slot.objects.filter(slug__in=templating.wants_slots(body)):
        given = personalise(slot=slot, customer_id=customer_id, at=timezone.now()).given
        offers = [Offer(readable(item.name), item.reason) for item in given.items]
        told[slot.slug] = Shown(offers=offers, **given.words)
    return told


def address_problem(address: str | None) -> str:
    """Why nothing can be sent there; empty where it can. Mail servers take ASCII before the @."""
    if not address or not address.strip():
        return NO_ADDRESS
    local = address.strip().rpartition("@")[0]
    try:
        validate_email(address.strip())
    except ValidationError:
        return BAD_ADDRESS
    return "" if local.isascii() else BAD_ADDRESS


def email_for(message: Message, variant: Variant, customer: Customer) -> CampaignMail:
    mail = _email(written_for(variant, customer), customer.email or "", customer.pk)
    # Made of our numbers alone: a provider's log can be searched for it, also after a crash.
    mail.extra_headers["Message-ID"] = message_id(message)
    mail.outbox_name = file_of_message(message.pk)
    return mail


def trial_email(written: Written, address: str, outbox_name: str) -> CampaignMail:
    marked = Written(f"[Test] {written.subject}", written.text, written.html)
    mail = _email(marked, address, None)
    mail.outbox_name = outbox_name
    return mail


def message_id(message: Message) -> str:
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    return f"<campaign-{message.campaign_id}-message-{message.pk}@{host}>"


def masked_address(address: str | None) -> str:
    return MASK if address else NO_ADDRESS


def _email(written: Written, address: str, customer_pk: int | None) -> CampaignMail:
    mail = CampaignMail(
        subject=written.subject,
        body=written.text,
        to=[address.strip()],
        headers={
            "List-Unsubscribe": f"<{unsubscribe_url(customer_pk)}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )
    mail.attach_alternative(written.html, "text/html")
    return mail


def _foot(shop: str, url: str) -> str:
    why = f"You get this message because you agreed to e-mail from {shop}."
    return f"\n\n-- \n{why}\nTo stop these messages: {url}\n"


def _page(inside: str, shop: str, url: str) -> str:
    why = f"You get this message because you agreed to e-mail from {escape(shop)}."
    stop = f'<a href="{escape(url)}">Stop these messages</a>'
    return (
        '<!doctype html>\n<html><head><meta charset="utf-8"></head><body>\n'
        f"{inside}\n<hr>\n<p><small>{why} {stop}</small></p>\n</body></html>\n"
    )
