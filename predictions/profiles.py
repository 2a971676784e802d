"""How much a training may cost, and which past days it looks at. Days only: no rows, no clock."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from core.contracts.predictor import Predictor, Target
from core.errors import Refused
from core.registry import plugins

PACKAGE = "predictions.predictors"
LEAST_HISTORY = 63
ProfileName = Literal["fast", "full"]


class NotYet(Refused):
    """Too little past to learn from or to judge by."""

    code = "not_yet"
    status = 409


@dataclass(frozen=True)
class Profile:
    """``step_days``: days between training origins; ``origins``: at most so many before a window;
    ``validation``: windows that choose and calibrate; ``tests``: windows that judge the choice."""

    name: ProfileName
    step_days: int
    origins: int
    validation: int
    tests: int
    most_rows: int = 400_000
    # Whether segment labels are tried as inputs: everything is fitted twice for it.
    labels: bool = False


FAST = Profile("fast", step_days=28, origins=8, validation=2, tests=2, most_rows=150_000)
FULL = Profile("full", step_days=14, origins=26, validation=3, tests=4, labels=True)
PROFILES: dict[str, Profile] = {profile.name: profile for profile in (FAST, FULL)}


def candidates(target: Target, profile: Profile) -> dict[str, Predictor]:
    """Every predictor found that can answer for the target, by name."""
    found = plugins(packages=[PACKAGE], contract=Predictor)  # type: ignore[type-abstract]  # looked up
    return {
        key: cls.fast() if profile.name == "fast" else cls()
        for key, cls in found.items()
        if target in cls.targets
    }


@dataclass(frozen=True)
class Plan:
    """The days of a back-test that ends at ``as_of``, all of them blind to what comes after it.

    ``windows``: starts of the windows to predict, the oldest first, ``as_of`` itself the last;
    each lies a horizon after the one before. ``origins``: training origins, the oldest first.
    """

    as_of: datetime
    horizon_days: int
    windows: tuple[datetime, ...]
    origins: tuple[datetime, ...]
    profile: Profile

    def before(self, window: datetime) -> list[datetime]:
        """Training origins whose horizon was over when the window began."""
        over = window - timedelta(days=self.horizon_days)
        return [o for o in self.origins if o <= over][-self.profile.origins :]

    def judging(self) -> list[datetime]:
        """The windows that are over at ``as_of`` and judge the choice, the oldest first."""
        return [w for w in self.windows if w < self.as_of][-self.profile.tests :]

    def past(self) -> "Plan":
        """The same without the window that has only begun."""
        return replace(self, windows=tuple(w for w in self.windows if w < self.as_of))

    def choosing(self, window: datetime) -> list[datetime]:
        """The windows that choose for ``window``: the last ones that ended before it began."""
        return [w for w in self.windows if w < window][-self.profile.validation :]


def plan(first: datetime, as_of: datetime, horizon_days: int, profile: Profile) -> Plan:
    """Origins and windows between the first purchase and ``as_of``; refused where none fits.

    Nine weeks of history come first, or a quarter of what there is.
    """
    if not 1 <= horizon_days <= 730:
        raise NotYet(
            "A horizon lies between 1 and 730 days.", fields={"horizon_days": str(horizon_days)}
        )
    history = (as_of - first) / timedelta(days=1)
    if history < horizon_days + 14:
        raise NotYet(
            f"Not yet: a horizon of {horizon_days} days needs {horizon_days + 14} days of orders,"
            f" and there are {max(0, int(history))}. Wait, or choose a shorter horizon.",
            fields={"horizon_days": str(horizon_days)},
        )
    earliest = first + timedelta(days=min(LEAST_HISTORY, int((history - horizon_days) / 2)))
    horizon = timedelta(days=horizon_days)
    step = timedelta(days=_step(history - horizon_days, horizon_days, profile))
    origins, origin = [], as_of - horizon
    while origin >= earliest:
        origins.append(origin)
        origin -= step
    wanted = 1 + profile.tests + profile.validation
    windows = [as_of - number * horizon for number in range(wanted)]
    # A window needs at least one origin whose horizon was over.
    usable = [w for w in windows if origins and w - horizon >= origins[-1]] or [as_of]
    return Plan(as_of, horizon_days, tuple(reversed(usable)), tuple(reversed(origins)), profile)


def _step(room: float, horizon_days: int, profile: Profile) -> int:
    """The profile's step, less where the past is short. It divides the horizon where it can, so
    that windows and origins share days and their features are worked out once."""
    wanted = min(profile.step_days, max(7, int(room / 6)))
    shared = [days for days in range(7, wanted + 1) if horizon_days % days == 0]
    return max(shared, default=wanted)
