"""The whole glossary: hand-written chapters, and the catalogue of features as it is now."""

from collections.abc import Iterable
from dataclasses import replace

from core.contracts.builder import Feature
from core.errors import NotFound
from core.formats import of_100
from features.building import builders
from features.selectors import CatalogueEntry, catalogue
from personas.glossary.campaigns import CAMPAIGNS
from personas.glossary.groups import SEGMENTS
from personas.glossary.models import PREDICTIONS, RECOMMENDATIONS
from personas.glossary.shop import SHOP
from personas.glossary.term import Chapter, Term
from segmentation.services.rfm import FEATURES as RFM_FEATURES

FEATURES = Chapter(
    "What is known about a customer",
    "features",
    "Worked out at each refresh from what came before it; rules, pages and exports read these.",
)
# What learners publish, before a first run of theirs has said it more exactly.
LEARNT = (
    Feature("cluster", "text", "the customer’s cluster: who buys alike", "cluster run"),
    Feature(
        "churn_probability", "float32", "probability of no purchase within the horizon",
        "churn model",
    ),
    Feature("churn_decile", "int16", "1: the tenth most likely to leave", "churn model"),
    Feature(
        "expected_orders", "float32", "days with an order expected within the horizon",
        "orders model", "orders",
    ),
    Feature(
        "expected_value", "float64", "money expected within the horizon", "spend model", "money"
    ),
)  # fmt: skip


def glossary() -> list[Chapter]:
    """All chapters; features as the newest refresh published them, else as the code says."""
    told = {feature.name: _declared(feature) for feature in declared_features()}
    told |= {entry.name: _published(entry) for entry in catalogue()}
    return [*written(), replace(FEATURES, terms=[told[name] for name in sorted(told)])]


def written() -> list[Chapter]:
    return [SHOP, SEGMENTS, PREDICTIONS, RECOMMENDATIONS, CAMPAIGNS]


def declared_features() -> Iterable[Feature]:
    """Every feature that the code itself names."""
    for builder in builders():
        yield from builder.features
    yield from RFM_FEATURES
    yield from LEARNT


def term_named(name: str) -> Term:
    for chapter in glossary():
        for term in chapter.terms:
            if term.name == name:
                return term
    raise NotFound(f"The glossary has no {name!r}.")


def _declared(feature: Feature) -> Term:
    return Term(
        feature.name,
        _title(feature.name),
        feature.definition,
        unit=feature.unit,
        source=feature.source,
    )


def _published(entry: CatalogueEntry) -> Term:
    changed = "" if entry.transformation in ("", "none") else f"{entry.transformation}: "
    return Term(
        entry.name,
        _title(entry.name),
        entry.definition,
        how=f"{changed}{entry.reason}." if changed else "",
        unit=entry.unit,
        source=entry.source,
        missing=f"Missing for {of_100(entry.null_share)} of 100 customers."
        if entry.null_share
        else "",
    )


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()
