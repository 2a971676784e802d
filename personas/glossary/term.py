from dataclasses import dataclass, field


@dataclass(frozen=True)
class Term:
    """A figure: what it is, how it is worked out, and what to keep in mind."""

    name: str
    title: str
    definition: str
    how: str = ""
    unit: str = ""
    source: str = ""
    missing: str = ""


@dataclass(frozen=True)
class Chapter:
    """Terms that belong together; ``slug`` is its anchor on the page."""

    title: str
    slug: str
    about: str
    terms: list[Term] = field(default_factory=list)
