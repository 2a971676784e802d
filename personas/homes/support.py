"""Where support begins: a search, who waits for an answer, who was unhappy, whom one looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

from accounts.capabilities import Capability
from accounts.models import User
from core.formats import counted, moment_words, money, short_day, whole
from core.selectors import last_subjects
from core.services import record_audit
from customers.aliases import somebodies
from customers.models import Feedback, Interaction
from customers.selectors import Person, masked_text, people
from customers.waiting import Lately, lately, open_requests, unhappy_answers
from personas.contacts import ANSWERS, MADE_UP
from personas.selectors import list_figures
from segmentation.pages import css_of
from segmentation.selectors import segments

WAITING, UNHAPPY, LOOKED_AT = 8, 6, 6
WEEK, MONTH = timedelta(days=7), timedelta(days=30)
# So many answers are looked through for those of the customers who spent most.
ANSWERS_READ = 500


@dataclass(frozen=True)
class SupportHome:
    finding: str
    lede: str
    freshness: str
    placeholder: str
    waiting: dict[str, Any]
    unhappy: dict[str, Any]
    looked_at: dict[str, Any]
    next: dict[str, str]


@dataclass(frozen=True)
class Known:
    """Whoever the page names, as the asker may see them, with group and spend."""

    people: dict[int, Person]
    figures: dict[int, dict[str, Any]]
    css: dict[str, str]
    personal: bool

    def row(self, customer_pk: int) -> dict[str, Any]:
        found = self.figures.get(customer_pk, {})
        group = found.get("rfm_group") or ""
        spent = found.get("purchase_monetary_value")
        return {
            "person": self.people[customer_pk],
            "group": group,
            "css": self.css.get(group, ""),
            "spent": money(spent),
        }


def home(user: User, now: datetime) -> SupportHome:
    since = now - WEEK
    requests, many = list(open_requests()[:WAITING]), open_requests().count()
    answers = _most_valuable(list(unhappy_answers(since=now - MONTH)[:ANSWERS_READ]))
    looks = last_subjects(actor_id=str(user.pk), verb="view_customer", most=LOOKED_AT)
    ids = [subject for subject, _ in looks]
    found = dict(somebodies().filter(customer_id__in=ids).values_list("customer_id", "pk"))
    pks = [row.customer_id for row in (*requests, *answers)]
    known = _known(user, [*pks, *found.values()])
    return SupportHome(
        finding=_finding(requests, many, now),
        lede=_lede(lately(since=since, until=now)),
        freshness="who waits, who was unhappy",
        placeholder="Name, number, e-mail or telephone" if known.personal else "Number",
        waiting=_waiting(requests, many, known, now),
        unhappy=_unhappy(answers, known),
        looked_at=_looked_at([(found[s], when) for s, when in looks if s in found], known),
        next=_next(requests, answers, known),
    )


def _known(user: User, pks: list[int]) -> Known:
    """A look at names is written down."""
    personal = user.can(Capability.VIEW_PERSONAL_DATA)
    if personal and pks:
        record_audit(actor=user, verb="view_home_list", detail={"shown": len(set(pks))})
    css = {segment.name: css_of(segment) for segment in segments().filter(kind="rfm")}
    return Known(people(pks, personal=personal), list_figures(pks), css, personal)


def _most_valuable(answers: list[Feedback]) -> list[Feedback]:
    """One answer a customer, those without a contact since first, then by money spent."""
    newest = {answer.customer_id: answer for answer in reversed(answers)}
    spent = list_figures(list(newest))

    def worth(answer: Feedback) -> tuple[bool, float]:
        value = spent.get(answer.customer_id, {}).get("purchase_monetary_value")
        return answer.followed, -(value or 0)  # type: ignore[attr-defined]  # annotated

    return sorted(newest.values(), key=worth)[:UNHAPPY]


def _finding(requests: Sequence[Interaction], many: int, now: datetime) -> str:
    if not many:
        return "Nobody waits for an answer."
    verb = "is" if many == 1 else "are"
    age = _age(requests[0], now)
    oldest = f"for {age}" if many == 1 else f"the oldest for {age}"
    return f"{counted(many, 'request')} {verb} open, {oldest}."


def _age(request: Interaction, now: datetime) -> str:
    waits = now - request.opened_at
    return counted(waits.days, "day") if waits.days else "less than a day"


def _lede(of: Lately) -> str:
    """What changed since a week ago, in one line."""
    if not any((of.opened, of.closed, of.answered)):
        return "In the last seven days nothing came in and nothing was settled."
    said = f"{counted(of.answered, 'answer')} to surveys"
    unhappy = f", {whole(of.unhappy)} of them unhappy" if of.unhappy else ""
    if of.unhappy == of.answered == 1:
        unhappy = ", an unhappy one"
    settled = "were" if of.closed > 1 else "was"
    return (
        f"In the last seven days {counted(of.opened, 'request')} came in and"
        f" {whole(of.closed) if of.closed else 'none'} {settled} settled; {said}{unhappy}."
    )


def _made_up(rows: Sequence[Interaction | Feedback]) -> tuple[str, bool]:
    """(what a note says where all are made up, whether each row must say it)."""
    synthetic = [row.is_synthetic for row in rows]
    return (f"; {MADE_UP}", False) if all(synthetic) and synthetic else ("", any(synthetic))


def _waiting(
    requests: Sequence[Interaction], many: int, known: Known, now: datetime
) -> dict[str, Any]:
    note = (
        f"The {len(requests)} oldest of {whole(many)}"
        if many > len(requests)
        else "The oldest first"
    )
    told, each = _made_up(requests)
    return {
        "finding": f"{counted(many, 'customer waits', 'customers wait')} for an answer",
        "note": note + told,
        "rows": [
            {
                **known.row(row.customer_id),
                "subject": masked_text(row.subject, personal=known.personal) or "No subject",
                "channel": row.channel,
                "waits": whole((now - row.opened_at).days),
                "made_up": MADE_UP if each and row.is_synthetic else "",
            }
            for row in requests
        ],
    }


def _unhappy(answers: Sequence[Feedback], known: Known) -> dict[str, Any]:
    alone = sum(not row.followed for row in answers)  # type: ignore[attr-defined]  # annotated
    told, each = _made_up(answers)
    called = "all were called since"
    if alone:
        some = f" with {alone} of them" if alone < len(answers) else ""
        called = f"nobody has been in touch{some} since"
    many = counted(len(answers), "valuable customer was", "valuable customers were")
    return {
        "finding": f"{many} unhappy lately: {called}",
        "note": f"NPS up to 6 or CSAT up to 2 in the last 30 days; who spent most first{told}",
        "rows": [
            {
                **known.row(row.customer_id),
                "said": ANSWERS[row.kind].format(score=row.score),
                "text": masked_text(row.text, personal=known.personal) or "",
                "when": short_day(row.at),
                "followed": row.followed,  # type: ignore[attr-defined]  # annotated
                "made_up": MADE_UP if each and row.is_synthetic else "",
            }
            for row in answers
        ],
    }


def _looked_at(looks: Sequence[tuple[int, datetime]], known: Known) -> dict[str, Any]:
    rows = [{**known.row(pk), "when": moment_words(when)} for pk, when in looks]
    return {"finding": "Whom you looked at last", "rows": rows}


def _next(
    requests: Sequence[Interaction], answers: Sequence[Feedback], known: Known
) -> dict[str, str]:
    if requests:
        who = known.people[requests[0].customer_id]
        return _step(
            f"Next: answer {who.name or who.customer_id}",
            "Their request has waited longest. The page says what they buy, what was said before,"
            " and whether they may be written to.",
            who,
            "#contacts",
        )
    alone = [row for row in answers if not row.followed]  # type: ignore[attr-defined]  # annotated
    if alone:
        who = known.people[alone[0].customer_id]
        return _step(
            f"Next: ask {who.name or who.customer_id} what went wrong",
            "They were unhappy, they spend much, and nobody has been in touch since.",
            who,
            "",
        )
    return {
        "title": "Next: whoever calls",
        "text": "Find them by name, number, e-mail or telephone.",
        "verb": "All customers",
        "url": reverse("customers"),
    }


def _step(title: str, text: str, who: Person, part: str) -> dict[str, str]:
    url = reverse("customer", args=[who.customer_id]) + part
    return {"title": title, "text": text, "verb": "Open their page", "url": url}
