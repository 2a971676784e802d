"""What the pages of runs say, in words and figures."""

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from core.formats import counted, moment_words, whole
from runs.models import MOVING, Run, RunState
from runs.selectors import run_ahead, run_at_work, runs_before

WHAT = {
    "import": "Import of a file",
    "undo_import": "Undo of an import",
    "read_source": "Reading of a source",
    "refresh": "Refresh of features, segments and scores",
    "train": "Training of models",
    "clusters": "Clusters of chosen features",
    "update_customers": "Update of changed customers",
    "erase": "Erasure of a person",
    "launch": "Launch of a campaign",
    "deliver": "Delivery of a campaign",
    "measure": "Result of a campaign",
}
# The steps that a run goes through, so that those to come are shown before they begin.
PLANNED = {
    "import": ("read", "enter", "report"),
    "undo_import": ("undo",),
    "refresh": (
        "mirror",
        "features",
        "rfm",
        "clusters",
        "models",
        "scores",
        "segments",
        "lists",
    ),
    "clusters": ("clusters",),
    "launch": ("freeze",),
    "deliver": ("deliver",),
    "update_customers": ("mirror", "features", "labels", "scores", "segments"),
}
STEP_WORDS = {
    "deliver": "Hand messages over, one by one",
    "read": "Read the file and clean its values",
    "enter": "Enter the accepted rows",
    "report": "Write the report",
    "undo": "Take the rows out again",
    "mirror": "Gather the order lines",
    "features": "Work out features",
    "rfm": "RFM groups",
    "clusters": "Clusters",
    "models": "Train what was never trained",
    "scores": "Churn, orders and spend of everybody",
    "segments": "Who is in which segment",
    "lists": "What each customer may want",
    "churn": "Who will not buy again",
    "orders": "How many orders",
    "spend": "How much money",
    "recommendations": "What to offer",
    "labels": "Groups of the changed customers",
    "freeze": "Decide about everybody, and write it down",
    "list": "Put on the erasure list",
    "forget pipelines": "Logs, messages and audit",
    "forget campaigns": "Campaigns",
    "forget recommendations": "Lists",
    "forget predictions": "Reasons",
    "forget segmentation": "Memberships",
    "forget features": "Features and snapshots",
    "forget ingestion": "Kept files and rejected rows",
    "forget transactions": "Orders and their mirror",
    "forget customers": "Identity and consent",
}
LOOKS = {
    "succeeded": ("", "check", "done"),
    "running": ("at-work", "loader-circle", "at work"),
    "failed": ("broken", "triangle-alert", "failed"),
    "cancelled": ("to-come", "x", "cancelled"),
    "held": ("to-come", "clock", "held"),
    "to come": ("to-come", "circle", "to come"),
}
LATELY = timedelta(days=7)


def what(run: Run) -> str:
    return WHAT.get(run.name, run.name)


def seconds(run: Run) -> str:
    if not (run.started_at and run.finished_at):
        return "–"
    return f"{(run.finished_at - run.started_at).total_seconds():.1f}"


def steps(run: Run) -> list[dict[str, str]]:
    """What c-steps shows: what is done, what is at work and how far, and what is to come."""
    planned = [] if run.arguments.get("only") else list(PLANNED.get(run.name, ()))
    begun = [record["step"] for record in run.steps]
    waiting = [name for name in planned if name not in begun]
    if run.state not in (*MOVING, RunState.SUCCEEDED) and not begun:
        return []
    many = len(begun) + len(waiting)
    shown = [_begun(run, record, many) for record in run.steps]
    if run.state == RunState.SUCCEEDED:
        return shown
    return shown + [_step(name, "to come") for name in waiting]


def _begun(run: Run, record: dict[str, Any], many: int) -> dict[str, str]:
    state = record["state"]
    # A run that was stopped or lost its worker ends while a step still says that it works.
    if state == RunState.RUNNING and run.state not in MOVING:
        state = run.state
    before = sum(step["state"] == RunState.SUCCEEDED for step in run.steps)
    done = round((run.progress * many - before) * 100) if state == RunState.RUNNING else 0
    return {
        **_step(record["step"], state),
        "rows": whole(record["rows"]) if record["rows"] else "",
        "seconds": f"{record['seconds']:.1f} s" if state != RunState.RUNNING else "",
        "percent": str(min(max(done, 2), 100)) if state == RunState.RUNNING else "",
    }


def _step(name: str, state: str) -> dict[str, str]:
    css, icon, words = LOOKS[state]
    return {"name": STEP_WORDS.get(name, name), "css": css, "icon": icon, "state": words}


