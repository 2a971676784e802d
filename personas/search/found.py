"""What a search answers with."""

from dataclasses import dataclass, field

# In the palette and on the page of results, of each kind.
MOST = 6
# Fewer letters find ids and pages only: a letter stands in nearly every name.
LEAST_LETTERS = 2


@dataclass(frozen=True)
class Hit:
    """One thing that was found, and where it stands."""

    label: str
    url: str
    note: str = ""
    icon: str = "arrow-right"
    css: str = ""


@dataclass(frozen=True)
class Part:
    """What was found of one kind; ``more_url`` leads to all where there are more than shown."""

    title: str
    hits: list[Hit] = field(default_factory=list)
    more_url: str = ""
    more: str = ""
    # As one of them and several of them are called in a sentence.
    names: tuple[str, str] = ("thing", "things")


def words_of(text: str) -> list[str]:
    return text.casefold().split()


def best_first(found: list[Hit], text: str) -> list[Hit]:
    """Labels that are the text, then those that begin with it, then by name."""
    wanted = text.casefold().strip()

    def place(hit: Hit) -> tuple[bool, bool, str]:
        label = hit.label.casefold()
        return label != wanted, not label.startswith(wanted), label

    return sorted(found, key=place)
