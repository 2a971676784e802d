"""What the page of an entry says: its cluster, how sure that is, and whom it is like."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from analytics.centroids import CentroidModel
from analytics.crossings import Crossing, crossings
from core.formats import counted, money, of_100, whole
from customers.selectors import people
from segmentation.assignment import assign
from segmentation.entries import DIMENSIONS, Figures
from segmentation.entry_drawings import border_bars, planes
from segmentation.likeness import Everybody, Likeness, everybody, likeness
from segmentation.models import Grouping
from segmentation.pages import CLUSTER_COLOURS
from segmentation.services.clusters import centroid_model

SHOWN = 5
# Who is this near to the border would be elsewhere with a little more.
NEAR = 0.8
LEAST_FOR_A_SHARE = 10


@dataclass(frozen=True)
class Entry:
    """One entry, answered: everything that the sentences below are made of."""

    grouping: Grouping
    model: CentroidModel
    figures: Figures
    answer: dict[str, Any]
    of: Everybody
    like: Likeness
    ways: list[Crossing]

    @property
    def alike(self) -> bool:
        """Somebody lies as near to it as customers lie to each other."""
        return self.like.near > 0


def answered(grouping: Grouping, figures: Figures) -> Entry:
    """By the code that answers segmentation/assign over the API."""
    model = centroid_model(grouping)
    values = np.array([figures[name] for name in model.features], dtype=float)
    of = everybody(grouping)
    return Entry(
        grouping=grouping,
        model=model,
        figures=figures,
        answer=assign(dict(figures), grouping),
        of=of,
        like=likeness(of, model, values),
        ways=crossings(model, values),
    )


def entry_page(of: Entry, *, sees_customers: bool, personal: bool) -> dict[str, Any]:
    values = np.array([of.figures[name] for name in of.model.features], dtype=float)
    own = of.of.borders[of.of.labels == of.answer["cluster"]]
    nearest = _nearest(of, personal=personal) if sees_customers else {}
    return {
        "finding": finding(of),
        "lede": _lede(of),
        "drawing": planes(of.model, of.of, values, colours(of.grouping)),
        "drawn": _drawn(of),
        "stands": _stands(of),
        "clusters": clusters(of.grouping, of.of, here=of.answer["cluster"]),
        "entry": [whole(of.figures[DIMENSIONS[0]]), whole(of.figures[DIMENSIONS[1]]),
                  money(of.figures[DIMENSIONS[2]])],
        "border": _border(of, own),
        "chance": _chance(of),
        "near": of.alike,
        "nearest": nearest,
    }  # fmt: skip


def finding(of: Entry) -> str:
    """Its cluster, what would carry it into another, and whether anybody is like it."""
    name = of.answer["name"]
    way = of.ways[0] if of.ways else None
    first = f"{name}."
    if way and of.answer["border"] >= NEAR:
        first = f"{name}, but only just: with {_step(of, way)} it would be {_name(of, way.label)}."
    if of.alike:
        many = counted(of.like.near, "customer is", "customers are")
        return f"{first} {many} like this."
    return f"{first} And no customer of yours is like this."


def _lede(of: Entry) -> str:
    if of.alike:
        return of.answer["description"]
    times = of.like.distance / of.of.median if of.of.median else 0
    far = f"The nearest customer is {times:.0f} times as far as usual." if times >= 2 else (
        "The nearest customer is farther than customers are from each other.")  # fmt: skip
    return f"{far} Check the figures first. {of.answer['description']}"


def _step(of: Entry, way: Crossing) -> str:
    """$24 more; 12 days less."""
    change = way.value - of.figures[way.feature]
    more = "more" if change > 0 else "less"
    size = abs(change)
    if way.feature == DIMENSIONS[2]:
        return f"{money(max(np.ceil(size), 1))} {more}"
    unit = "day" if way.feature == DIMENSIONS[0] else "order"
    return f"{counted(max(int(np.ceil(size)), 1), unit)} {more}"


def _name(of: Entry, label: int) -> str:
    return next((g["name"] for g in of.grouping.groups if g["label"] == label), f"Cluster {label}")


def colours(grouping: Grouping) -> list[str]:
    """The colour of each label: the one its segment has, by its place in the run's list."""
    places = {group["label"]: place for place, group in enumerate(grouping.groups)}
    last = len(grouping.groups)
    labels = range(max([*places, -1]) + 1)
    return [f"c-{places.get(label, last) % CLUSTER_COLOURS}" for label in labels]


