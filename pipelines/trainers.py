"""Which models there are, and how each is trained."""

from datetime import datetime

import predictions.services
import recommendations.services
from core.contracts.predictor import Target
from core.errors import Refused
from features.building import record_shop
from features.shop import Shop
from predictions.selectors import horizon_of
from runs.models import ModelVersion, Run
from runs.work import Step

RECOMMENDATIONS = "recommendations"
MODELS = (*(target.value for target in Target), RECOMMENDATIONS)


def train_missing(*, step: Step, as_of: datetime, run: Run) -> dict[str, str]:
    """The part of a refresh that trains what was never trained, quickly; {model: why not yet}."""
    known = set(ModelVersion.objects.filter(name__in=MODELS).values_list("name", flat=True))
    missing = [name for name in MODELS if name not in known]
    shop = record_shop()
    not_yet = {}
    for done, name in enumerate(missing, start=1):
        try:
            train_one(name, shop=shop, as_of=as_of, run=run, step=Part(step), profile="fast")
        except Refused as refusal:
            not_yet[name] = refusal.message
        step.wrote(done, of=len(missing))
    return not_yet


class Part(Step):
    """A model's own report inside a step that counts models; it keeps the run alive, no more."""

    def __init__(self, step: Step) -> None:
        super().__init__(step._work, {"step": "", "rows": 0})

    def wrote(self, rows: int, *, of: int | None = None) -> None:
        self._work.check()


def train_one(
    name: str, *, shop: Shop, as_of: datetime, run: Run, step: Step, profile: str
) -> ModelVersion:
    if name == RECOMMENDATIONS:
        return recommendations.services.train(
            shop=shop, as_of=as_of, run=run, step=step, profile=profile
        )
    return predictions.services.train(
        target=Target(name),
        shop=shop,
        as_of=as_of,
        horizon_days=horizon_of(shop),
        run=run,
        step=step,
        profile=profile,
    )
