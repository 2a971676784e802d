"""Training, promotion, scoring and reasons through the database, as a run does them."""

from datetime import UTC, datetime

import polars as pl
import pytest

from core.contracts.predictor import Target
from features.building import record_shop
from features.frames import snapshot
from predictions.people import PredictionsPeople
from predictions.profiles import NotYet
from predictions.selectors import churn_reasons
from predictions.services import answering, loaded, score, train_all
from runs.models import ModelVersion, Run
from runs.services import perform, request
from runs.stored import DamagedModel
from tests.shops.coming_in import bring_in, refreshed
from tests.shops.simulated import order_lines

pytestmark = pytest.mark.django_db(transaction=True)
AS_OF = datetime(2026, 1, 1, tzinfo=UTC)


def carried_out(job) -> Run:
    ended = perform(run=request(name="learn", task="none", send=False), job=job)
    assert ended.error == ""
    return ended


def learnt() -> Run:
    """All targets trained, in a run that ended well or refused."""

    def job(work):
        with work.step("train") as step:
            versions = train_all(
                shop=record_shop(), as_of=AS_OF, horizon_days=28, run=work.run, step=step
            )
        return {version.name: version.pk for version in versions}

    return perform(run=request(name="learn", task="none", send=False), job=job)


def learn_and_score() -> Run:
    trained = learnt()
    assert trained.error == ""
    assert set(trained.result) == set(Target)
    assert trained.steps[0]["rows"] > 0

    def job(work):
        with work.step("score") as step:
            return score(step=step, as_of=AS_OF, run=work.run)

    return carried_out(job)


def test_a_run_trains_promotes_publishes_and_tells_why(tmp_path):
    bring_in(tmp_path, order_lines())
    refreshed(AS_OF, only=["features"])

    run = learn_and_score()

    versions = {v.name: v for v in ModelVersion.objects.filter(name__in=list(Target))}
    assert set(versions) == {"churn", "orders", "spend"}
    churn = versions["churn"]
    assert churn.promoted is (churn.metrics["loss"] < churn.metrics["baseline_loss"])
    assert ("Promoted" in churn.verdict) is churn.promoted
    assert churn.parameters["horizon_days"] == 28
    assert sum(churn.parameters["recipe"]["weights"].values()) == pytest.approx(1.0, abs=1e-4)
    assert churn.evaluation["rows"][0]["method"] == "promoted"
    assert "recency_days" in churn.importances
    people = snapshot().collect()
    bought = people.filter(pl.col("purchase_frequency") > 0)
    assert run.result["churn_probability"] == bought.height
    for name in ("churn_probability", "churn_decile", "expected_orders", "expected_value"):
        assert bought[name].null_count() == 0
    assert people.schema["churn_probability"] == pl.Float32
    assert people.schema["churn_decile"] == pl.Int16
    assert run.steps[0]["rows"] == bought.height
    pk = bought["customer_pk"][0]
    why = churn_reasons(pk)
    assert why.source == f"churn model {churn.pk}"
    assert 1 <= len(why.reasons) <= 3
    assert PredictionsPeople().disclose(pk)["churn_reasons"] == [r.words for r in why.reasons]
    assert churn_reasons(10**9) is None
    _a_damaged_file_is_refused(churn)


@pytest.mark.slow
def test_the_same_past_once_more_gives_the_same_parameters_and_the_newer_version_answers(tmp_path):
    bring_in(tmp_path, order_lines())
    refreshed(AS_OF, only=["features"])
    learn_and_score()
    before = ModelVersion.objects.filter(name="churn").first()

    learn_and_score()

    newest = ModelVersion.objects.filter(name="churn").first()
    assert newest.pk != before.pk
    assert newest.parameters == before.parameters
    assert newest.promoted == before.promoted
    version, model = answering(Target.CHURN)
    assert version == newest
    assert model.horizon_days == 28


def _a_damaged_file_is_refused(version: ModelVersion) -> None:
    from django.conf import settings

    path = settings.CBA_HOME / version.path
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(DamagedModel, match="not the one that was recorded"):
        loaded(version)


def test_a_shop_too_young_is_told_when_it_can_be_learnt_from(tmp_path):
    bring_in(tmp_path, "customer_id,order_id,occurred_at,amount\nc1,o1,2025-12-20T10:00:00,5.00\n")
    refreshed(AS_OF, only=["features"])

    run = learnt()

    assert "needs 42 days of orders, and there are 11" in run.error
    assert not ModelVersion.objects.filter(name__in=list(Target)).exists()


def test_without_any_model_nothing_is_scored(tmp_path):
    bring_in(tmp_path, order_lines(20))
    refreshed(AS_OF, only=["features"])

    def job(work):
        with work.step("score") as step, pytest.raises(NotYet, match="no model"):
            score(step=step, as_of=AS_OF, run=work.run)
        return {}

    carried_out(job)
    assert "churn_probability" not in snapshot().collect_schema().names()


def test_what_beats_no_baseline_is_kept_and_the_baseline_answers(tmp_path):
    bring_in(tmp_path, order_lines(6))
    refreshed(AS_OF, only=["features"])

    learn_and_score()

    for version in ModelVersion.objects.filter(name__in=list(Target), promoted=False):
        assert version.verdict.startswith("Not promoted")
        _, model = answering(Target(version.name))
        assert model.recipe == model.baseline
    people = snapshot().collect().filter(pl.col("purchase_frequency") > 0)
    assert people["churn_probability"].null_count() == 0
    # The base rate has no reasons to tell of: they are missing, and not the word for that.
    told = [churn_reasons(pk) for pk in people["customer_pk"]]
    assert all(r.words != "NaN" and r.contribution != 0 for one in told if one for r in one.reasons)
