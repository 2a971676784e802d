"""A short way through the product for each role, on its own pages.

A step is a page and a part of it (``data-tour``); it is shown on the server, so that it works by
links alone, and a script only marks the part.
"""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from accounts.capabilities import Role
from accounts.models import User
from core.selectors import organisation
from personas.models import TourAnswered


@dataclass(frozen=True)
class TourStep:
    route: str
    part: str
    title: str
    text: str


HOME = TourStep(
    "home", "finding", "Every page opens with a sentence",
    "It is the finding, in words and figures. The figures below prove it, and what to do stands"
    " beside them.",
)  # fmt: skip
FIND = TourStep(
    "home", "find", "Everything is one key away",
    "Ctrl-K finds customers, products, segments, campaigns and pages; on a telephone it is the"
    " glass above. The question mark lists all keys.",
)  # fmt: skip
GROUPS = TourStep(
    "segmentation:overview", "finding", "Customers in groups",
    "By how recently, how often and for how much they bought. A group keeps its colour on every"
    " page.",
)  # fmt: skip
MOVED = TourStep(
    "segmentation:moves", "finding", "Who moved",
    "Each refresh says who changed group, and what they spent in the year before.",
)  # fmt: skip
CUSTOMERS = TourStep(
    "customers", "finding", "A customer in one screen",
    "Search by number, and by name where your role sees names. The page of a customer says their"
    " group and why, and whether one may write to them.",
)  # fmt: skip
CAMPAIGNS = TourStep(
    "campaigns", "finding", "What campaigns brought",
    "Each against people held out by chance, with its interval. “Not enough evidence” is an answer"
    " too.",
)  # fmt: skip
MODELS = TourStep(
    "models", "finding", "How good the predictions are",
    "Beside simple rules that they must beat, on weeks that they had not seen.",
)  # fmt: skip
USEFUL = TourStep(
    "help", "useful", "Tell us what was missing",
    "One press at the foot of any page. Your role is kept, your name is not. Help and this tour"
    " stand in your menu.",
)  # fmt: skip
TOURS: dict[Role, tuple[TourStep, ...]] = {
    Role.MARKETING: (
        HOME, MOVED,
        TourStep(
            "audience", "finding", "Build an audience",
            "Conditions by mouse or keyboard; who fits, who may be written to and what they spend"
            " is counted while you type.",
        ),
        CAMPAIGNS, FIND, USEFUL,
    ),
    Role.SALES: (HOME, GROUPS, CUSTOMERS, CAMPAIGNS, FIND, USEFUL),
    Role.SUPPORT: (HOME, FIND, CUSTOMERS, USEFUL),
    Role.PRODUCT: (HOME, GROUPS, MODELS, CAMPAIGNS, FIND, USEFUL),
    Role.ANALYST: (
        HOME,
        TourStep(
            "ingestion:list", "finding", "What came in",
            "Every load with its rejected rows and the reason for each; a load can be undone as a"
            " whole.",
        ),
        MODELS, GROUPS, FIND, USEFUL,
    ),
    Role.ADMIN: (
        HOME,
        TourStep(
            "people", "finding", "Who may come in",
            "Invite by a link that works once, change a role, lock somebody out. What each role"
            " may do stands below.",
        ),
        TourStep(
            "runs:list", "finding", "What the machine did",
            "Loads, refreshes and trainings, each with its steps, how long it took and why it"
            " failed.",
        ),
        FIND, USEFUL,
    ),
    Role.VIEWER: (HOME, GROUPS, CAMPAIGNS, FIND, USEFUL),
}  # fmt: skip


def tour_here(request: HttpRequest) -> dict[str, Any] | None:
    """The step that the address asks for, where this page is the one it points at."""
    asked = request.GET.get("tour", "")
    steps = TOURS[Role(request.user.role)]
    number = int(asked) if asked.isdecimal() and len(asked) < 3 else 0
    if not 1 <= number <= len(steps):
        return None
    step = steps[number - 1]
    if request.path != reverse(step.route):
        return None
    return {
        "part": step.part,
        "title": step.title,
        "text": step.text,
        "position": f"{number} of {len(steps)}",
        "back": step_url(steps, number - 1),
        "next": step_url(steps, number + 1),
        "end": request.path,
    }


def step_url(steps: tuple[TourStep, ...], number: int) -> str:
    if not 1 <= number <= len(steps):
        return ""
    return f"{reverse(steps[number - 1].route)}?tour={number}"


def first_step(user: User) -> str:
    return step_url(TOURS[Role(user.role)], 1)


def tour_offered(request: HttpRequest) -> bool:
    """Once, on the home page of the demo, until it is taken or declined."""
    if request.path != reverse("home") or not organisation().is_demo:
        return False
    return not TourAnswered.objects.filter(user=request.user).exists()
