"""The list of customers who may be one person: by what, and what speaks against it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from core.encryption import fold
from core.formats import counted, money, short_day, whole
from core.money import minor_per_major
from core.selectors import organisation
from customers.identity_models import Alias, Duplicate, PairState
from customers.matching import WORDS
from customers.models import Customer
from customers.selectors import masked_text, person
from transactions.models import Order, OrderLine

SHOWN = {
    PairState.OPEN: "To decide",
    PairState.MERGED: "Merged",
    PairState.DISMISSED: "Two people",
}
# What two rows of one person would hardly both say, in words.
AGAINST = {
    "birth_date": "two birth dates", "name": "two names", "email": "two e-mail addresses",
    "phone": "two telephone numbers", "region": "two regions",
}  # fmt: skip


@dataclass(frozen=True)
class Buying:
    """What some customers together have bought, by the record."""

    orders: int
    spent: float
    first: datetime | None
    last: datetime | None

    def words(self) -> dict[str, str]:
        return {
            "orders": whole(self.orders),
            "spent": money(self.spent, 2),
            "first": short_day(self.first) if self.first else "–",
            "last": short_day(self.last) if self.last else "–",
        }


def buying(*customer_pks: int) -> Buying:
    orders = Order.objects.filter(customer__in=customer_pks)
    span = orders.aggregate(many=Count("pk"), first=Min("occurred_at"), last=Max("occurred_at"))
    lines = OrderLine.objects.filter(order__customer__in=customer_pks, returned=False)
    minor = lines.aggregate(spent=Sum("amount_minor"))["spent"] or 0
    spent = minor / minor_per_major(organisation().currency)
    return Buying(span["many"], spent, span["first"], span["last"])


def pairs(state: PairState) -> QuerySet[Duplicate]:
    """Those to decide by the strongest evidence, the others by when somebody decided."""
    found = Duplicate.objects.filter(state=state).select_related(
        "first", "second", "kept", "decided_by"
    )
    if state != PairState.OPEN:
        return found.order_by("-decided_at", "-pk")
    merged = Alias.objects.values("customer")
    return found.exclude(Q(first__in=merged) | Q(second__in=merged)).order_by("priority", "pk")


def pair_rows(found: Sequence[Duplicate], *, personal: bool) -> list[dict[str, Any]]:
    pks = [pk for pair in found for pk in (pair.first_id, pair.second_id)]
    counts = Order.objects.filter(customer__in=pks).order_by().values_list("customer")
    orders = dict(counts.annotate(many=Count("pk")))
    return [
        {
            "number": pair.pk,
            "first": person(pair.first, personal=personal),
            "second": person(pair.second, personal=personal),
            "evidence": evidence(pair, personal=personal),
            "orders": " and ".join(
                whole(orders.get(one, 0)) for one in (pair.first_id, pair.second_id)
            ),
            "against": ", ".join(against(pair)),
            "decided": decided(pair),
        }
        for pair in found
    ]


def evidence(pair: Duplicate, *, personal: bool) -> list[str]:
    """By what they were found, with the value for those who may see it."""
    told = []
    for key in pair.found_by:
        by = key.removesuffix("_and_name")
        value = masked_text(getattr(pair.first, by), personal=personal)
        name = ", and the same name" if key != by else ""
        told.append(f"the same {WORDS[by]}{f' {value}' if value else ''}{name}")
    return told


def against(pair: Duplicate) -> list[str]:
    """What the two say differently, so that it would be lost or tells two people apart."""
    return [words for name, words in AGAINST.items() if _differ(name, pair.first, pair.second)]


def _differ(name: str, first: Customer, second: Customer) -> bool:
    index = f"{name}_index" if name in ("email", "phone") else name
    one, other = getattr(first, index), getattr(second, index)
    if one is None or other is None:
        return False
    if name == "name":
        return set(fold(one).split()) != set(fold(other).split())
    return bool(one != other)


def decided(pair: Duplicate) -> str:
    if pair.decided_at is None:
        return ""
    who = pair.decided_by or "somebody who is gone"
    return f"{short_day(pair.decided_at)}, {who}"


def list_words(state: PairState, many: int) -> dict[str, str]:
    lede = (
        "Nobody is merged by itself: look at a pair, see what would become of it, and decide."
        " A merge can be taken back."
    )
    said = {
        PairState.OPEN: "may be one person.",
        PairState.MERGED: "were merged.",
        PairState.DISMISSED: "are two people, and are not proposed again.",
    }
    none = {
        PairState.OPEN: "No two customers look like one person.",
        PairState.MERGED: "Nobody was merged.",
        PairState.DISMISSED: "No pair was said to be two people.",
    }
    finding = f"{counted(many, 'pair')} of customers {said[state]}" if many else none[state]
    if many == 1:
        finding = finding.replace("are two people, and are", "is two people, and is")
        finding = finding.replace("were merged", "was merged")
    return {"finding": finding, "lede": lede}


def tabs(state: PairState) -> list[dict[str, Any]]:
    return [{"value": str(one), "label": label, "here": one == state}
            for one, label in SHOWN.items()]  # fmt: skip
