"""A refresh that cannot be done, or breaks on its way, leaves what was published as it was."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from features.models import FeatureFile, FeatureSnapshot
from pipelines import services
from pipelines.flow import follow_up
from pipelines.services import NothingToRefresh, refresh, request_refresh
from pipelines.steps import STEPS
from runs.models import ModelVersion, Run, RunState
from runs.services import cancel, perform
from segmentation.models import Grouping, Membership, Segment
from segmentation.services import create_segment
from tests.pipelines.test_kills import results
from tests.shops import nine_and_one as shop
from tests.shops.coming_in import bring_in, refreshed
from tests.shops.opened_once import opened_once

pytestmark = pytest.mark.django_db(transaction=True)

BEFORE_ALL = datetime(1890, 1, 1, tzinfo=UTC)
LATER = datetime(2026, 3, 20, tzinfo=UTC)
# Puts I first and makes new thresholds worth having: every group changes.
MORE = "customer_id,order_id,occurred_at,sku,amount\n" + "".join(
    f"I,n{number},2026-03-{number:02}T12:00Z,p3,900\n" for number in range(1, 15)
)


@opened_once
def open_ten(folder: Path) -> None:
    bring_in(folder, shop.ORDER_LINES)
    rule = {"feature": "recency_days", "op": ">=", "value": 30}
    create_segment(name="Long silent", definition=rule, actor=None)
    refreshed(shop.AS_OF)


@pytest.fixture
def shop_of_ten(tmp_path):
    open_ten(tmp_path)


def published() -> dict:
    everything = results()
    # A model that was trained before the break stays with its evidence; nothing is scored by it.
    del everything["models"]
    segments = Segment.objects.filter(archived_at=None).order_by("slug")
    return {
        **everything,
        "segments": list(segments.values_list("slug", "size", "revenue_minor", "description")),
        "snapshot rows": FeatureSnapshot.objects.first().pk,
        "families": list(FeatureFile.objects.order_by("pk").values_list("pk", flat=True)),
        "cluster models": list(
            ModelVersion.objects.filter(name="cluster", promoted=True).values_list("pk", flat=True)
        ),
    }


def broken_at(step: str, monkeypatch, *, after: bool = False):
    whole = STEPS[step]

    def breaks(**arguments):
        if after:
            whole(**arguments)
        raise OSError("no space left")

    monkeypatch.setitem(services.STEPS, step, breaks)


def test_a_moment_before_the_first_purchase_is_refused_and_nothing_is_written(shop_of_ten):
    before = published()
    for only in ([], ["features"]):
        with pytest.raises(NothingToRefresh, match="before the first order, of Mon 1 Dec 2025"):
            request_refresh(as_of=BEFORE_ALL, only=only, send=False)
    assert Run.objects.filter(name="refresh").count() == 1
    assert published() == before


def test_a_waiting_refresh_of_such_a_moment_fails_before_it_writes(shop_of_ten):
    before = published()
    run = request_refresh(as_of=shop.AS_OF, send=False)
    run.arguments["as_of"] = BEFORE_ALL.isoformat()
    run.save()
    ended = perform(run=run, job=refresh)
    assert (ended.state, ended.steps) == (RunState.FAILED, [])
    assert published() == before


def test_features_of_a_file_known_by_then_are_something_to_refresh(something_to_rank):
    run = request_refresh(as_of=something_to_rank.as_of, send=False)
    assert run.state == RunState.QUEUED
    with pytest.raises(NothingToRefresh):
        request_refresh(as_of=BEFORE_ALL, send=False)


@pytest.mark.parametrize(
    ("step", "after"),
    [("rfm", False), ("scores", False), ("segments", True)],
)
def test_a_refresh_that_breaks_leaves_what_was_published(
    shop_of_ten, tmp_path, monkeypatch, step, after
):
    before = published()
    bring_in(tmp_path, MORE)
    broken_at(step, monkeypatch, after=after)
    ended = perform(run=request_refresh(as_of=LATER, rerank=True, send=False), job=refresh)
    assert (ended.state, ended.steps[-1]["step"]) == (RunState.FAILED, step)
    assert published() == before
    files = FeatureSnapshot.objects.values_list("path", flat=True)
    assert all(Path(path).exists() for path in files)


def test_the_next_refresh_is_as_if_the_broken_one_had_never_been(
    shop_of_ten, tmp_path, monkeypatch
):
    bring_in(tmp_path, MORE)
    with monkeypatch.context() as patch:
        broken_at("segments", patch, after=True)
        perform(run=request_refresh(as_of=LATER, rerank=True, send=False), job=refresh)
    refreshed(LATER, rerank=True)
    after_a_break = results()
    assert Membership.objects.filter(entered_at=LATER, left_at=LATER).count() == 0
    for model in (Membership, Segment, Grouping, FeatureSnapshot, FeatureFile):
        model.objects.all().delete()
    refreshed(LATER, rerank=True)
    assert after_a_break["snapshot"] == results()["snapshot"]
    assert after_a_break["groupings"] == results()["groupings"]


def test_a_cancelled_refresh_leaves_what_was_published(shop_of_ten, tmp_path, monkeypatch):
    before = published()
    bring_in(tmp_path, MORE)
    whole = STEPS["clusters"]

    def cancelled_meanwhile(*, run, **arguments):
        cancel(run=Run.objects.get(pk=run.pk))
        whole(run=run, **arguments)

    monkeypatch.setitem(services.STEPS, "clusters", cancelled_meanwhile)
    ended = perform(run=request_refresh(as_of=LATER, send=False), job=refresh)
    assert ended.state == RunState.CANCELLED
    assert published() == before


def test_a_refresh_that_died_for_good_is_taken_back_by_what_follows(
    shop_of_ten, tmp_path, monkeypatch
):
    before = published()
    bring_in(tmp_path, MORE)
    with monkeypatch.context() as patch:
        patch.setattr(services, "_take_back", lambda run: None)
        broken_at("scores", patch)
        ended = perform(run=request_refresh(as_of=LATER, send=False), job=refresh)
    assert published() != before
    assert follow_up(run_pk=ended.pk)
    assert published() == before
