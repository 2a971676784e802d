"""Sales' work lists of the demo: one due today and begun, one that is a day late.

Who stands on them follows from the groups and from consent, as on any list. Nobody was called:
what is said to have come of the first calls is made up, and each note says so.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from accounts.capabilities import Role
from accounts.models import User
from cba_site.demo.logins import email_of
from core.errors import Refused
from core.localtime import local_wall
from core.selectors import organisation_zone
from segmentation.models import WorkEntry, WorkList
from segmentation.services.work_lists import create_work_list, finish_entry, note_entry
from segmentation.work import Source, people_of_rule

MADE_UP = "Made up for the demo"


@dataclass(frozen=True)
class Listed:
    """``group`` is an RFM group's slug; ``said`` is what the first on the list answered."""

    name: str
    group: str
    days_late: int
    said: tuple[str, ...] = ()


LISTS = (
    Listed(
        "At risk, may be called", "at-risk", 0,
        ("will come on Saturday.", "moved away in spring.", "asked for a call next week."),
    ),
    Listed("Needs attention, may be called", "needs-attention", 1),
)  # fmt: skip


def make_work_lists(*, at: datetime) -> None:
    """Once for each, whatever became of it since; none of a group that nobody is in."""
    sales = User.objects.get(email=email_of(Role.SALES))
    for listed in LISTS:
        try:
            _make(listed, sales, at)
        except Refused:
            # A visitor has somebody of it on a list of their own already: theirs stands.
            continue


@transaction.atomic
def _make(listed: Listed, sales: User, at: datetime) -> None:
    may_be_called = {"feature": "reachable_phone", "op": "=", "value": True}
    rule = {"all": [{"segment": listed.group}, may_be_called]}
    source = Source(people_of_rule(rule), f"segment {listed.name}", rule)
    if not source.customer_pks:
        return
    today = local_wall(at, organisation_zone()).date()
    made = create_work_list(
        name=listed.name, source=source, actor=sales, at=at, owner=sales,
        due_on=today - timedelta(days=listed.days_late), ticket=f"demo {listed.group}",
    )  # fmt: skip
    if made.created_at == at:
        _work(made, listed, sales, at)


def _work(made: WorkList, listed: Listed, sales: User, at: datetime) -> None:
    first = WorkEntry.objects.filter(work_list=made).order_by("position")[: len(listed.said)]
    for entry, said in zip(first, listed.said, strict=False):
        finish_entry(entry=entry, actor=sales, at=at)
        note_entry(entry=entry, note=f"{MADE_UP}: {said}", actor=sales)