def clusters(grouping: Grouping, of: Everybody, *, here: int | None = None) -> list[dict[str, Any]]:
    """Each cluster with its median and middle half; its customers' chance of an order."""
    css = colours(grouping)
    return [_cluster(group, of, css[group["label"]], here) for group in grouping.groups]


def _cluster(group: dict[str, Any], of: Everybody, css: str, here: int | None) -> dict[str, Any]:
    inside = of.labels == group["label"]
    figures = []
    for place, name in enumerate(DIMENSIONS):
        write = money if name == DIMENSIONS[2] else whole
        low, mid, high = np.quantile(of.values[inside, place], (0.25, 0.5, 0.75))
        figures.append({"median": write(mid), "half": f"{write(low)}–{write(high)}"})
    known = of.chance[inside][~np.isnan(of.chance[inside])]
    return {
        "name": group["name"], "css": css, "sentence": group["sentence"],
        "size": whole(int(inside.sum())), "figures": figures,
        "buys": of_100(1 - float(known.mean())) if len(known) else "",
        "here": group["label"] == here,
    }  # fmt: skip


def _drawn(of: Entry) -> str:
    shown = len(of.of.scaled)
    return f"Money by orders, and by silence; {counted(shown, 'customer')} by cluster. Lines: the" \
        " borders where the entry stands."  # fmt: skip


def _stands(of: Entry) -> str:
    if not of.alike:
        return "Nobody lies near it"
    return f"{counted(of.like.near, 'customer lies', 'customers lie')} near it"


def _border(of: Entry, own: Any) -> dict[str, Any]:
    ratio = of.answer["border"]
    nearer = int((own > ratio).sum())
    ways = [f"With {_step(of, way)}: {_name(of, way.label)}." for way in of.ways]
    size = counted(len(own), "customer")
    return {
        "finding": f"{'Near' if ratio >= NEAR else 'Not near'} the border: {ratio:.2f} of 1",
        "note": f"Distance to its own centre by that to the next; {size} of {of.answer['name']}",
        "bars": border_bars(own, ratio),
        "words": f"{whole(nearer)} of them are nearer to it. {' '.join(ways)}".strip(),
    }


def _chance(of: Entry) -> dict[str, str]:
    """Of the nearest customers, how many will buy; nothing where no model has said it."""
    chances = of.of.chance[of.like.places]
    known = 1 - chances[~np.isnan(chances)]
    if len(known) < LEAST_FOR_A_SHARE:
        return {}
    middle = np.quantile(known, (0.25, 0.75))
    return {
        "share": of_100(float(known.mean())),
        "note": f"Mean of the {len(known)} nearest; half of them {of_100(middle[0])} to"
        f" {of_100(middle[1])}.",
    }


def _nearest(of: Entry, *, personal: bool) -> dict[str, Any]:
    places = of.like.places[:SHOWN]
    known = people([int(of.of.customer_pks[p]) for p in places], personal=personal)
    css, names = colours(of.grouping), {g["label"]: g["name"] for g in of.grouping.groups}
    rows = []
    for place, distance in zip(places, of.like.distances, strict=False):
        person = known.get(int(of.of.customer_pks[place]))
        if person is None:
            continue
        recency, orders, spent = of.of.values[place]
        label, chance = int(of.of.labels[place]), of.of.chance[place]
        rows.append(
            {
                "person": person, "cluster": names.get(label, f"Cluster {label}"),
                "css": css[label], "silent": whole(recency), "orders": whole(orders),
                "spent": money(spent), "distance": f"{distance:.2f}",
                "buys": "" if np.isnan(chance) else of_100(1 - float(chance)),
            }
        )  # fmt: skip
    return {
        "finding": _nearest_finding(of),
        "rows": rows,
        "synthetic": any(row["person"].is_synthetic for row in rows),
    }


def _nearest_finding(of: Entry) -> str:
    many = counted(of.like.near, "customer is", "customers are")
    return f"{many} like this" if of.alike else "The nearest customers, none of them like this"