def run_row(run: Run) -> dict[str, Any]:
    return {
        "number": run.pk,
        "what": what(run),
        "state": run.state,
        "step": STEP_WORDS.get(run.step, run.step) if run.state != RunState.SUCCEEDED else "",
        "seconds": seconds(run),
        "again": f"attempt {run.attempt}" if run.attempt > 1 else "",
        "when": moment_words(run.created_at),
        "who": _who(run),
    }


def _who(run: Run) -> str:
    if run.requested_by:
        return str(run.requested_by)
    return "a program" if run.name in ("import", "erase") else "follows by itself"


def list_words(runs: QuerySet[Run]) -> dict[str, str]:
    """The finding of the list: what failed lately, then what is at work."""
    if not runs.exists():
        return {
            "finding": "Nothing has run yet.",
            "lede": "Imports and refreshes work in the background and are followed here.",
        }
    lately = runs.filter(finished_at__gte=timezone.now() - LATELY)
    failed = lately.filter(state=RunState.FAILED).count()
    ended = counted(lately.count(), "run")
    working = runs.filter(state=RunState.RUNNING).count()
    waiting = runs.filter(state=RunState.QUEUED).count()
    good = f"None of {ended} failed in the last seven days."
    if lately.count() == 1:
        good = "The only run of the last seven days ended well."
    now = [f"{counted(working, 'run is', 'runs are')} at work."] if working else []
    now += [f"{counted(waiting, 'run waits', 'runs wait')}."] if waiting else []
    return {
        "finding": f"{whole(failed)} of {ended} failed in the last seven days." if failed else good,
        "lede": " ".join(now) or "Nothing is at work now.",
    }


def run_words(run: Run) -> dict[str, str]:
    """The finding of one run, and what to know besides."""
    tried = f"It was started {run.attempt} times." if run.attempt > 1 else ""
    leave = "You can leave this page; the work goes on."
    if run.state == RunState.RUNNING:
        doing = STEP_WORDS.get(run.step, run.step) or "it starts"
        finding = f"{what(run)} is at work: {doing[0].lower()}{doing[1:]}."
        return {"finding": finding, "lede": f"{leave} {tried}".strip()}
    if run.state == RunState.QUEUED:
        return {"finding": f"{what(run)} is queued.", "lede": f"{waiting_words(run)} {leave}"}
    took = seconds(run)
    endings = {
        RunState.SUCCEEDED: f"{what(run)} ended well in {took} s.",
        RunState.FAILED: f"{what(run)} failed after {took} s. What was there before stays.",
        RunState.CANCELLED: f"{what(run)} was cancelled. What was there before stays.",
        RunState.HELD: f"{what(run)} is held until somebody accepts it. Nothing was changed.",
    }
    return {"finding": endings[RunState(run.state)], "lede": tried}


def waiting_words(run: Run) -> str:
    """What a queued run waits for."""
    before = runs_before(run)
    more = f" {counted(before, 'other waits', 'others wait')} before it." if before else ""
    if ahead := run_ahead(run):
        return f"It waits behind run {ahead.pk}.{more}"
    if busy := run_at_work(run):
        doing = f"{what(busy)[0].lower()}{what(busy)[1:]}, run {busy.pk}"
        return f"It waits for a worker: {doing}, is at work.{more}"
    return f"A worker takes it in a moment.{more}"


def run_facts(run: Run) -> list[tuple[str, str]]:
    """Who asked, when, and what it was asked for."""
    facts = [
        ("Asked for", moment_words(run.created_at)),
        ("By", _who(run)),
    ]
    if run.started_at:
        facts.append(("Started", moment_words(run.started_at)))
    if run.finished_at:
        facts.append(("Ended", moment_words(run.finished_at)))
    if run.attempt > 1:
        facts.append(("Attempts", whole(run.attempt)))
    return facts


def report_link(run: Run) -> dict[str, str]:
    """Where the outcome of a run is told in full."""
    if run.name == "import":
        return {"url": reverse("ingestion:load", args=[run.pk]), "verb": "See the report"}
    if run.name == "undo_import" and run.arguments.get("load"):
        return {
            "url": reverse("ingestion:load", args=[run.arguments["load"]]),
            "verb": "See the import",
        }
    if run.name == "erase":
        return {"url": reverse("erasures:page"), "verb": "See the certificate"}
    if run.state == RunState.SUCCEEDED:
        return {"url": reverse("segmentation:overview"), "verb": "See segments"}
    return {}
