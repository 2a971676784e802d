"""One pair: what each of the two says and has, and what would become of it."""

from typing import Any

from core.formats import whole
from customers.filling import missing
from customers.identity_models import Duplicate, PairState
from customers.models import Customer
from customers.selectors import Person, person
from pipelines.duplicates_page import against, buying, decided, evidence
from pipelines.merging import other_of, why_not_back, would_move

FIELDS = {
    "name": "Name", "email": "E-mail", "phone": "Telephone", "birth_date": "Birth date",
    "age_band": "Age", "region": "Region", "acquisition_channel": "Came by",
    "joined_at": "Customer since",
}  # fmt: skip
FIGURES = {"orders": "Orders", "spent": "Spent", "first": "First order", "last": "Last order"}


def usual_keep(pair: Duplicate) -> Customer:
    """Who has ordered more, or else the one who came first."""
    more = buying(pair.second_id).orders > buying(pair.first_id).orders
    return pair.second if more else pair.first


def pair_page(pair: Duplicate, *, keep: Customer, personal: bool) -> dict[str, Any]:
    kept, other = keep, other_of(pair, keep.pk)
    shown = person(kept, personal=personal), person(other, personal=personal)
    return {
        "pair": pair.pk,
        "state": str(pair.state),
        "kept": shown[0],
        "other": shown[1],
        "finding": _finding(pair, kept, other),
        "evidence": evidence(pair, personal=personal),
        "against": against(pair),
        "decided": decided(pair),
        "rows": _said(kept, other, *shown),
        "figures": _figures(kept, other) if pair.state != PairState.MERGED else [],
        "moves": _moves(other, kept) if pair.state == PairState.OPEN else [],
        "waits": why_not_back(pair) if pair.state == PairState.MERGED else "",
    }


def _finding(pair: Duplicate, kept: Customer, other: Customer) -> str:
    one, two = kept.customer_id, other.customer_id
    if pair.state == PairState.MERGED:
        return f"Customer {two} is customer {one} since {decided(pair)}."
    if pair.state == PairState.DISMISSED:
        return f"Customers {one} and {two} are two people, said on {decided(pair)}."
    orders = buying(kept.pk).orders, buying(other.pk).orders
    return (
        f"Customers {one} and {two} may be one person, who would then have"
        f" {whole(sum(orders))} orders instead of {whole(orders[0])} and {whole(orders[1])}."
    )


def _said(kept: Customer, other: Customer, *shown: Person) -> list[dict[str, str]]:
    """The kept customer's word holds; what they lack is filled in."""
    filled = missing(source=other, target=kept)
    rows = []
    for name, label in FIELDS.items():
        one, two = (getattr(who, name) for who in shown)
        if one is not None or two is not None:
            after = two if name in filled else one
            rows.append({"label": label, "kept": _word(one), "other": _word(two),
                         "after": _word(after)})  # fmt: skip
    return rows


def _figures(kept: Customer, other: Customer) -> list[dict[str, str]]:
    one, two, both = buying(kept.pk), buying(other.pk), buying(kept.pk, other.pk)
    told = [found.words() for found in (one, two, both)]
    return [
        {"label": label, "kept": told[0][name], "other": told[1][name], "after": told[2][name]}
        for name, label in FIGURES.items()
    ]


def _moves(source: Customer, target: Customer) -> list[dict[str, str]]:
    return [
        {
            "what": one.what,
            "moves": whole(one.moves),
            "stays": whole(one.stays) if one.stays else "",
        }
        for one in would_move(source_pk=source.pk, target_pk=target.pk)
    ]


def _word(value: object) -> str:
    return "–" if value is None else str(value)
