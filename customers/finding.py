"""Looks for customers who may be one person. It proposes; nobody is ever merged by it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations

from django.db import connection, transaction
from django.db.models import Q

from accounts.models import User
from core.encryption import decrypt
from core.errors import Conflict, NotFound
from core.locks import hold_lock
from core.once import ask_again
from core.services import record_audit
from customers.aliases import IS_SOMEBODY
from customers.contact_indexes import same_phone
from customers.identity_models import Alias, Duplicate, MatchingRules, PairState
from customers.matching import Rule, checked, matching, stored

# A value that more customers share than this is hardly one person's: nobody is proposed by it.
MOST_SHARING = 5
LOCK = "customers.finding"
MERGED = Alias.objects.values("customer")
GROUPS = """
    SELECT array_agg(c.id ORDER BY c.id) FILTER (WHERE place <= {most}), count(*),
        array_agg(c.{value} ORDER BY c.id) FILTER (WHERE place <= {most})
    FROM (
        SELECT *, row_number() OVER (PARTITION BY {same} ORDER BY id) AS place
        FROM customers_customer c
        WHERE {index} IS NOT NULL AND {value} IS NOT NULL AND {named} AND {is_somebody}
    ) c GROUP BY {same} HAVING count(*) > 1 ORDER BY min(c.id)
"""


@dataclass(frozen=True)
class Shared:
    """A value that too many customers give; ``value`` is personal data."""

    by: str
    value: str
    customers: int


@dataclass
class Found:
    """``pairs`` {(customer_pk, customer_pk): rules that found them, the strongest first}."""

    pairs: dict[tuple[int, int], list[str]] = field(default_factory=dict)
    shared: list[Shared] = field(default_factory=list)


def look() -> Found:
    """Everybody who may be somebody else, by the rules that hold now; writes nothing."""
    told, found = matching(), Found()
    for rule in told.rules:
        for people, many in _groups(rule) if rule.on else ():
            value = people[0][1]
            if told.blocks(value, rule.by):
                continue
            if many > MOST_SHARING:
                found.shared.append(Shared(rule.by, value, many))
                continue
            for (first, one), (second, other) in combinations(people, 2):
                if rule.by != "phone" or same_phone(one, other):
                    found.pairs.setdefault((first, second), []).append(rule.key)
    return found


@transaction.atomic
def propose(*, at: datetime) -> int:
    """Bring the open proposals up to the record; what was decided stays decided. How many are new.

    A proposal whose evidence is gone goes.
    """
    hold_lock(LOCK)
    pairs, keys = look().pairs, [rule.key for rule in matching().rules]
    known = {(row.first_id, row.second_id): row for row in Duplicate.objects.defer("journal")}
    gone = [
        row.pk for pair, row in known.items() if row.state == PairState.OPEN and pair not in pairs
    ]
    Duplicate.objects.filter(pk__in=gone).delete()
    new = [
        Duplicate(
            first_id=first, second_id=second, found_by=by, priority=keys.index(by[0]), found_at=at
        )
        for (first, second), by in pairs.items()
        if (first, second) not in known
    ]
    Duplicate.objects.bulk_create(new, batch_size=1_000)
    _say_again(known, pairs, keys)
    return len(new)


def _say_again(
    known: dict[tuple[int, int], Duplicate], pairs: dict[tuple[int, int], list[str]],
    keys: list[str],
) -> None:  # fmt: skip
    """Open proposals that other rules find now."""
    other = []
    for pair, by in pairs.items():
        row = known.get(pair)
        if row is not None and row.state == PairState.OPEN and row.found_by != by:
            row.found_by, row.priority = by, keys.index(by[0])
            other.append(row)
    Duplicate.objects.bulk_update(other, ["found_by", "priority"], batch_size=1_000)


def _groups(rule: Rule) -> Iterator[tuple[list[tuple[int, str]], int]]:
    """Who shares a value: the first of them, each with how they write it, and how many."""
    same = f"{rule.by}_index" + (", name_index" if rule.name_too else "")
    named = "name_index IS NOT NULL" if rule.name_too else "true"
    query = GROUPS.format(
        most=MOST_SHARING, value=rule.by, same=same, index=f"{rule.by}_index", named=named,
        is_somebody=IS_SOMEBODY,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(query)
        rows = cursor.fetchall()
    for pks, many, secrets in rows:
        yield [(pk, decrypt(secret)) for pk, secret in zip(pks, secrets, strict=True)], many


@transaction.atomic
def save_matching(
    *, rules: Iterable[Rule], blocked: Iterable[str], actor: User | None, at: datetime
) -> MatchingRules:
    """The next version of the rules; what they find is proposed at once."""
    hold_lock(LOCK)
    before, now = matching(), checked(rules, blocked)
    if now == before:
        raise Conflict("Nothing differs from what holds, so nothing was saved.")
    saved = MatchingRules.objects.create(**stored(now), saved_by=actor, saved_at=at)
    ask_again(matching)
    # Of the values only how many: one may be somebody's address.
    record_audit(
        actor=actor, verb="save_matching_rules", subject=str(saved.pk),
        detail={
            "rules": [rule.key for rule in now.rules if rule.on],
            "blocked": {"before": len(before.blocked), "now": len(now.blocked)},
        },
    )  # fmt: skip
    propose(at=at)
    return saved


def pair_numbered(pk: int) -> Duplicate:
    found = Duplicate.objects.select_related("first", "second", "kept", "decided_by")
    pair = found.filter(pk=pk).first()
    if pair is None:
        raise NotFound("This pair is no longer proposed. The list holds what is.")
    return pair


def may_be(customer_pk: int) -> list[tuple[int, str]]:
    """The open proposals about a customer: (number, the other's customer_id)."""
    found = Duplicate.objects.filter(
        Q(first=customer_pk) | Q(second=customer_pk), state=PairState.OPEN
    ).exclude(Q(first__in=MERGED) | Q(second__in=MERGED))
    found = found.select_related("first", "second").order_by("priority", "pk")
    others = [(p.pk, p.second if p.first_id == customer_pk else p.first) for p in found]
    return [(number, other.customer_id) for number, other in others]


@transaction.atomic
def dismiss(*, pair: Duplicate, actor: User, at: datetime) -> bool:
    """They are two people: the pair is not proposed again. False where it was said already."""
    change = (PairState.OPEN, PairState.DISMISSED)
    return _decide(pair, change, verb="dismiss_duplicate", actor=actor, at=at)


@transaction.atomic
def reopen(*, pair: Duplicate, actor: User, at: datetime) -> bool:
    """Undo of a dismissal."""
    change = (PairState.DISMISSED, PairState.OPEN)
    return _decide(pair, change, verb="reopen_duplicate", actor=actor, at=at)


def _decide(
    pair: Duplicate, change: tuple[PairState, PairState], *, verb: str, actor: User, at: datetime
) -> bool:
    """``change``: from one state to another. Both customers' audit tells of it."""
    before, now = change
    found = Duplicate.objects.filter(pk=pair.pk, state=before)
    if found.update(state=now, decided_by=actor, decided_at=at):
        for customer in (pair.first, pair.second):
            record_audit(
                actor=actor, verb=verb, subject=customer.customer_id, detail={"pair": pair.pk}
            )
        return True
    if Duplicate.objects.filter(pk=pair.pk, state=now).exists():
        return False
    raise Conflict("Somebody decided about this pair meanwhile. What you see is how it stands.")
