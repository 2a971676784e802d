from datetime import datetime
from typing import Any, ClassVar

from django.db import models

from campaigns import outbox
from campaigns.models import Assignment, Message, Outcome
from core.contracts.person import PersonVerbs
from core.formats import whole
from customers.people import move_rows, move_rows_back
from customers.selectors import customers_of_load

HELD: tuple[type[models.Model], ...] = (Assignment, Message, Outcome)


class CampaignsPeople(PersonVerbs):
    """What each campaign decided for a person, sent to them, and saw them do."""

    key: ClassVar[str] = "campaigns"
    models: ClassVar[tuple[str, ...]] = (
        "campaigns.Assignment", "campaigns.Message", "campaigns.Outcome",
    )  # fmt: skip

    def forget(self, customer_pk: int) -> dict[str, int]:
        sent = list(_theirs(Message, customer_pk).values_list("pk", flat=True))
        files = outbox.erase(message_pks=sent, customer_pk=customer_pk)
        erased = {model._meta.label: _theirs(model, customer_pk).delete()[0] for model in HELD}
        return {**erased, "files of messages": files} if files else erased

    def disclose(self, customer_pk: int) -> dict[str, Any]:
        """Plain JSON: names of campaigns and wordings, times as ISO 8601."""
        decided = _theirs(Assignment, customer_pk).select_related("campaign", "variant")
        sent = _theirs(Message, customer_pk).select_related("campaign", "variant")
        done = _theirs(Outcome, customer_pk).select_related("campaign")
        return {
            "campaigns": [
                {**_told(row, "decision", "reason"), "launched_at": _iso(row.campaign.launched_at)}
                for row in decided
            ],
            "messages": [
                {**_told(row, "step", "state", "reason"), "finished_at": _iso(row.finished_at)}
                for row in sent
            ],
            "outcomes": [{**_told(row, "kind", "value_minor"), "at": _iso(row.at)} for row in done],
        }

    def movable(self, source_pk: int, target_pk: int) -> list[Any]:
        """Where both took part in one campaign, each keeps their own rows: none is sent twice, and
        nobody of a control group inherits a message.
        """
        taken = {
            campaign
            for model in HELD
            for campaign in _theirs(model, target_pk).values_list("campaign_id", flat=True)
        }
        return [_theirs(model, source_pk).exclude(campaign_id__in=taken) for model in HELD]

    def repoint(self, source_pk: int, target_pk: int) -> dict[str, list[int]]:
        return move_rows(self.movable(source_pk, target_pk), target_pk)

    def repoint_back(self, journal: dict[str, list[int]], source_pk: int, target_pk: int) -> None:
        move_rows_back(HELD, journal, source_pk, target_pk)

    def holds(self, load_id: int) -> str | None:
        handed = Message.objects.filter(handed_at__isnull=False)
        sent = handed.filter(customer__in=customers_of_load(load_id)).count()
        return f"{whole(sent)} messages were sent to its customers" if sent else None


def _theirs(model: type[models.Model], customer_pk: int) -> Any:
    return model._default_manager.filter(customer_id=customer_pk).order_by("pk")


def _told(row: Any, *columns: str) -> dict[str, Any]:
    told = {"campaign": row.campaign.name, **{name: getattr(row, name) for name in columns}}
    variant = getattr(row, "variant", None)
    return {**told, "variant": variant.name} if variant else told


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
