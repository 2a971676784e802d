"""What the page "What follows what" says: each step with its last and its next run, in words."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from core.formats import counted, day, moment_words, whole
from ingestion.selectors import loads_to_look_at
from pipelines.flow import FLOW, FlowStep
from pipelines.nights import LOADS, next_night, next_training
from pipelines.services import QUIET
from pipelines.trainers import MODELS
from runs.models import MOVING, ModelVersion, Run, RunState
from runs.pages import STEP_WORDS, seconds

RUN_NOW = {"refresh": "refresh", "train": "train_all"}


def flow_page(now: datetime) -> dict[str, Any]:
    rows = [_row(step, now) for step in FLOW if step.title]
    return {
        **_words(rows, now),
        "rows": rows,
        "decided": _decided(),
        "moving": any(row["state"] in MOVING for row in rows),
    }


def runs_of(step: FlowStep) -> QuerySet[Run]:
    """The runs that did this step, the newest first."""
    if step.run == "import":
        return Run.objects.filter(name__in=LOADS)
    runs = Run.objects.filter(name=step.run)
    if step.run != "refresh":
        return runs
    some = ~Q(arguments__only=[])
    return runs.filter(some if step.part else ~some)


def _row(step: FlowStep, now: datetime) -> dict[str, Any]:
    newest = runs_of(step).first()
    ended = runs_of(step).filter(finished_at__isnull=False).first()
    return {
        "key": step.key,
        "title": step.title,
        "says": step.says,
        "starts": _starts(step),
        "run": ended.pk if ended else None,
        "last": moment_words(ended.finished_at) if ended and ended.finished_at else "–",
        "seconds": seconds(ended) if ended else "–",
        "result": _result(ended) if ended else "–",
        "next": _next(step, newest, now),
        "state": newest.state if newest else "",
        "error": ended.error if ended and ended.state == RunState.FAILED else "",
        "run_now": RUN_NOW.get(step.key, ""),
    }


def _starts(step: FlowStep) -> str:
    hour = f"{settings.NIGHTLY_HOUR:02d}:00"
    if step.key == "refresh":
        quiet = counted(int(QUIET.total_seconds()), "second")
        return f"{quiet} after the last load, and at {hour} where anything changed"
    if step.key == "train":
        days = settings.RETRAIN_EVERY_DAYS
        return f"Every {counted(days, 'day')} at {hour} where anything came" if days else "By hand"
    after = {
        "update": "after a load of few customers",
        "results": "after a load, and at night",
        "scores": "after models learned",
    }
    words = f"{step.how.value} {after.get(step.key, '')}".strip()
    return f"{words[0].upper()}{words[1:]}"


def _next(step: FlowStep, newest: Run | None, now: datetime) -> str:
    if newest is not None and newest.state == RunState.QUEUED:
        return moment_words(newest.not_before) if newest.not_before else "in a moment"
    if step.key == "refresh" and newest is not None:
        return moment_words(next_night(now))
    if step.key == "train" and (poor := loads_to_look_at().first()) is not None:
        return f"once somebody has looked at import {poor.pk}"
    if step.key == "train" and (due := next_training(now)) is not None:
        return moment_words(due if due > now else next_night(now))
    return "–"


def _result(run: Run) -> str:
    if run.state != RunState.SUCCEEDED:
        return run.error or "Stopped. What was there before stays."
    told = run.result
    if run.name == "import":
        return f"{whole(told.get('loaded', 0))} of {counted(told.get('read', 0), 'row')} entered"
    if run.name == "undo_import":
        return "A load was taken out again"
    if run.name == "update_customers":
        return counted(len(told.get("customers", [])), "customer")
    if run.name == "refresh":
        return f"All customers as of {day(datetime.fromisoformat(run.arguments['as_of']))}"
    if run.name == "deliver":
        return f"{counted(told.get('sent', 0), 'message')} sent"
    if run.name == "measure":
        return f"{counted(len(told.get('campaigns', [])), 'campaign')} looked at"
    versions = ModelVersion.objects.filter(run=run)
    better = versions.filter(promoted_at__isnull=False).count()
    return f"{better} of {counted(versions.count(), 'model')} promoted"


def _decided() -> list[dict[str, Any]]:
    """What became of the newest version of each model, and why."""
    newest = ModelVersion.objects.filter(name__in=MODELS).order_by("name", "-id").distinct("name")
    return [
        {
            "name": version.name,
            "title": STEP_WORDS[version.name],
            "when": moment_words(version.created_at),
            "run": version.run_id,
            "verdict": version.verdict,
            "state": "in use" if version.promoted else "kept beside",
        }
        for version in newest
    ]


def _words(rows: list[dict[str, Any]], now: datetime) -> dict[str, str]:
    """The finding: what failed, else what is at work or waits, else that all has followed."""
    failed = [row["title"] for row in rows if row["state"] == RunState.FAILED]
    working = [row["title"] for row in rows if row["state"] == RunState.RUNNING]
    refresh = next(row for row in rows if row["key"] == "refresh")
    train = next(row for row in rows if row["key"] == "train")
    models = f" Models learn again {train['next']}." if train["next"] != "–" else ""
    lede = f"The next refresh of everybody: {refresh['next']}.{models}"
    if failed:
        names = " and ".join(f"“{title}”" for title in failed)
        return {"finding": f"{names} failed the last time.", "lede": lede}
    if working:
        return {"finding": f"At work now: {working[0].lower()}.", "lede": lede}
    if refresh["state"] == RunState.QUEUED:
        return {
            "finding": "New rows are in; everybody’s figures follow soon.",
            "lede": lede,
        }
    if refresh["run"] is None:
        return {
            "finding": "Nothing has followed yet: no rows have come in.",
            "lede": "After the first load everything below begins by itself.",
        }
    return {"finding": "Everything has followed the newest rows.", "lede": lede}
