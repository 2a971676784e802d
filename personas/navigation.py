"""The bar of areas, and the pages of the area one is in. Each holds only what the role may open."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from accounts.capabilities import Capability
from accounts.models import User


@dataclass(frozen=True)
class Page:
    route: str
    label: str
    capability: Capability


AREAS: tuple[tuple[str, tuple[Page, ...]], ...] = (
    ("Home", (Page("home", "Home", Capability.VIEW_RESULTS),)),
    (
        "Customers",
        (
            Page("customers", "Customers", Capability.VIEW_CUSTOMERS),
            Page("worklists:list", "Work lists", Capability.VIEW_CUSTOMERS),
            Page("duplicates:list", "Possible duplicates", Capability.VIEW_CUSTOMERS),
        ),
    ),
    (
        "Segments",
        (
            Page("segmentation:overview", "Groups", Capability.VIEW_RESULTS),
            Page("segmentation:moves", "Who moved", Capability.VIEW_RESULTS),
            Page("segmentation:predict", "Which cluster?", Capability.VIEW_RESULTS),
            Page("segmentation:group_table", "Group table", Capability.EDIT_SEGMENTS),
            Page("audience", "Build an audience", Capability.EDIT_SEGMENTS),
        ),
    ),
    ("Predictions", (Page("models", "Predictions", Capability.VIEW_RESULTS),)),
    (
        "Campaigns",
        (
            Page("campaigns", "Campaigns", Capability.VIEW_RESULTS),
            Page("slots:list", "Slots", Capability.PREPARE_CAMPAIGN),
            Page("outbox", "Outbox", Capability.PREPARE_CAMPAIGN),
        ),
    ),
    (
        "Insights",
        (
            Page("products", "Products", Capability.VIEW_RESULTS),
            Page("insights:together", "Goes together", Capability.VIEW_RESULTS),
            Page("insights:retention", "Who comes back", Capability.VIEW_RESULTS),
            Page("insights:times", "When people buy", Capability.VIEW_RESULTS),
            Page("insights:places", "Channels and stores", Capability.VIEW_RESULTS),
            Page("insights:concentration", "Who brings the revenue", Capability.VIEW_RESULTS),
            Page("insights:feedback", "What they say", Capability.VIEW_RESULTS),
        ),
    ),
    (
        "Data",
        (
            Page("ingestion:list", "Imports", Capability.IMPORT_DATA),
            Page("sources:list", "Sources", Capability.IMPORT_DATA),
            Page("ingestion:snippet", "Your web pages", Capability.IMPORT_DATA),
            Page("duplicates:rules", "Who is who", Capability.IMPORT_DATA),
            Page("runs:list", "Runs", Capability.VIEW_OPERATIONS),
            Page("pipelines:flow", "Pipelines", Capability.VIEW_OPERATIONS),
            Page("audit", "Audit", Capability.VIEW_OPERATIONS),
            Page("told_useful", "Page feedback", Capability.VIEW_OPERATIONS),
        ),
    ),
    (
        "People",
        (
            Page("people", "People", Capability.MANAGE_PEOPLE),
            Page("api_keys", "API keys", Capability.MANAGE_PEOPLE),
            Page("settings", "Settings", Capability.MANAGE_PEOPLE),
            Page("erasures:page", "Erasure", Capability.ERASE_CUSTOMERS),
        ),
    ),
)


def navigation(request: HttpRequest) -> dict[str, Any]:
    """``nav``: the areas; ``area`` and ``subnav``: where one is, and what else is there."""
    open_to = _open_to(request.user)
    here = _current(request.path, [page for _, pages in open_to for page in pages])
    shown: dict[str, Any] = {"nav": [], "area": "", "subnav": []}
    for label, pages in open_to:
        current = here in pages
        shown["nav"].append({"label": label, "url": reverse(pages[0].route), "current": current})
        if current and len(pages) > 1:
            shown["area"] = label
            shown["subnav"] = [
                {"label": page.label, "url": reverse(page.route), "current": page == here}
                for page in pages
            ]
    return shown


def _open_to(user: User) -> list[tuple[str, list[Page]]]:
    areas = [
        (label, [page for page in pages if user.can(page.capability)]) for label, pages in AREAS
    ]
    return [(label, pages) for label, pages in areas if pages]


def _current(path: str, pages: list[Page]) -> Page | None:
    """The page whose address is the longest beginning of this one; the home page is only itself."""
    urls = {reverse(page.route): page for page in pages}
    under = [url for url in urls if path.startswith(url) and (url != "/" or path == "/")]
    return urls[max(under, key=len)] if under else None
