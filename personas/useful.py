"""Was this page useful? What the foot of a page shows, and what the analyst reads."""

from collections import Counter, defaultdict
from typing import Any

from django.db.models import Count
from django.http import HttpRequest
from django.urls import Resolver404, resolve

from accounts.capabilities import Role
from core.errors import NotFound
from core.formats import counted, moment_words
from personas.models import PageFeedback

# {route: number of what this browser said}: who said it stands nowhere else.
SESSION = "said_useful"
WORDS_SHOWN = 50
# With fewer votes a page's share says nothing.
ENOUGH = 5


def route_of(path: str) -> str:
    """The route behind an address of the site, without whose page it is."""
    try:
        return str(resolve(path).route) or "/"
    except Resolver404 as error:
        raise NotFound("There is no such page.") from error


def foot(request: HttpRequest) -> dict[str, Any] | None:
    """What the foot of this page asks; None where no page was found."""
    match = request.resolver_match
    if match is None or request.method != "GET":
        return None
    return asked(request, route=str(match.route) or "/", path=request.path)


def asked(request: HttpRequest, *, route: str, path: str) -> dict[str, Any]:
    number = request.session.get(SESSION, {}).get(route)
    said = PageFeedback.objects.filter(pk=number).first() if number else None
    return {"path": path, "said": said}


def told_pages() -> dict[str, Any]:
    """Which pages help and which do not, the least helpful first, and the newest words."""
    said: dict[str, Counter[tuple[str, bool]]] = defaultdict(Counter)
    votes = PageFeedback.objects.order_by().values_list("route", "role", "useful")
    for route, role, useful, many in votes.annotate(many=Count("pk")):
        said[route][role, useful] += many
    rows = sorted(
        (_row(route, counts) for route, counts in said.items()),
        key=lambda row: (-row["not_useful"], row["route"]),
    )
    words = PageFeedback.objects.exclude(word="").order_by("-at", "-pk")[:WORDS_SHOWN]
    return {
        "finding": _finding(rows),
        "lede": "Anybody may say at the foot of a page whether it was useful; the role is kept,"
        " the person is not.",
        "rows": rows,
        "words": [
            {
                "route": one.route,
                "word": one.word,
                "useful": one.useful,
                "who": f"{Role(one.role).label}, {moment_words(one.at)}",
            }
            for one in words
        ],
    }


def _row(route: str, said: Counter[tuple[str, bool]]) -> dict[str, Any]:
    """``said``: how often each role found the page useful, or not."""
    total = said.total()
    useful = sum(many for (_, found), many in said.items() if found)
    roles = sorted({Role(role).label for role, found in said if not found})
    return {
        "route": route,
        "votes": total,
        "useful": useful,
        "not_useful": total - useful,
        "width": f"{useful / total * 100:.0f}",
        "few": total < ENOUGH,
        "roles": ", ".join(roles),
    }


def _finding(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return "Nobody has said yet whether a page was useful."
    total, useful = sum(row["votes"] for row in rows), sum(row["useful"] for row in rows)
    found = f"{counted(total, 'answer')} about {counted(len(rows), 'page')}: {useful} useful."
    worst = rows[0]
    if not worst["not_useful"]:
        return found
    times = counted(worst["not_useful"], "time")
    return f"{found}\n{worst['route']} failed {times}."
