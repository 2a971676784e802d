"""Questions: what to put before a customer, and what goes with a product."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import chain, zip_longest
from typing import Any, Literal

import numpy as np

from core.errors import Conflict, NotFound, Refused
from core.formats import readable, whole
from core.localtime import local_wall
from core.selectors import organisation_zone
from customers.models import Customer
from recommendations import store
from recommendations.histories import History, history_of
from recommendations.models import RecommendationLists
from recommendations.reasons import reason_for
from recommendations.recommenders.blend import Goal
from recommendations.serving import LIST_LENGTH, PERSONAL, Ranking, Served
from runs.models import ModelVersion
from runs.stored import mapped_arrays
from runs.versions import promoted_version
from transactions.models import Product

NAME = "recommendations"
Goals = Literal["repeat", "discover", "both"]
GOALS: tuple[Goals, ...] = ("repeat", "discover", "both")
# Of the goal "both": two that they buy, one that is new to them.
REPEATS_BEFORE_A_DISCOVERY = 2


class NotTrained(Conflict):
    code = "not_trained"


class BadGoal(Refused):
    code = "bad_goal"


@dataclass(frozen=True)
class Item:
    """``score`` is the chance of a purchase in the next days where a blend answers, else the
    source's own measure; ``fallback``: nothing is known of the customer, others' habits stand in.
    """

    sku: str
    name: str
    score: float
    source: str
    reason: str
    fallback: bool = False


def recommend(
    customer_pk: int, *, k: int = 10, goal: Goals = "both", excluded: Collection[str] = (),
    sold_within_days: int | None = None, category: str = "",
) -> list[Item]:  # fmt: skip
    """At most k (and 100) products, best first: from the list, or worked out anew after an order.

    ``excluded`` are skus; ``sold_within_days`` leaves out what nobody has bought for longer;
    ``category`` leaves those of the customer's best that are in it.
    """
    _check(k)
    if not Customer.objects.filter(pk=customer_pk).exists():
        raise NotFound("There is no such customer.")
    version, served = _served()
    history = history_of(customer_pk)
    lists = current_lists(version)
    row = store.row_of(lists.path, customer_pk) if lists else None
    if lists is None or row is None or history.newer_than(lists):
        rankings = fold_in(customer_pk, history=history)
    else:
        rankings = {g: _listed(row, g, served) for g in ("repeat", "discover")}
    merged = _in_category(_woven(rankings, goal), served, category)
    kept = _allowed(merged, served, excluded, sold_within_days)[: min(k, LIST_LENGTH)]
    return _items(kept, served, history)


def popular(*, k: int = 10, category: str = "") -> list[Item]:
    """What others buy, for somebody of whom nothing is known."""
    _check(k)
    _, served = _served()
    nothing = History([], [], None)
    ranked = _woven(fold_in(0, history=nothing), "both")
    return _items(_in_category(ranked, served, category)[:k], served, nothing)


def fold_in(customer_pk: int, *, history: History | None = None) -> dict[Goal, Ranking]:
    """Rankings from all orders up to now; those of a customer without any are the fallback."""
    version, served = _served()
    history = history_of(customer_pk) if history is None else history
    zone = organisation_zone()
    as_of = local_wall(version.as_of, zone)
    lists = current_lists(version)
    if lists:
        as_of = max(as_of, local_wall(lists.as_of, zone))
    if history.newest:
        day_after = local_wall(history.newest, zone).date() + timedelta(days=1)
        as_of = max(as_of, datetime.combine(day_after, time()))
    told = _interactions(history, served, as_of.toordinal())
    return {goal: ranked[0] for goal, ranked in served.rank(told).items()}


def similar(sku: str, *, k: int = 10) -> list[Item]:
    """Products that the same customers buy; by their description where few have bought it."""
    _check(k)
    product = _product(sku)
    _, served = _served()
    found = served.similar(product.pk, min(k, LIST_LENGTH))
    told = f"like {product}" + (f" in category {product.category}" if product.category else "")
    words = {"content": told, "matrix_factorisation": f"bought by the same customers as {product}"}
    named = _named([pk for pk, _, _ in found])
    return [
        Item(named[pk].sku, str(named[pk]), round(score, 6), source, words[source])
        for pk, score, source in found
        if pk in named
    ]


def bought_together(sku: str, *, k: int = 10) -> list[Item]:
    """What lies in one basket with it more often than chance would have it; score is the lift."""
    _check(k)
    product = _product(sku)
    _, served = _served()
    found = served.together(product.pk, min(k, LIST_LENGTH))
    named = _named([pk for pk, _, _ in found])
    return [
        Item(
            named[pk].sku, str(named[pk]), round(lift, 4), "baskets",
            f"in {whole(times)} baskets with {product}, {lift:.1f} times as often as by chance",
        )
        for pk, lift, times in found
        if pk in named
    ]  # fmt: skip


def current_lists(version: ModelVersion) -> RecommendationLists | None:
    return RecommendationLists.objects.filter(version=version).first()


def goal_named(name: str) -> Goals:
    """One of the goals; refused for any other word."""
    for goal in GOALS:
        if goal == name:
            return goal
    raise BadGoal(f"{name!r} is no goal. Use {', '.join(GOALS)}.", fields={"goal": name})


def _check(k: int) -> None:
    if k < 0:
        raise Refused("k is 0 or more.", fields={"k": str(k)})


def _served() -> tuple[ModelVersion, Served]:
    version = promoted_version(NAME)
    if version is None:
        raise NotTrained("There are no recommendations yet. Train them first.")
    mapped_arrays(version)  # Refuses a file that was damaged since.
    return version, _cached(version.pk)


@lru_cache(maxsize=2)
def _cached(version_pk: int) -> Served:
    version = ModelVersion.objects.get(pk=version_pk)
    return Served(mapped_arrays(version), version.parameters)


def _interactions(history: History, served: Served, as_of: int) -> Any:
    pks = np.array(history.products, np.int64)
    days = np.array([day.toordinal() for day in history.days], np.int64)
    at = np.minimum(np.searchsorted(served.product_pks, pks), len(served.product_pks) - 1)
    known = served.product_pks[at] == pks
    return served.history(at[known], days[known], as_of)


def _listed(row: dict[str, Any], goal: Goal, served: Served) -> Ranking:
    products = np.searchsorted(served.product_pks, row[f"{goal}_product"])
    return Ranking(products, np.array(row[f"{goal}_score"], np.float32), row[f"{goal}_source"])


Ranked = tuple[int, float, str]


def _woven(rankings: dict[Goal, Ranking], goal: Goals) -> list[Ranked]:
    """One ranking, or both in turn without repeats."""
    told: dict[str, list[Ranked]] = {
        name: list(zip(r.products.tolist(), r.scores.tolist(), r.sources, strict=True))
        for name, r in rankings.items()
    }
    if goal != "both":
        return told[goal]
    n, repeat = REPEATS_BEFORE_A_DISCOVERY, told["repeat"]
    groups = [repeat[at : at + n] for at in range(0, len(repeat), n)]
    turns = zip_longest(groups, ([one] for one in told["discover"]), fillvalue=[])
    found: dict[int, Ranked] = {}
    for one in chain.from_iterable(group + single for group, single in turns):
        found.setdefault(one[0], one)
    return list(found.values())


def _in_category(ranked: list[Ranked], served: Served, category: str) -> list[Ranked]:
    if not category:
        return ranked
    pks = [int(served.product_pks[at]) for at, *_ in ranked]
    inside = Product.objects.filter(pk__in=pks, category=category).values_list("pk", flat=True)
    places = {served.position(pk) for pk in inside}
    return [one for one in ranked if one[0] in places]


def _allowed(
    ranked: list[Ranked], served: Served, excluded: Collection[str], within: int | None
) -> list[Ranked]:
    if excluded:
        barred = Product.objects.filter(sku__in=list(excluded)).values_list("pk", flat=True)
        places = {served.position(pk) for pk in barred}
        ranked = [one for one in ranked if one[0] not in places]
    if within is not None:
        last = np.asarray(served.arrays["last_sold"])
        ranked = [one for one in ranked if last[one[0]] >= last.max() - within]
    return ranked


def _items(ranked: list[Ranked], served: Served, history: History) -> list[Item]:
    told = _interactions(history, served, max((d.toordinal() for d in history.days), default=0))
    fallback = not len(told.product)
    ranked = [(at, score, "popular_recent" if fallback else s) for at, score, s in ranked]
    causes = {at: served.because(told, at, s) for at, _, s in ranked if s in PERSONAL}
    told_of = {*(at for at, *_ in ranked), *(at for at in causes.values() if at >= 0)}
    named = _named([int(served.product_pks[at]) for at in told_of])
    bought: dict[int, list[date]] = {}
    for pk, day in zip(history.products, history.days, strict=True):
        bought.setdefault(pk, []).append(day)
    found = []
    for at, score, source in ranked:
        product = named.get(int(served.product_pks[at]))
        if product is not None:
            days = bought.get(product.pk, [])
            cause = causes.get(at, -1)
            other = named.get(int(served.product_pks[cause])) if cause >= 0 else None
            reason = reason_for(
                source, days, product.category, readable(str(other)) if other else None
            )
            found.append(Item(product.sku, str(product), round(score, 6), source, reason, fallback))
    return found


def _product(sku: str) -> Product:
    found = Product.objects.filter(sku=sku).first()
    if found is None:
        raise NotFound(f"There is no product {sku}.")
    return found


def _named(pks: list[int]) -> dict[int, Product]:
    return {product.pk: product for product in Product.objects.filter(pk__in=pks)}
