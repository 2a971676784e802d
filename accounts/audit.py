"""The audit as it is read: by kind of deed, verb, person, customer and days."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Q, QuerySet

from accounts.audit_words import KINDS
from accounts.models import User
from core.localtime import midnight
from core.models import AuditEntry
from core.people import audited_verbs
from core.selectors import organisation_zone

KEPT = ("kind", "verb", "person", "customer", "since", "until")
BEHIND_A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Asked:
    """What the address asks for; what cannot be read is left out, and told."""

    kind: str = ""
    verb: str = ""
    person: str = ""
    customer: str = ""
    since: date | None = None
    until: date | None = None
    unread: tuple[str, ...] = ()

    @property
    def anything(self) -> bool:
        return any((self.kind, self.verb, self.person, self.customer, self.since, self.until))


def asked(query: Mapping[str, str]) -> Asked:
    text = {name: query.get(name, "").strip() for name in KEPT}
    days = {name: _day(text[name]) for name in ("since", "until")}
    unread = tuple(text[name] for name in days if text[name] and days[name] is None)
    return Asked(
        kind=text["kind"] if text["kind"] in KINDS else "",
        verb=text["verb"],
        person=text["person"],
        customer=text["customer"],
        since=days["since"],
        until=days["until"],
        unread=unread,
    )


def entries(of: Asked) -> QuerySet[AuditEntry]:
    """The newest first. A person's: what they did, and what was done to their account."""
    found = AuditEntry.objects.order_by("-at", "-id")
    if of.kind:
        found = found.filter(verb__in=KINDS[of.kind].verbs)
    if of.verb:
        found = found.filter(verb=of.verb)
    if of.person == "system":
        found = found.filter(actor_kind="system")
    elif of.person:
        theirs = Q(subject__iexact=of.person)
        user = User.objects.filter(email__iexact=of.person).first()
        if user is not None:
            theirs |= Q(actor_kind="user", actor_id=str(user.pk))
        found = found.filter(theirs)
    if of.customer:
        found = found.filter(subject=of.customer, verb__in=audited_verbs())
    zone = organisation_zone()
    if of.since:
        found = found.filter(at__gte=midnight(of.since, zone))
    if of.until:
        found = found.filter(at__lt=midnight(of.until + BEHIND_A_DAY, zone))
    return found


def happened(*, since: datetime, until: datetime) -> dict[str, int]:
    """{kind: how often something of it happened in between}, of every kind; one query."""
    inside = AuditEntry.objects.filter(at__gte=since, at__lt=until).order_by()
    many = dict(inside.values("verb").annotate(many=Count("pk")).values_list("verb", "many"))
    return {name: sum(many.get(verb, 0) for verb in kind.verbs) for name, kind in KINDS.items()}


def verbs_known() -> Iterator[str]:
    """Every verb that stands in the audit."""
    return AuditEntry.objects.order_by("verb").values_list("verb", flat=True).distinct().iterator()


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1900 <= found.year <= 9000 else None
