"""Campaigns as they are planned: when, for whom, and how each latent segment answers them."""

from collections.abc import Sequence
from dataclasses import dataclass

LONGEST_HORIZON_DAYS, SHORTEST_HORIZON_DAYS = 28, 7
TREATED_SHARE = 0.7


@dataclass(frozen=True)
class Response:
    """How treated customers of a segment change until the horizon.

    ``rate`` multiplies how often they buy, ``value`` what an order is worth: 1 is no change.
    """

    segment: str
    rate: float = 1.0
    value: float = 1.0


@dataclass(frozen=True)
class CampaignPlan:
    """Launched at midnight of ``launch_day`` of the history, for everybody who joined before.

    Each of them is treated with probability ``treated_share``, and is control otherwise. Segments
    that ``responses`` does not name do not respond.
    """

    name: str
    launch_day: int
    horizon_days: int
    treated_share: float = TREATED_SHARE
    responses: tuple[Response, ...] = ()

    @property
    def end_day(self) -> int:
        return self.launch_day + self.horizon_days


# What campaigns do, over and over in this order, by the segments of options.SEGMENTS.
EFFECTS: tuple[tuple[str, tuple[Response, ...]], ...] = (
    (
        "come-again",
        (Response("regular", 1.3), Response("occasional", 1.6), Response("lapsing", 1.4)),
    ),
    ("no-effect", ()),
    ("too-much", (Response("loyal", 0.8), Response("regular", 0.7))),
    ("larger-basket", (Response("loyal", value=1.2), Response("regular", value=1.35))),
    ("club", (Response("loyal", 1.25, 1.15), Response("occasional", 1.2, 0.9))),
)


def most_campaigns(days: int) -> int:
    """How many a history can hold, one after the other, with as long a time before the first."""
    return days // SHORTEST_HORIZON_DAYS - 1


def plan_campaigns(number: int, days: int) -> tuple[CampaignPlan, ...]:
    """So many campaigns, none beside another, the last up to the end of the history."""
    if number == 0:
        return ()
    horizon = min(LONGEST_HORIZON_DAYS, days // (number + 1))
    step = (days - horizon) // number
    first = days - step * (number - 1) - horizon
    return tuple(
        CampaignPlan(
            f"{EFFECTS[place % len(EFFECTS)][0]}-{place + 1}",
            first + place * step,
            horizon,
            responses=EFFECTS[place % len(EFFECTS)][1],
        )
        for place in range(number)
    )


def check_plans(plans: Sequence[CampaignPlan], days: int) -> None:
    """One after the other inside the history: of two at once neither would have an effect of its
    own to be known."""
    free = 0
    for plan in plans:
        if not free <= plan.launch_day < plan.end_day <= days:
            raise ValueError(f"{plan.name} overlaps another campaign or leaves the history")
        free = plan.end_day
