"""What a file's header calls our columns: the words of each language, one file each."""

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path

LANGUAGES = Path(__file__).parent / "languages"
# Letters that no decomposition turns into a plain one.
PLAIN = str.maketrans({"ß": "ss", "ł": "l", "ø": "o", "æ": "ae", "œ": "oe"})


def plain(text: str) -> str:
    """Letters and digits alone, without case and accents: "Kunden-Nr." and "kundennr" are one."""
    text = text.casefold().replace("#", "number").translate(PLAIN)
    spread = unicodedata.normalize("NFKD", text)
    return re.sub(r"[^\w]|_", "", "".join(c for c in spread if not unicodedata.combining(c)))


@cache
def languages() -> dict[str, dict[str, tuple[str, ...]]]:
    """{language: {glossary name: headers that mean it}}, English first."""
    files = sorted(LANGUAGES.glob("*.toml"), key=lambda path: (path.stem != "english", path.stem))
    return {
        path.stem.capitalize(): {
            name: tuple(words) for name, words in tomllib.loads(path.read_text("utf-8")).items()
        }
        for path in files
    }


@cache
def meanings(name: str) -> dict[str, dict[str, int]]:
    """{plain header: {language: place among its words}} for a glossary name."""
    found: dict[str, dict[str, int]] = {}
    for language, words in languages().items():
        for place, word in enumerate(words.get(name, ())):
            found.setdefault(plain(word), {}).setdefault(language, place)
    return found


def language_of(names: Iterable[str], headers: Iterable[str]) -> str:
    """The language in which the most of these headers mean one of these names."""
    said = {plain(header) for header in headers}
    hits = Counter(
        language
        for header in said
        for language in {one for name in names for one in meanings(name).get(header, ())}
    )
    return max(languages(), key=lambda language: hits[language])
