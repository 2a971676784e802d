"""Which models there are, and how each is trained."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cached_property

import polars as pl

import campaigns.frames
import predictions.services
import recommendations.services
from core.contracts.predictor import Target
from core.errors import Refused
from features.building import record_shop
from features.shop import Shop
from pipelines.labels import segment_labels
from predictions.profiles import ProfileName
from predictions.selectors import horizon_of
from predictions.services import Material
from predictions.treated import OUTCOME_SCHEMA
from runs.models import ModelVersion, Run
from runs.work import Step

RECOMMENDATIONS = "recommendations"
EVER = datetime(1970, 1, 1, tzinfo=UTC)
MODELS = (*(target.value for target in Target), RECOMMENDATIONS)


@dataclass(frozen=True)
class Training:
    """One occasion to train: the shop's past is worked out once for all models of it."""

    shop: Shop
    as_of: datetime
    run: Run
    profile: ProfileName

    @cached_property
    def horizon_days(self) -> int:
        return horizon_of(self.shop)

    @cached_property
    def until(self) -> datetime:
        """``as_of``, or the end of a record that stops more than a horizon before it.

        An old export says nothing of the time after its last order: as if everybody had left.
        """
        span = self.shop.span()
        if span is None:
            return self.as_of
        day_after = span[1].date() + timedelta(days=1)
        end = datetime.combine(day_after, time(), tzinfo=self.shop.zone)
        return end if self.as_of - end > timedelta(days=self.horizon_days) else self.as_of

    @cached_property
    def material(self) -> Material:
        return predictions.services.material(
            shop=self.shop,
            as_of=self.until,
            horizon_days=self.horizon_days,
            profile=self.profile,
            labels=segment_labels,
            outcomes=campaign_outcomes(self.shop),
        )

    def train(self, name: str, step: Step) -> ModelVersion:
        if name == RECOMMENDATIONS:
            return recommendations.services.train(
                shop=self.shop, as_of=self.until, run=self.run, step=step, profile=self.profile
            )
        return predictions.services.train(
            target=Target(name),
            shop=self.shop,
            as_of=self.until,
            horizon_days=self.horizon_days,
            run=self.run,
            step=step,
            profile=self.profile,
            prepared=self.material,
        )


def campaign_outcomes(shop: Shop) -> pl.DataFrame:
    """Whom campaigns treated and what came of it, as predictions take it (door 6)."""
    treated = campaigns.frames.treated_frame(EVER)
    wall = (
        pl.col(name)
        .dt.replace_time_zone("UTC")
        .dt.convert_time_zone(str(shop.zone))
        .dt.replace_time_zone(None)
        for name in ("treated_at", "at")
    )
    return treated.with_columns(*wall).select(*OUTCOME_SCHEMA)


def train_missing(*, step: Step, as_of: datetime, run: Run) -> dict[str, str]:
    """The part of a refresh that trains what was never trained, quickly; {model: why not yet}."""
    known = set(ModelVersion.objects.filter(name__in=MODELS).values_list("name", flat=True))
    missing = [name for name in MODELS if name not in known]
    occasion = Training(record_shop(), as_of, run, "fast")
    not_yet = {}
    for done, name in enumerate(missing, start=1):
        try:
            occasion.train(name, step.part())
        except Refused as refusal:
            not_yet[name] = refusal.message
        step.wrote(done, of=len(missing))
    return not_yet
