"""What the report says of a load's quality, and of what waits for somebody's word."""

from dataclasses import dataclass, field

from core.selectors import organisation
from ingestion.models import Load
from ingestion.selectors import waits_for_a_look
from runs.models import RunState

LOST_BY = {
    "rejected": "rejected rows",
    "duplicate": "rows that come twice",
    "missing": "empty needed cells",
    "flagged": "flagged rows",
    "difference": "a control total that differs",
}


@dataclass(frozen=True)
class Judged:
    """``held``: it entered nothing yet; ``waits``: it is in, and models do not learn from it yet.

    ``lost`` are (by what, points).
    """

    score: str = ""
    words: str = ""
    lost: list[tuple[str, str]] = field(default_factory=list)
    held: bool = False
    waits: bool = False
    why: str = ""


def judged(load: Load) -> Judged:
    if load.quality is None:
        return Judged()
    held = load.run.state == RunState.HELD
    waits = not held and waits_for_a_look(load)
    limit = organisation().quality_threshold
    lost = load.notes.get("quality", {})
    most = max(lost, key=lambda name: lost[name], default="")
    return Judged(
        score=str(load.quality),
        words=f"most was lost by {LOST_BY[most]}" if most else "nothing was found",
        lost=[(LOST_BY[name], f"−{points:.2f}") for name, points in lost.items()],
        held=held,
        waits=waits,
        why=load.held_for
        if held
        else f"Its quality is {load.quality} of 100, under the limit of {limit}."
        if waits
        else "",
    )
