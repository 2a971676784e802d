import re
from typing import Any, ClassVar

from core.contracts.person import PersonVerbs
from core.models import AuditEntry
from core.people import audited_verbs
from core.services import rename_in_audit
from customers.erased import pseudonym
from customers.selectors import identity
from pipelines.traces import (
    delete_demo_files,
    drop_cached,
    drop_messages,
    pattern_of,
    scrub_logs,
)
from runs.models import Run


class PipelinesPeople(PersonVerbs):
    """What belongs to no app alone: the audit, errors of runs, logs, the outbox, caches."""

    key: ClassVar[str] = "pipelines"
    stores: ClassVar[tuple[str, ...]] = ("logs", "outbox", "cache", "demo")
    audited: ClassVar[tuple[str, ...]] = (
        "erase_customer", "export_subject", "merge_customers", "unmerge_customers",
    )  # fmt: skip

    def forget(self, customer_pk: int) -> dict[str, int]:
        person = identity(customer_pk)
        if person is None:
            return {}
        pattern = pattern_of(person)
        return {
            "audit entries": rename_in_audit(
                verbs=audited_verbs(),
                subject=person.customer_id,
                pseudonym=pseudonym(person.customer_id),
            ),
            "errors of runs": _scrub_errors(pattern),
            "places in logs": scrub_logs(pattern),
            "messages": drop_messages(pattern),
            "cached values": drop_cached(pattern),
            "demo files": delete_demo_files(),
        }

    def disclose(self, customer_pk: int) -> dict[str, Any]:
        person = identity(customer_pk)
        subject = person.customer_id if person else ""
        about = AuditEntry.objects.filter(verb__in=audited_verbs(), subject=subject)
        return {"audit": list(about.order_by("at").values("at", "verb"))}

    def repoint(self, source_pk: int, target_pk: int) -> dict[str, list[int]]:
        """What was done with a customer stays written down under the id of then."""
        return {}

    def repoint_back(self, journal: dict[str, list[int]], source_pk: int, target_pk: int) -> None:
        """Nothing was moved."""


def _scrub_errors(pattern: re.Pattern[bytes]) -> int:
    found = 0
    for run in Run.objects.exclude(error="").only("error"):
        error = pattern.sub(b"xxx", run.error.encode()).decode()
        if error != run.error:
            found += Run.objects.filter(pk=run.pk).update(error=error)
    return found
