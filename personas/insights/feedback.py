"""What surveys said over time: scores with their intervals and how many answered."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import TruncMonth
from django.http import QueryDict

from analytics.answers import Score, net_promoter_score, share_of
from core.formats import counted, whole
from core.localtime import midnight
from core.selectors import organisation_zone
from customers.models import Feedback, FeedbackKind
from personas.insights.bought import customers_of
from personas.insights.filters import Filters, asked, controls

TITLE = "What they say"
FIELDS = ("segment",)
# Fewer answers say too little to compare months by.
ENOUGH = 10
LEFT, TOP, WIDE, HIGH = 40.0, 16.0, 520.0, 180.0


@dataclass(frozen=True)
class Survey:
    kind: str
    title: str
    unit: str
    low: float
    high: float


SURVEYS = (
    Survey(FeedbackKind.NPS, "Net promoter score", "points", -100, 100),
    Survey(FeedbackKind.CSAT, "Content: 4 or 5 of 5", "of 100 answers", 0, 100),
)
COUNTS = {
    "n": Count("pk"),
    "made_up": Count("pk", filter=Q(is_synthetic=True)),
    "promoters": Count("pk", filter=Q(score__gte=9)),
    "detractors": Count("pk", filter=Q(score__lte=6)),
    "content": Count("pk", filter=Q(score__gte=4)),
}


def page(query: QueryDict) -> dict[str, Any]:
    filters = asked(query, usual="52", fields=FIELDS)
    found = {"filters": controls(filters, query, fields=FIELDS)}
    surveys = [of for survey in SURVEYS if (of := _survey(survey, filters))] if filters else []
    if filters is None or not surveys:
        return {**found, **_empty(filters)}
    return {
        **found,
        "here": filters.words(),
        "finding": surveys[0]["sentence"],
        "lede": _lede(surveys),
        "surveys": surveys,
        "made_up": any(survey["made_up"] for survey in surveys),
    }


def _survey(survey: Survey, filters: Filters) -> dict[str, Any]:
    rows = _months(survey, filters)
    if not rows:
        return {}
    scores = [(row["month"].date(), _score(survey, row)) for row in rows]
    total = _score(survey, {k: sum(row[k] for row in rows) for k in COUNTS})
    return {
        "title": survey.title,
        "id": survey.kind,
        "sentence": _sentence(survey, total),
        "finding": _finding(survey, scores),
        "rows": [_row(month, score) for month, score in scores],
        "drawing": _drawing(survey, scores),
        "answers": total.answers,
        "unit": survey.unit,
        "made_up": any(row["made_up"] for row in rows),
    }


def _months(survey: Survey, filters: Filters) -> list[dict[str, Any]]:
    zone = organisation_zone()
    answers = Feedback.objects.filter(
        kind=survey.kind,
        at__gte=midnight(filters.since, zone),
        at__lt=midnight(filters.until, zone),
    )
    if filters.segment:
        answers = answers.filter(customer_id__in=customers_of(filters).to_list())
    by_month = answers.annotate(month=TruncMonth("at", tzinfo=zone)).values("month")
    return list(by_month.annotate(**COUNTS).order_by("month"))


def _score(survey: Survey, row: dict[str, Any]) -> Score:
    if survey.kind == FeedbackKind.NPS:
        passives = row["n"] - row["promoters"] - row["detractors"]
        return net_promoter_score(
            promoters=row["promoters"], passives=passives, detractors=row["detractors"]
        )
    return share_of(good=row["content"], answers=row["n"])


def _sentence(survey: Survey, total: Score) -> str:
    span = f"{_signed(survey, total.low)} to {_signed(survey, total.high)}"
    if survey.kind == FeedbackKind.NPS:
        return f"The net promoter score is {_signed(survey, total.value)} ({span})."
    return f"{total.value:.0f} of 100 answers are content, 4 or 5 of 5 ({span})."


def _finding(survey: Survey, scores: list[tuple[date, Score]]) -> str:
    """Whether the last month with enough answers differs from the first: their intervals tell."""
    enough = [(month, score) for month, score in scores if score.answers >= ENOUGH]
    if len(enough) < 2:
        return f"{survey.title}: too few answers to compare months"
    (before, first), (after, last) = enough[0], enough[-1]
    months = f"{before:%B} and {after:%B}"
    if last.low > first.high:
        return f"{survey.title} rose between {months}"
    if last.high < first.low:
        return f"{survey.title} fell between {months}"
    return f"{survey.title}: no difference to be sure of between {months}"


def _row(month: date, score: Score) -> dict[str, Any]:
    few = score.answers < ENOUGH
    return {
        "month": f"{month:%B %Y}",
        "value": f"{score.value:.0f}".replace("-", "−"),
        "span": f"{score.low:.0f} to {score.high:.0f}".replace("-", "−"),
        "answers": whole(score.answers),
        "few": few,
    }


def _drawing(survey: Survey, scores: list[tuple[date, Score]]) -> dict[str, Any]:
    step = WIDE / len(scores)

    def down(value: float) -> float:
        return TOP + (survey.high - value) / (survey.high - survey.low) * HIGH

    marks = [
        {
            "x": f"{LEFT + (at + 0.5) * step:.1f}",
            "bar_x": f"{LEFT + (at + 0.5) * step - 5:.1f}",
            "tick_from": f"{LEFT + (at + 0.5) * step - 8:.1f}",
            "tick_to": f"{LEFT + (at + 0.5) * step + 8:.1f}",
            "y": f"{down(score.value):.1f}",
            "top": f"{down(score.high):.1f}",
            "height": f"{max(down(score.low) - down(score.high), 1):.1f}",
            "enough": score.answers >= ENOUGH,
            "label": f"{month:%b}",
        }
        for at, (month, score) in enumerate(scores)
    ]
    lines = (survey.low, (survey.low + survey.high) / 2, survey.high)
    grid = [
        {"y": f"{down(value):.1f}", "label": f"{value:.0f}".replace("-", "−")} for value in lines
    ]
    return {"marks": marks, "grid": grid, "right": f"{LEFT + WIDE:.0f}"}


def _lede(surveys: list[dict[str, Any]]) -> str:
    others = [survey["sentence"] for survey in surveys[1:]]
    answers = sum(survey["answers"] for survey in surveys)
    return " ".join([*others, f"{counted(answers, 'answer')} in these days, 95\u00a0% intervals."])


def _signed(survey: Survey, value: float) -> str:
    text = f"{value:+.0f}" if survey.kind == FeedbackKind.NPS else f"{value:.0f}"
    return text.replace("-", "−")


def _empty(filters: Filters | None) -> dict[str, str]:
    told = {
        "finding": "Nobody was asked in these days."
        if filters
        else "What customers say is known once there are orders and answers.",
        "empty": "Scores by month stand here",
        "empty_text": "Net promoter score and how many are content, from a file of the kind"
        " feedback.",
    }
    return {**told, "here": filters.words()} if filters else told
