"""What the home page says before anything was brought in."""

from typing import Any

from django.urls import reverse

from accounts.capabilities import ROLE_CAPABILITIES, Capability
from accounts.models import User
from core.selectors import organisation

COLUMNS = (
    ("customer_id", "00472", "whose order it is", "needed"),
    ("occurred_at", "2026-11-03 18:20", "silence, rhythm", "needed"),
    ("amount", "12.49", "spend, value", "needed"),
    ("order_id", "B-102244", "lines of one order stay together", "better"),
    ("sku", "1029743", "favourite products", "better"),
    ("quantity", "2", "pieces; a minus is a return", "better"),
)
THEN = (
    ("Read", "shows every doubt, saves nothing"),
    ("Load", "sets rejected rows aside"),
    ("Features", "what is known about each customer"),
    ("Groups", "by recency, frequency and money"),
    ("Clusters", "who buys alike"),
)


def first_run(user: User) -> dict[str, Any]:
    """The way to the first file, or who can bring it in."""
    shop = organisation()
    common = {
        "fixed": f"Amounts count in {shop.currency} and days by the clock of"
        f" {shop.time_zone.replace('_', ' ')}. The first orders fix both.",
        "settings_url": reverse("settings") if user.can(Capability.MANAGE_PEOPLE) else "",
        "columns": [
            {"name": name, "example": example, "gives": gives, "need": need, "must": need[0] == "n"}
            for name, example, gives, need in COLUMNS
        ],
        "then": THEN,
        "who": ", ".join(
            role.label for role, may in ROLE_CAPABILITIES.items() if Capability.IMPORT_DATA in may
        ),
    }
    if user.can(Capability.IMPORT_DATA):
        return {
            **common,
            "can_import": True,
            "finding": "Nothing here yet: bring in one file and see your customers in groups.",
            "lede": "One row for each line of an order is enough: who, when, how much. A dry run"
            " shows what we understood before anything is saved, and an import can be undone as"
            " a whole.",
        }
    return {
        **common,
        "can_import": False,
        "finding": "Nothing here yet: an analyst or an admin brings in the first file.",
        "lede": "After that your customers stand here in groups, with what they bring and who may"
        " be written to.",
    }
