"""Was this page useful? What the foot of a page shows, and what the analyst reads."""

from collections import defaultdict
from typing import Any

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
    votes: dict[str, list[PageFeedback]] = defaultdict(list)
    for vote in PageFeedback.objects.order_by("-at", "-pk"):
        votes[vote.route].append(vote)
    rows = sorted(
        (_row(route, said) for route, said in votes.items()),
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


def _row(route: str, said: list[PageFeedback]) -> dict[str, Any]:
    useful = sum(vote.useful for vote in said)
    roles = sorted({Role(vote.role).label for vote in said if not vote.useful})
    return {
        "route": route,
        "votes": len(said),
        "useful": useful,
        "not_useful": len(said) - useful,
        "width": f"{useful / len(said) * 100:.0f}",
        "few": len(said) < ENOUGH,
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
