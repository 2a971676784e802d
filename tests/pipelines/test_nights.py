"""By the clock: once a night and only where something changed; models again after a week."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from core.services import configure_organisation
from pipelines.flow import FLOW, strike
from pipelines.nights import last_night, next_night, next_training
from pipelines.tasks import strike as strike_task
from runs.models import ModelVersion, Run, RunState

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def known(something_to_rank):
    something_to_rank.as_of = NOON - timedelta(days=60)
    something_to_rank.save()


def ended(name: str, at: datetime, **fields) -> Run:
    run = Run.objects.create(
        name=name, task="t", state=RunState.SUCCEEDED, finished_at=at, followed_up_at=at, **fields
    )
    Run.objects.filter(pk=run.pk).update(created_at=at)
    run.refresh_from_db()
    return run


def a_refresh(at: datetime) -> Run:
    return ended("refresh", at, arguments={"as_of": at.isoformat(), "only": []})


def asked_for() -> list[str]:
    return sorted(Run.objects.filter(state=RunState.QUEUED).values_list("name", flat=True))


def test_the_night_is_the_organisations_own():
    configure_organisation(time_zone="America/New_York")
    assert last_night(NOON) == datetime(2026, 3, 10, 7, tzinfo=UTC)
    assert next_night(NOON) == datetime(2026, 3, 11, 7, tzinfo=UTC)
    early = datetime(2026, 3, 8, 6, tzinfo=UTC)  # the night in which clocks go forward
    assert (last_night(early), next_night(early)) == (
        datetime(2026, 3, 7, 8, tzinfo=UTC), datetime(2026, 3, 8, 7, tzinfo=UTC),
    )  # fmt: skip


def test_a_new_day_is_refreshed_once(known):
    a_refresh(NOON - timedelta(days=1))
    strike(now=NOON)
    assert asked_for() == ["refresh"]
    strike(now=NOON)
    assert asked_for() == ["refresh"]


def test_a_refresh_since_the_night_is_enough(known):
    a_refresh(NOON - timedelta(hours=2))
    strike(now=NOON)
    assert asked_for() == []


def test_before_the_first_refresh_the_clock_does_nothing(known):
    strike(now=NOON)
    strike_task()
    assert asked_for() == []


def test_where_nothing_changed_the_night_is_skipped(known):
    last = a_refresh(NOON - timedelta(hours=13))
    Run.objects.filter(pk=last.pk).update(arguments={"as_of": NOON.isoformat(), "only": []})
    strike(now=NOON)
    assert asked_for() == []
    ended("import", NOON - timedelta(hours=10), result={"customers": [1]})
    strike(now=NOON)
    assert asked_for() == ["refresh"]


def test_models_learn_again_after_a_week_in_which_something_came(known, settings):
    a_refresh(NOON)
    trained = NOON - timedelta(days=7, hours=2)
    first = ended("refresh", trained, arguments={"only": ["scores"]})
    version = ModelVersion.objects.create(name="churn", run=first, path="", sha256="", as_of=NOON)
    ModelVersion.objects.filter(pk=version.pk).update(created_at=trained)
    assert next_training(NOON) == datetime(2026, 3, 10, 3, tzinfo=UTC)
    strike(now=NOON)
    assert asked_for() == []
    ended("import", NOON - timedelta(days=3), result={"customers": "all"})
    settings.RETRAIN_EVERY_DAYS = 0
    strike(now=NOON)
    assert asked_for() == []
    settings.RETRAIN_EVERY_DAYS = 7
    strike(now=NOON - timedelta(hours=10))
    assert asked_for() == []
    strike(now=NOON)
    assert asked_for() == ["train"]
    Run.objects.filter(name="train").update(
        state=RunState.FAILED, finished_at=timezone.now(), created_at=NOON
    )
    strike(now=NOON + timedelta(hours=1))
    assert asked_for() == []


def test_every_step_of_the_table_is_begun_by_a_run_by_the_clock_or_by_hand():
    assert {step.key for step in FLOW if not (step.start or step.tonight)} == {"import"}
