"""Questions about predictions; none of them loads a model."""

from dataclasses import dataclass
from datetime import datetime

from core.selectors import organisation
from features.frames import kept_row
from features.shop import Shop
from predictions.horizon import default_horizon

REASONS = "churn_reasons"


@dataclass(frozen=True)
class ChurnReason:
    """``contribution``: by how much it raises (below 0: lowers) the probability of leaving."""

    feature: str
    contribution: float
    words: str
    direction: str


@dataclass(frozen=True)
class ChurnReasons:
    """Why a customer's churn_probability is what it is, by which model and as of when."""

    reasons: tuple[ChurnReason, ...]
    source: str
    as_of: datetime


def churn_reasons(customer_pk: int) -> ChurnReasons | None:
    """The strongest reasons first; None for a customer who was not scored."""
    found = kept_row(REASONS, customer_pk)
    if found is None:
        return None
    file, row = found
    places = [key.removeprefix("words_") for key in row if key.startswith("words_")]
    reasons = tuple(
        ChurnReason(
            feature=row[f"feature_{place}"],
            contribution=row[f"contribution_{place}"],
            words=row[f"words_{place}"],
            direction="raises" if row[f"contribution_{place}"] > 0 else "lowers",
        )
        for place in sorted(places, key=int)
        if row[f"words_{place}"] is not None
    )
    return ChurnReasons(reasons, file.columns[0]["source"], file.as_of)


def horizon_of(shop: Shop) -> int:
    """The organisation's horizon where somebody set one, else the shop's own."""
    return organisation().horizon_days or default_horizon(shop)
