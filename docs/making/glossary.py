"""The glossary as a page, from the code that gives every word its meaning."""

from core.contracts.builder import Builder, Feature
from core.registry import plugins

HEAD = """# Glossary

Every word of the product has one meaning. This page is written from the code at each build, so
that it says what the pages say.
"""


def glossary_page() -> str:
    return HEAD + "\n## Figures about a customer\n\n" + _features()


def _features() -> str:
    """Shares by channel are of the shop: their family, without one, declares none."""
    families = plugins(packages=["features.builders"], contract=Builder)
    rows = [_row(feature, key) for key, family in families.items() for feature in family().features]
    head = "| name | what it says | unit | of | family |\n|---|---|---|---|---|"
    return "\n".join([head, *sorted(rows)]) + "\n"


def _row(feature: Feature, family: str) -> str:
    said = feature.definition[:1].upper() + feature.definition[1:]
    return f"| `{feature.name}` | {said} | {feature.unit} | {feature.source} | {family} |"
