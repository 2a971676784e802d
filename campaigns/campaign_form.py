"""What stands beside a campaign that is being written: who would be in it, counted as one types."""

from datetime import datetime
from typing import Any

from accounts.models import User
from campaigns.audience import Terms
from campaigns.campaign_counts import cost, effect, who_is_in
from campaigns.campaign_page import rule_words
from campaigns.forms import LETTERS, Filled
from campaigns.models import Campaign
from campaigns.selectors import audience_preview, usual_horizon
from campaigns.services.planning import salt_of
from campaigns.templating import FIELDS, MOST_PRODUCTS, USUAL_PRODUCTS
from core.errors import Refused

BLOCKS = [
    (
        "{{ products:3|… }}",
        f"what the customer may want, up to {MOST_PRODUCTS} ({USUAL_PRODUCTS} if unsaid), in a"
        " paragraph of its own",
    ),
    ("{{ slot:name|… }}", "what that slot shows to the customer, in a paragraph of its own"),
]
NOBODY_YET = "Choose an audience, and who would be in stands here."


def form_page(
    filled: Filled, *, campaign: Campaign | None, user: User, at: datetime
) -> dict[str, Any]:
    wordings = [*filled.variants]
    return {
        "form": filled.form,
        "variants": wordings,
        "removable": len(wordings) > 1,
        "addable": len(wordings) < len(LETTERS),
        "campaign": campaign,
        "fields": [(f"{{{{ {name}|… }}}}", words) for name, words in FIELDS.items()] + BLOCKS,
        **_words(campaign),
        "count": _count(filled, campaign, user, at),
    }


def _words(campaign: Campaign | None) -> dict[str, str]:
    if campaign is None:
        return {
            "here": "New campaign",
            "verb": "Save draft",
            "title": "A campaign begins with whom it is for, and what it should bring.",
            "lede": "It is saved as a draft, which a second person approves before it is launched.",
        }
    return {
        "here": "Edit",
        "verb": "Save changes",
        "title": f"{campaign.name}: each change makes a new version.",
        "lede": "An approval that it has is taken back: nobody has approved what it says now.",
    }


def _count(filled: Filled, campaign: Campaign | None, user: User, at: datetime) -> dict[str, Any]:
    """Who would be in, what so many can show, what it costs; or why that cannot be told."""
    known = filled.valid_part()
    if "rule" not in known:
        problems = filled.form.errors.get("segment") if filled.form.is_bound else None
        return {"waits": problems[0] if problems else NOBODY_YET}
    salt = campaign.salt if campaign else salt_of(known.get("ticket", ""), user)
    days = known.get("horizon_days") or usual_horizon()
    try:
        preview = audience_preview(_terms(known, filled, campaign, salt), horizon_days=days, at=at)
    except Refused as refusal:
        return {"waits": refusal.message}
    budget = known.get("budget")
    found = preview.counts["found"]
    return {
        "waits": "" if found else "The rule fits nobody now. Choose another audience.",
        "rule": rule_words(known["rule"]),
        "who": who_is_in(preview.counts, launched=False),
        "effect": effect(preview.detectable) if found else {},
        "notes": preview.notes,
        "cost": cost(
            preview.counts["treated"],
            offer_cost=float(known.get("offer_cost") or 0),
            budget=None if budget is None else float(budget),
        ),
    }


def _terms(known: dict[str, Any], filled: Filled, campaign: Campaign | None, salt: str) -> Terms:
    share = known.get("control_share")
    return Terms(
        definition=known["rule"],
        channel=known.get("channel", "email"),
        control_share=(20 if share is None else share) / 100,
        salt=salt,
        # Their names do not matter for a count, and may not be written yet.
        variants=tuple(LETTERS[: len(filled.variants)]),
        excludes_others=known.get("excludes_others", True),
        campaign_pk=campaign.pk if campaign else None,
    )
