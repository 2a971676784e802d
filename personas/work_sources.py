"""Whom a new work list is made of, as an address or a form names it: a segment, who made a move,
whom a rule fits, who is silent longer than ever, who would want a product."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import polars as pl

from core.errors import NotFound, Refused
from core.sent_json import keepable
from personas.calling import figures_frame
from personas.selectors import REGULAR
from recommendations.wanting import product_with_sku, who_would_want
from segmentation.moves_address import asked_move
from segmentation.selectors import segment_with_slug
from segmentation.work import (
    Source,
    in_calling_order,
    source_of_move,
    source_of_rule,
    source_of_segment,
)

# What names a source, beside the definition of a rule.
FIELDS = ("segment", "from", "to", "was", "is", "silent", "product")


@dataclass(frozen=True)
class Named:
    """A source with the name that a list of it begins with."""

    source: Source
    name: str


def named_source(said: Mapping[str, str]) -> Named:
    """Refused in the user's words where nothing or nobody is named."""
    if definition := said.get("definition"):
        return Named(source_of_rule(_rule(definition)), "")
    if slug := said.get("segment"):
        source = source_of_segment(slug)
        return Named(source, source.origin.removeprefix("segment "))
    if said.get("was") or said.get("is"):
        source = source_of_move(asked_move(said))
        return Named(source, source.origin)
    if slug := said.get("silent"):
        segment = segment_with_slug(slug[:80])
        source = Source(longest_silent(segment.name), f"{segment.name}, longest silence ever")
        return Named(source, f"{segment.name}, longest silence ever")
    if sku := said.get("product"):
        found = who_would_want(product_with_sku(sku)).customers["customer_pk"].to_list()
        origin = f"who would want product {sku}"
        return Named(Source(found, origin), origin.capitalize())
    raise NotFound("Say of whom: open a segment or a move, and make the list from there.")


def longest_silent(group: str) -> list[int]:
    """Regular customers of an RFM group who are silent longer than ever, in calling order."""
    return in_calling_order(longest_silent_frame([group])["customer_pk"])


def longest_silent_frame(groups: Collection[str]) -> pl.DataFrame:
    """The same of several groups, with their figures, in no order."""
    snapshot = figures_frame().filter(
        pl.col("rfm_group").is_in(groups) & (pl.col("recency_days") > pl.col("gap_days_longest"))
    )
    return snapshot.filter(pl.col("purchase_frequency") >= REGULAR).collect()


def _rule(text: str) -> Any:
    try:
        return keepable(partial(json.loads, text))
    except ValueError as error:
        raise Refused("There is no condition yet. Add one, then make the list.") from error


def carried(said: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What names the source, for the hidden fields of a form."""
    names = (*FIELDS, "definition")
    return [(name, str(said[name])) for name in names if said.get(name)]
