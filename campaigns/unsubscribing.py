"""Links that stop messages without a login: signed, and without a word about the person."""

from dataclasses import dataclass

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from core.errors import Refused
from customers.models import Channel

_SIGNER = Signer(salt="campaigns.unsubscribe")


class ForgedLink(Refused):
    code = "forged_link"


@dataclass(frozen=True)
class Leaving:
    """Whose messages on which channel; a test message belongs to nobody."""

    customer_pk: int
    channel: str


def unsubscribe_url(customer_pk: int | None, channel: str = Channel.EMAIL) -> str:
    token = _SIGNER.sign(f"{channel}.{customer_pk or 0}")
    return settings.SITE_URL.rstrip("/") + reverse("unsubscribe", args=[token])


def leaving(token: str) -> Leaving:
    try:
        channel, _, number = _SIGNER.unsign(token).partition(".")
    except BadSignature as error:
        raise ForgedLink(
            "This link is not whole, or not ours. Open it from the message once more, "
            "or write to the shop."
        ) from error
    return Leaving(int(number), channel)
