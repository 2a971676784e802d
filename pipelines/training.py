"""Training that somebody asks for, and promotion by somebody's decision."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from core.errors import Conflict, NotFound, Refused
from core.selectors import organisation
from features.building import record_shop
from ingestion.holding import why_training_waits
from ingestion.selectors import loads_to_look_at
from pipelines.services import score_anew, usual_as_of
from pipelines.trainers import MODELS, Training
from runs.models import MOVING, ModelVersion, Run
from runs.services import request
from runs.versions import promote
from runs.work import Work

# Apart from refreshes, which go on while a training takes its time.
LANE = "train"


class NothingTrained(Refused):
    """No model could be trained; the message says what each one lacks."""

    code = "nothing_trained"
    status = 409


def request_training(
    *, models: Iterable[str] = (), profile: str = "full", actor: User | None = None,
    send: bool = True,
) -> Run:  # fmt: skip
    """Queue a training of the named models, or of all; joins one that waits or works already.

    Refused while a load of poor quality waits for somebody to look at it.
    """
    wanted = list(models) or list(MODELS)
    for name in wanted:
        _refuse_unknown(name)
    poor = list(loads_to_look_at())
    if poor:
        raise Conflict(why_training_waits(poor, organisation().quality_threshold))
    working = Run.objects.filter(name="train", state__in=MOVING)
    if (same := working.filter(arguments__models=wanted).first()) is not None:
        return same
    return request(
        name="train",
        task="pipelines.tasks.train",
        arguments={
            "models": wanted,
            "profile": profile,
            "as_of": usual_as_of(timezone.now()).isoformat(),
        },
        lane=LANE,
        actor=actor,
        send=send,
    )


def train(work: Work) -> dict[str, Any]:
    """The job of a training: each model in turn. Scores and lists follow it."""
    arguments = work.run.arguments
    as_of = datetime.fromisoformat(arguments["as_of"])
    names = arguments["models"]
    work.plan(len(names))
    occasion = Training(record_shop(), as_of, work.run, arguments["profile"])
    told, not_yet = {}, {}
    for name in names:
        with work.step(name) as step:
            try:
                version = occasion.train(name, step)
                told[name] = {"version": version.pk, "verdict": version.verdict}
            except Refused as refusal:
                not_yet[name] = refusal.message
    if not told:
        raise NothingTrained(" ".join(f"{name}: {why}" for name, why in not_yet.items()))
    return {"versions": told, "not_yet": not_yet, "customers": "all"}


@transaction.atomic
def promote_version(*, name: str, number: int, actor: User) -> Run:
    """Let a version answer by somebody's decision; returns the run that scores anew with it."""
    _refuse_unknown(name)
    version = ModelVersion.objects.filter(name=name, pk=number).first()
    if version is None:
        raise NotFound(f"{name} has no version {number}.")
    promote(version=version, verdict=f"Promoted by {actor}.", actor=actor)
    return score_anew(actor=actor)


def _refuse_unknown(name: str) -> None:
    if name not in MODELS:
        raise NotFound(f"There is no model {name!r}. Models are: {', '.join(MODELS)}.")
