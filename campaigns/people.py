from typing import Any, ClassVar

from django.db import models

from campaigns.models import Assignment, Message, Outcome
from core.contracts.person import PersonVerbs
from customers.people import move_rows_back

HELD: tuple[type[models.Model], ...] = (Assignment, Message, Outcome)


class CampaignsPeople(PersonVerbs):
    """What each campaign decided for a person, sent to them, and saw them do."""

    key: ClassVar[str] = "campaigns"
    models: ClassVar[tuple[str, ...]] = (
        "campaigns.Assignment", "campaigns.Message", "campaigns.Outcome",
    )  # fmt: skip

    def forget(self, customer_pk: int) -> dict[str, int]:
        return {
            model._meta.label: model._default_manager.filter(customer_id=customer_pk).delete()[0]
            for model in HELD
        }

    def disclose(self, customer_pk: int) -> dict[str, Any]:
        theirs = {"customer_id": customer_pk}
        decided = Assignment.objects.filter(**theirs).values("campaign__name", "decision", "reason")
        sent = Message.objects.filter(**theirs).values("campaign__name", "state", "finished_at")
        done = Outcome.objects.filter(**theirs).values("campaign__name", "kind", "at")
        return {"campaigns": list(decided), "messages": list(sent), "outcomes": list(done)}

    def repoint(self, source_pk: int, target_pk: int) -> dict[str, list[int]]:
        """Where both took part in one campaign, each keeps their own row: none is sent twice."""
        journal = {}
        for model in HELD:
            rows = model._default_manager
            taken = rows.filter(customer_id=target_pk).values("campaign_id")
            moved = rows.filter(customer_id=source_pk).exclude(campaign_id__in=taken)
            journal[model._meta.label] = list(moved.values_list("pk", flat=True))
            rows.filter(pk__in=journal[model._meta.label]).update(customer_id=target_pk)
        return journal

    def repoint_back(self, journal: dict[str, list[int]], source_pk: int) -> None:
        move_rows_back(HELD, journal, source_pk)

    def holds(self, load_id: int) -> str | None:
        sent = Message.objects.filter(customer__load_id=load_id, handed_at__isnull=False).count()
        return f"{sent:,} messages were sent to its customers" if sent else None
