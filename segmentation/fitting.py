"""Which rules fit one customer: the same compiler over one row, in the time that a page has."""

from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import polars as pl

import features.frames
import features.selectors
from segmentation.events import buyers
from segmentation.frames import compiler
from segmentation.rule_words import condition_words, sentence, value_words
from segmentation.rules import Purchases

Rule = dict[str, Any]


class Fitting:
    """One customer's row, asked by several rules; nobody's where there is no customer.

    A customer whom the snapshot does not know yet has a row in which everything is missing.
    """

    def __init__(self, customer_pk: int | None) -> None:
        self.customer_pk = customer_pk

    def fits(self, rule: Rule) -> bool:
        """Refused where the rule cannot be answered (any more)."""
        return bool(self._row.select(self._compile(rule).alias("fits")).item())

    def missing(self, rule: Rule) -> list[tuple[str, str, str]]:
        """(what, asked, has) of each condition that must be true and is not."""
        found = []
        for part in rule.get("all", [rule]):
            if "all" in part:
                found += self.missing(part)
            elif not self.fits(part):
                found.append(self._told(part))
        return found

    def words(self, rule: Rule) -> str:
        """The rule as a sentence goes on after "customers": whose …, who …"""
        return "".join(text for text, _ in sentence(rule, self._definitions, self._units))

    def _told(self, rule: Rule) -> tuple[str, str, str]:
        if "any" in rule or "not" in rule:
            return self.words(rule), "", ""
        what, asked = condition_words(rule, self._definitions, self._units)
        if "feature" not in rule:
            return what, asked, ""
        value = self._row[rule["feature"]].cast(_plain(self._row[rule["feature"]].dtype)).item()
        has = "not known" if value is None else value_words(rule["feature"], value, self._units)
        return what, asked, has

    @cached_property
    def _row(self) -> pl.DataFrame:
        return features.frames.customer_row(self.customer_pk or 0)

    @cached_property
    def _compile(self) -> Any:
        return compiler(self._bought)

    @cached_property
    def _catalogue(self) -> list[features.selectors.CatalogueEntry]:
        return features.selectors.catalogue()

    @cached_property
    def _definitions(self) -> dict[str, str]:
        return {entry.name: entry.definition for entry in self._catalogue}

    @cached_property
    def _units(self) -> dict[str, str]:
        return {entry.name: entry.unit for entry in self._catalogue}

    def _bought(self, asked: Purchases) -> pl.Series:
        """This customer, where they are among the buyers; those are looked for once a snapshot."""
        published = features.frames.current()
        paths = (published.path, published.delta_path) if published else ("", "")
        where = tuple(sorted(asked.where.items()))
        found = _buyers(paths, where, asked.at_least, asked.within_days)
        at = int(np.searchsorted(found, self.customer_pk or 0))
        inside = at < len(found) and found[at] == self.customer_pk
        return pl.Series([self.customer_pk] if inside else [], dtype=pl.Int64)


@lru_cache(maxsize=64)
def _buyers(
    paths: tuple[str, str], where: tuple[tuple[str, str], ...], at_least: int, within_days: int
) -> np.ndarray:
    """Sorted. Files never change, so the paths of a published pair stand for what they hold."""
    return np.sort(buyers(Purchases(dict(where), at_least, within_days)).to_numpy())


def _plain(dtype: pl.DataType) -> Any:
    return pl.String if dtype in (pl.Categorical, pl.Enum) else dtype
