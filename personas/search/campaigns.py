"""Campaigns by name."""

from django.urls import reverse

from accounts.models import User
from campaigns.models import Origin
from campaigns.selectors import named_like
from personas.search.found import LEAST_LETTERS, MOST, Hit, Part

NAMES = ("campaign", "campaigns")


def find(text: str, user: User) -> Part:
    if len(text.strip()) < LEAST_LETTERS:
        return Part("Campaigns")
    hits = [
        Hit(
            campaign.name,
            reverse("campaign", args=[campaign.pk]),
            note="before this product" if campaign.origin == Origin.HISTORY else campaign.state,
            icon="mail",
        )
        for campaign in named_like(text.strip())[: MOST + 1]
    ]
    more = "There are more: type more of the name." if len(hits) > MOST else ""
    return Part("Campaigns", hits[:MOST], more=more, names=NAMES)
