"""The rules by which two customers may be one person, and the values that match nobody."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from core.encryption import fold
from core.errors import Refused
from core.formats import whole
from core.once import ask_again, asked_once
from customers.contact_indexes import plain_email, plain_phone
from customers.identity_models import MatchingRules

# What can be the same: the plain form in which values of it are compared, and its name in words.
COMPARED = {"email": plain_email, "phone": plain_phone}
WORDS = {"email": "e-mail address", "phone": "telephone number"}
# As shops and their programs write that nobody is known.
NOBODY = (
    "0", "-", "n/a", "na", "nan", "nil", "none", "null", "undefined", "anonymous", "guest",
    "unknown",
)  # fmt: skip
MOST_BLOCKED, LONGEST_BLOCKED = 1_000, 200


class BadRules(Refused):
    code = "bad_matching_rules"


@dataclass(frozen=True)
class Rule:
    """``name_too``: the same in all words of the name beside."""

    by: str
    name_too: bool = False
    on: bool = True

    @property
    def key(self) -> str:
        return f"{self.by}_and_name" if self.name_too else self.by


@dataclass(frozen=True)
class Matching:
    """``rules`` by priority. A blocked value that begins with @ stands for all of its addresses."""

    rules: tuple[Rule, ...] = (Rule("email"), Rule("phone"))
    blocked: tuple[str, ...] = NOBODY

    def blocks(self, value: str, by: str) -> bool:
        """Whether a value, or what is left of it, matches nobody."""
        said = fold(value)
        plain = COMPARED[by]
        if not said or any(said == fold(one) or plain(said) == plain(one) for one in self.blocked):
            return True
        domains = tuple(fold(one) for one in self.blocked if one.startswith("@"))
        return by == "email" and said.endswith(domains) if domains else False


@asked_once
def matching() -> Matching:
    """What holds now; before anybody edited it, what suits most shops."""
    newest = MatchingRules.objects.first()
    if newest is None:
        return Matching()
    return Matching(tuple(Rule(**rule) for rule in newest.rules), tuple(newest.blocked))


def checked(rules: Iterable[Rule], blocked: Iterable[str]) -> Matching:
    """The rules as they can be saved; refused in words where they cannot."""
    named = tuple(rules)
    if sorted(rule.by for rule in named) != sorted(COMPARED):
        raise BadRules("Each of e-mail address and telephone number has one rule.")
    values = tuple(dict.fromkeys(fold(one) for one in blocked if one.strip()))
    if len(values) > MOST_BLOCKED:
        raise BadRules(f"At most {whole(MOST_BLOCKED)} values; these are {whole(len(values))}.")
    if long := next((one for one in values if len(one) > LONGEST_BLOCKED), None):
        raise BadRules(f"“{long[:20]}…” is longer than {LONGEST_BLOCKED} letters.")
    return Matching(named, values)


def unblock(texts: Iterable[str]) -> None:
    """Take what a person called their own out of every version of the blocked values."""
    own = {fold(text) for text in texts}
    for version in MatchingRules.objects.filter(blocked__overlap=sorted(own)):
        version.blocked = [one for one in version.blocked if one not in own]
        version.save(update_fields=["blocked"])
    ask_again(matching)


def stored(found: Matching) -> dict[str, object]:
    return {"rules": [asdict(rule) for rule in found.rules], "blocked": list(found.blocked)}
