"""What a customer did on the web and in the app lately."""

from typing import Any

from core.formats import counted
from features.selectors import catalogue
from personas.contacts import MADE_UP

NAMES = ("visits_30d", "product_views_30d", "last_visit_days")


def seen_words(known: dict[str, Any]) -> dict[str, str]:
    """Empty for whoever was never seen there."""
    visits, views, last = (known.get(name) for name in NAMES)
    if visits is None:
        return {}
    made_up = any(entry.synthetic for entry in catalogue() if entry.name in NAMES)
    ago = "looked at products" if last is None else _ago(int(last))
    looked = f"{counted(int(visits), 'visit')}, {counted(int(views or 0), 'product')} looked at"
    return {
        "finding": f"On the web: {ago}",
        "note": f"{looked} in the last 30 days",
        "made_up": MADE_UP if made_up else "",
    }


def _ago(days: int) -> str:
    return "there today" if days == 0 else f"last there {counted(days, 'day')} ago"
