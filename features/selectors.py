"""Questions about features: the catalogue, and how fresh it is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from features.building import IMPORTED, builders
from features.frames import current, delta_of
from features.models import ImportedFeatures

# What learners above publish under fixed names, also before their first run; and our own key.
PUBLISHED = frozenset(
    {
        "rfm_group", "rfm_score", "recency_score", "frequency_score", "monetary_score", "cluster",
        "churn_probability", "churn_decile", "expected_orders", "expected_value", "customer_pk",
    }
)  # fmt: skip
# Facts about people that a file may tell as well as the customers' own.
FACTS = frozenset({"region", "acquisition_channel"})
# A name is a number's while some row has a number there and none has a text.
NUMBERS = """
    SELECT name FROM unnest(%s::text[]) name WHERE EXISTS
    (SELECT FROM features_importedfeatures WHERE jsonb_typeof(values -> name) = 'number')
    AND NOT EXISTS
    (SELECT FROM features_importedfeatures WHERE jsonb_typeof(values -> name) = 'string')
"""


@dataclass(frozen=True)
class CatalogueEntry:
    """What a feature means, where it comes from, and for how many customers it is missing."""

    name: str
    dtype: str
    definition: str
    source: str
    unit: str
    transformation: str
    reason: str
    family: str
    null_share: float | None = None
    rests_on: str = ""
    # Its values rest on rows that were made up: nothing is learnt from it.
    synthetic: bool = False


def catalogue() -> list[CatalogueEntry]:
    """Every feature that rules and pages may name: published ones, or the builders' before that."""
    published = current()
    if published is not None:
        return [CatalogueEntry(**entry) for entry in published.catalogue]
    return [
        CatalogueEntry(**_plain(feature), family=builder.key)
        for builder in builders()
        for feature in builder.features
    ]


def computed_names() -> set[str]:
    """Names that builders work out and learners publish."""
    published = current()
    told = published.catalogue if published is not None else []
    names = {entry["name"] for entry in told if entry["family"] != IMPORTED}
    names |= {feature.name for builder in builders() for feature in builder.features}
    return (names | PUBLISHED) - FACTS


def imported_numbers(names: list[str]) -> list[str]:
    """Those of the names under which the shop's own files have brought numbers only."""
    with connection.cursor() as cursor:
        cursor.execute(NUMBERS, [names])
        return [name for (name,) in cursor.fetchall()]


def snapshot_as_of() -> datetime | None:
    published = current()
    return published.as_of if published else None


def as_of_customer(customer_pk: int) -> datetime | None:
    """The moment before which purchases count in a customer's features."""
    published = current()
    if published is None:
        return None
    delta = delta_of(published)
    # Who changed since the refresh was worked out when the delta was made.
    changed = delta is not None and customer_pk in delta["customer_pk"]
    return published.created_at if changed else published.as_of


def anything_imported(*, by: datetime) -> bool:
    """Features that a file of the shop brought, known at a moment."""
    return ImportedFeatures.objects.filter(as_of__lte=by).exists()


def _plain(feature: Any) -> dict[str, Any]:
    return {name: getattr(feature, name) for name in feature.__dataclass_fields__}
