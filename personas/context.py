"""What every page shows around its content."""

import json
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts.capabilities import Capability, Role
from core.formats import moment_words, whole
from core.selectors import organisation, organisation_zone
from customers.selectors import any_synthetic
from personas.help import KEYS
from personas.navigation import navigation
from personas.selectors import shop_size
from personas.tours import first_step, tour_here, tour_offered
from personas.useful import foot
from transactions.selectors import last_order_at, shifted_sources

DOES = {
    Role.MARKETING: "Segments, audiences and campaigns",
    Role.SALES: "Customers by name, segments and lists",
    Role.SUPPORT: "Find a customer and understand them",
    Role.PRODUCT: "What is bought, and by whom",
    Role.ANALYST: "Bring data in, refresh, look at runs",
    Role.ADMIN: "People, imports and operations",
    Role.VIEWER: "The main figures, read only",
}


def surroundings(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    signed_in = bool(user and user.is_authenticated)
    newest = last_order_at()
    return {
        "shop": organisation(),
        **(navigation(request) if signed_in else {}),
        "initials": _initials(str(user)) if signed_in else "",
        "may_find": signed_in and user.can(Capability.VIEW_RESULTS),
        "may_see_customers": signed_in and user.can(Capability.VIEW_CUSTOMERS),
        "keys": KEYS,
        **(_beside(request) if signed_in else {}),
        "today": today_words(timezone.now()),
        "data_to": f"Data to {moment_words(newest)}" if newest else "No data yet",
        "honesty": _honesty(),
    }


def _beside(request: HttpRequest) -> dict[str, Any]:
    """What stands beside the page's own words: its foot's question, and a tour."""
    here = tour_here(request)
    return {
        "useful": foot(request),
        "tour": here,
        "tour_start": first_step(request.user),
        "tour_offered": here is None and tour_offered(request),
    }


def demo_logins(request: HttpRequest) -> dict[str, Any]:
    """The demo's logins for the sign-in page; they are there only while the demo runs."""
    path = settings.CBA_HOME / "demo.json"
    if request.path != reverse("account_login") or not path.exists():
        return {}
    logins = json.loads(path.read_text())["logins"]
    shown = [
        {**login, "title": Role(login["role"]).label, "does": DOES[login["role"]]}
        for login in logins
    ]
    orders, households = shop_size()
    lede = (
        f"The demo is a real grocer’s year: {whole(orders)} orders by {whole(households)}"
        " households. Names and addresses are synthetic, and nothing can be sent."
    )
    return {"demo_logins": shown, "demo_lede": lede}


def today_words(now: datetime) -> str:
    """The day by the shop's clock: Monday 23 November."""
    return now.astimezone(organisation_zone()).strftime("%A %-d %B")


def _honesty() -> str:
    """Which dates are moved and which people are made up, on every page."""
    parts = [
        f"Dates of {source.name} are moved on by {whole(source.shift_days // 7)} weeks."
        for source in shifted_sources()
    ]
    if any_synthetic():
        parts.append("Names and addresses are synthetic.")
    return " ".join(parts)


def _initials(name: str) -> str:
    words = name.split("@")[0].replace(".", " ").split()
    return "".join(word[0] for word in words[:2]).upper()
