"""The glossary as a page, from the code that gives every word its meaning."""

from core.contracts.builder import Builder, Feature
from core.registry import plugins
from personas.glossary.campaigns import CAMPAIGNS
from personas.glossary.groups import SEGMENTS
from personas.glossary.models import PREDICTIONS, RECOMMENDATIONS
from personas.glossary.shop import SHOP
from personas.glossary.term import Chapter, Term

HEAD = """# Glossary

Every word of the product has one meaning. This page is written from the code at each build, so
that it says what the pages say; there, *How is this computed?* beside a figure leads to its entry.
"""
CHAPTERS = (SHOP, SEGMENTS, PREDICTIONS, RECOMMENDATIONS, CAMPAIGNS)


def glossary_page() -> str:
    parts = [HEAD, *map(_chapter, CHAPTERS), "## What is known about a customer\n\n" + _features()]
    return "\n".join(parts)


def _chapter(chapter: Chapter) -> str:
    return "\n".join([f"## {chapter.title}\n", f"{chapter.about}\n", *map(_term, chapter.terms)])


def _term(term: Term) -> str:
    parts = [f"{_begun(term.definition)}.", f"*How:* {term.how}" if term.how else ""]
    parts.append(f"*Missing:* {term.missing}" if term.missing else "")
    unit = f" ({term.unit})" if term.unit else ""
    said = " ".join(filter(None, parts))
    return f"**{term.title}**{unit}\n{{: #{term.name} }}\n\n{said}\n"


def _features() -> str:
    """Shares by channel are of the shop: their family, without one, declares none."""
    families = plugins(packages=["features.builders"], contract=Builder)
    rows = [_row(feature, key) for key, family in families.items() for feature in family().features]
    head = "| name | what it says | unit | of | family |\n|---|---|---|---|---|"
    return "\n".join([head, *sorted(rows)]) + "\n"


def _row(feature: Feature, family: str) -> str:
    said = _begun(feature.definition)
    return f"| `{feature.name}` | {said} | {feature.unit} | {feature.source} | {family} |"


def _begun(words: str) -> str:
    return words[:1].upper() + words[1:]
