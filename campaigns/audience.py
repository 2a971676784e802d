"""Who would be in a campaign now: the rule's members, each with a decision and its reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from analytics.assignment import CONTROL, arms, shares
from campaigns.frames import treated_elsewhere
from campaigns.models import Campaign, Decision, Reason, Variant
from core.errors import Refused
from core.formats import counted as counted_words
from core.formats import whole
from core.selectors import organisation
from customers.frames import reach_frame
from segmentation.frames import members

# Everybody's place in the global holdout; never changed, so that nobody's place does.
HOLDOUT_SALT = "global holdout"

DECIDED_SCHEMA = {
    "customer_pk": pl.Int64(),
    "customer_id": pl.String(),
    "decision": pl.String(),
    "reason": pl.String(),
    "variant": pl.Int16(),
}


# What stands against writing to a customer, over the columns of customers.frames.reach_frame.
REACH = {
    Reason.NO_CONSENT: ~pl.col("consented"),
    Reason.SUPPRESSED: pl.col("suppressed"),
    Reason.CAPPED: pl.col("capped"),
}


class EmptyAudience(Refused):
    code = "empty_audience"


class OverBudget(Refused):
    code = "over_budget"


@dataclass(frozen=True)
class Terms:
    """What decides who is in a campaign, whether it is saved yet or not."""

    definition: Any
    channel: str
    control_share: float
    salt: str
    variants: tuple[str, ...]
    excludes_others: bool = True
    campaign_pk: int | None = None


def terms_of(campaign: Campaign) -> Terms:
    names = Variant.objects.filter(campaign=campaign).values_list("name", flat=True)
    return Terms(
        definition=campaign.definition,
        channel=campaign.channel,
        control_share=campaign.control_share,
        salt=campaign.salt,
        variants=tuple(names),
        excludes_others=campaign.excludes_others,
        campaign_pk=campaign.pk,
    )


def decided(terms: Terms, *, at: datetime, lock: bool = False) -> pl.DataFrame:
    """Everybody whom the rule fits, as DECIDED_SCHEMA, sorted by customer_pk.

    The rule is answered by the snapshot; what excludes, by the record. ``variant`` is the place of
    the wording that a treated customer gets; it is null for everybody else.
    """
    found = members(terms.definition).select("customer_pk").collect()["customer_pk"]
    known = reach_frame(found, channel=terms.channel, at=at, lock=lock)
    ids = known["customer_id"].to_list()
    place = arms(
        terms.salt, ids, control_share=terms.control_share, variants=len(terms.variants) or 1
    )
    held_out = in_holdout(ids)
    drawn = known.with_columns(
        pl.Series("place", place, pl.Int16), pl.Series("held_out", held_out, pl.Boolean)
    )
    judged = drawn.with_columns(_reason(terms).alias("reason"))
    return judged.select("customer_pk", "customer_id", *_decisions()).cast(DECIDED_SCHEMA)  # type: ignore[arg-type]  # names to types


def in_holdout(customer_ids: Sequence[str]) -> np.ndarray:
    """Whether each is in the global holdout, which no campaign ever treats."""
    return shares(HOLDOUT_SALT, customer_ids) < organisation().holdout_share


def counts(frame: pl.DataFrame, terms: Terms) -> dict[str, Any]:
    """{found, treated, control, excluded: {reason: n}, variants: {name: n}}; every one is named."""
    by_decision = _tally(frame["decision"])
    reasons, places = _tally(frame["reason"]), _tally(frame["variant"])
    return {
        "found": frame.height,
        "treated": by_decision.get(Decision.TREATED, 0),
        "control": by_decision.get(Decision.CONTROL, 0),
        "excluded": {reason: reasons.get(reason, 0) for reason in Reason.values},
        "variants": {name: places.get(i, 0) for i, name in enumerate(terms.variants)},
    }


def refuse_nobody(counted: dict[str, Any]) -> None:
    """Refuse an audience that leaves nobody to treat, and say where everybody went."""
    if counted["treated"]:
        return
    if not counted["found"]:
        raise EmptyAudience(
            "The rule fits nobody now. Change the audience, then have it approved again.",
            fields={"audience": "nobody"},
        )
    why = [f"{whole(n)} {Reason(key).label}" for key, n in counted["excluded"].items() if n]
    why += [f"{whole(counted['control'])} in the control group"] if counted["control"] else []
    raise EmptyAudience(
        f"The rule fits {whole(counted['found'])}, but nobody is left to treat: {', '.join(why)}.",
        fields={"audience": "nobody to treat"},
    )


def refuse_over_budget(counted: dict[str, Any], *, offer_cost: int, budget: int | None) -> None:
    """Both in minor units; no budget is no limit."""
    if budget is None or offer_cost * counted["treated"] <= budget:
        return
    fit = budget // offer_cost
    raise OverBudget(
        f"The budget is enough for {counted_words(fit, 'customer')}, and"
        f" {whole(counted['treated'])} would be treated. Raise the budget, lower the cost, narrow"
        " the audience, or hold out a larger share.",
        fields={"budget": f"enough for {fit}"},
    )


def notes(counted: dict[str, Any], control_share: float) -> list[str]:
    """What whoever approves should know before; nothing of it stops a launch."""
    if counted["treated"] and not counted["control"]:
        chosen = "by choice" if control_share == 0 else "by chance, so few are left"
        return [f"Nobody is in the control group ({chosen}): what it brings cannot be told."]
    return []


def first_reason(tests: Mapping[Reason, pl.Expr] = REACH) -> pl.Expr:
    """The first reason whose test holds; empty where none does."""
    said = [pl.when(test).then(pl.lit(reason.value)) for reason, test in tests.items()]
    return pl.coalesce(*said, pl.lit(""))


def _reason(terms: Terms) -> pl.Expr:
    """The first reason that applies, in the order of Reason; empty for whoever is in."""
    elsewhere = treated_elsewhere(terms.campaign_pk) if terms.excludes_others else pl.Series([])
    taken = pl.col("customer_pk").is_in(elsewhere.cast(pl.Int64).implode())
    return first_reason({**REACH, Reason.HOLDOUT: pl.col("held_out"), Reason.OTHER_CAMPAIGN: taken})


def _decisions() -> list[pl.Expr]:
    out, held = pl.col("reason") != "", pl.col("place") == CONTROL
    decision = (
        pl.when(out).then(pl.lit(Decision.EXCLUDED.value))
        .when(held).then(pl.lit(Decision.CONTROL.value))
        .otherwise(pl.lit(Decision.TREATED.value))
    )  # fmt: skip
    return [
        decision.alias("decision"),
        pl.col("reason"),
        pl.when(~out & ~held).then(pl.col("place")).alias("variant"),
    ]


def _tally(values: pl.Series) -> dict[Any, int]:
    return dict(values.drop_nulls().value_counts().iter_rows())
