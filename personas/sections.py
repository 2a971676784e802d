"""Parts of the home page, each with its finding; an empty dict where there is nothing to say."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

import ingestion.selectors
import runs.selectors
from accounts.capabilities import Capability
from accounts.models import User
from core.alerts import open_alerts
from core.formats import counted, moment_words, money, of_100, readable, whole
from core.services import record_audit
from customers.selectors import people
from ingestion.health import FAILING, ODD, QUIET, REJECTS, TOPICS
from ingestion.models import Load
from personas.selectors import Day, bought_categories, longest_silences
from runs.models import RunState
from runs.pages import seconds, what
from segmentation.movement import latest_movement, move_words, period
from segmentation.moves_page import lede as moves_lede
from segmentation.pages import css_of
from segmentation.selectors import segments

LATEST = 5
# Falls and rises, each.
MOVES = 3
LATELY = timedelta(days=7)
MONTH = 28
TITLES = {
    FAILING: "{name} cannot be read",
    QUIET: "{name} has gone quiet",
    ODD: "{name} brought an odd number of rows",
    REJECTS: "{name} brings more rejects than usual",
}


def silent(user: User) -> dict[str, Any]:
    """Who is silent longer than ever before, the most valuable first."""
    total, found = longest_silences()
    if not found:
        return {}
    personal = user.can(Capability.VIEW_PERSONAL_DATA)
    if personal:
        record_audit(actor=user, verb="view_home_list", detail={"shown": len(found)})
    known = people([row.customer_pk for row in found], personal=personal)
    css = {segment.name: css_of(segment) for segment in segments().filter(kind="rfm")}
    many = counted(total, "regular customer is", "regular customers are")
    return {
        "finding": f"{many} silent longer than ever before",
        "note": f"The {len(found)} who spent most. Regular: five orders or more."
        if len(found) > 1
        else "Regular: five orders or more.",
        "synthetic": any(person.is_synthetic for person in known.values()),
        "rows": [
            {
                "person": known[row.customer_pk],
                "group": row.group or "–",
                "css": css.get(row.group or "", ""),
                "silent": whole(row.silent),
                "longest": counted(row.longest, "day"),
                "spent": money(row.spent),
            }
            for row in found
            if row.customer_pk in known
        ],
    }


def moved() -> dict[str, Any]:
    """Who changed group since the last week end: the largest falls and rises by money."""
    of = latest_movement()
    first = of and (of.worst or of.best)
    if of is None or not first:
        return {}
    shown = [("down", move) for move in of.falls[:MOVES]]
    shown += [("up", move) for move in of.rises[:MOVES]]
    return {
        "finding": f"{move_words(of, first)} {period(of.since, of.until)}",
        "note": f"They spent {money(first.spent)} in the year before. {moves_lede(of)}",
        "rows": [
            {
                "way": way,
                "before": move.before.name,
                "before_css": css_of(move.before),
                "after": move.after.name,
                "after_css": css_of(move.after),
                "customers": whole(move.customers),
                "spent": money(move.spent),
            }
            for way, move in shown
            if move.before and move.after
        ],
    }


def categories(days: Sequence[Day]) -> dict[str, Any]:
    """What is in the baskets of the last four weeks of data."""
    if not days:
        return {}
    newest = days[-1].day
    found = bought_categories(since=newest - timedelta(days=MONTH - 1))
    if not found:
        return {}
    first = found[0]
    return {
        "finding": f"{readable(first.name)}: in {of_100(first.share)} of 100 orders",
        "note": f"Commonest categories, {MONTH} days to {newest:%-d %b}",
        "rows": [
            {
                "name": readable(category.name),
                "share": of_100(category.share),
                "width": f"{category.share * 100:.1f}",
                "orders": whole(category.orders),
                "revenue": money(category.revenue),
            }
            for category in found
        ],
    }


def loads() -> dict[str, Any]:
    latest = list(ingestion.selectors.loads()[:LATEST])
    if not latest:
        return {}
    return {
        "finding": _loads_finding(latest),
        "rows": [
            {
                "number": load.pk,
                "name": load.file_name,
                "when": moment_words(load.created_at),
                "read": whole(load.read if _was_read(load) else None),
                "rejected": whole(load.rejected if _was_read(load) else None),
                "state": "" if load.state == RunState.SUCCEEDED else load.state,
                "dry_run": load.dry_run,
                "bad": _was_read(load) and load.rejected > 0,
            }
            for load in latest
        ],
    }


def _was_read(load: Load) -> bool:
    return bool(load.run.state == RunState.SUCCEEDED)


def _loads_finding(latest: Sequence[Load]) -> str:
    """What went wrong first."""
    failed = sum(load.run.state == RunState.FAILED for load in latest)
    rejected = sum(load.rejected for load in latest)
    if failed:
        return f"{failed} of the latest {counted(len(latest), 'load')} failed"
    if rejected:
        return f"{counted(rejected, 'row')} rejected in the latest loads"
    return "Every row of the latest loads was accepted"


def latest_runs() -> dict[str, Any]:
    latest = list(runs.selectors.runs()[:LATEST])
    failed = failed_lately()
    return {
        "finding": f"{counted(failed, 'run')} failed in the last seven days"
        if failed
        else "No run failed in the last seven days",
        "rows": [
            {
                "number": run.pk,
                "what": what(run),
                "when": moment_words(run.created_at),
                "state": run.state,
                "seconds": f"{seconds(run)} s" if run.finished_at else "",
            }
            for run in latest
        ],
    }


def failed_runs(*, since: datetime) -> list[dict[str, Any]]:
    """What failed since then and was not put right yet, as something to decide; the newest two."""
    return [
        {
            "title": f"{what(run)} failed",
            "text": run.remedy or run.error[:160],
            "verb": "See why",
            "url": reverse("runs:run", args=[run.pk]),
        }
        for run in runs.selectors.failed_for_good(since=since)[:2]
    ]


def failed_lately() -> int:
    since = timezone.now() - LATELY
    return runs.selectors.runs().filter(state=RunState.FAILED, finished_at__gte=since).count()


def source_alerts() -> list[dict[str, Any]]:
    """Sources that fail, fell silent or are odd, as something to look at; the two worst.

    Of each the worst alone: what cannot be read is silent too.
    """
    found = sorted(open_alerts(TOPICS), key=lambda alert: TOPICS.index(alert.topic))
    worst = {alert.subject: alert for alert in reversed(found)}
    return [
        {
            "title": TITLES[alert.topic].format(name=alert.subject),
            "text": alert.says[:200],
            "verb": "See the sources",
            "url": reverse("sources:list"),
        }
        for alert in found
        if worst[alert.subject] == alert
    ][:2]
