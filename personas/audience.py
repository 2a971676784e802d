"""The audience builder: a rule as a form, and who it finds while one types."""

from dataclasses import dataclass
from typing import Any

import polars as pl

import features.frames
import features.selectors
from accounts.capabilities import Capability
from accounts.models import User
from core.errors import Refused
from core.formats import counted, money, whole
from customers.aliases import known_as
from customers.models import Channel
from personas.audience_found import preview_words, sample
from segmentation.frames import compiler
from segmentation.models import SegmentKind
from segmentation.rule_form import CONSENT, EVENT, FEATURE, GROUP, SEGMENT, Node, is_share, to_rule
from segmentation.rule_words import CHANNELS, OPS, condition_words, label, sentence, value_words
from segmentation.rules import WHERE
from segmentation.selectors import rules_named, segments, summary
from transactions.frames import mirror_products

# A text with more different values than this is typed, not picked.
MOST_CHOICES = 24
NUMBER_OPS = (">=", ">", "<=", "<", "between", "=", "!=", "in", "is_null", "not_null")
OPS_OF = {
    "text": ("in", "!=", "is_null", "not_null"),
    "boolean": ("=", "!=", "is_null", "not_null"),
}
FAMILIES = {
    "rfm": "Groups",
    "clusters": "Groups",
    "predictions": "Predictions",
    "purchases": "Purchases",
    "profile": "Who they are",
    "imported": "From your files",
}
ORDER = ("Groups", "Predictions", "Purchases", "Who they are", "From your files")


@dataclass(frozen=True)
class Catalogue:
    """What the builder needs of the catalogue, read once a page."""

    dtypes: dict[str, str]
    definitions: dict[str, str]
    units: dict[str, str]
    choices: list[dict[str, Any]]


def catalogue() -> Catalogue:
    entries = features.selectors.catalogue()
    definitions = {entry.name: entry.definition for entry in entries}
    groups: dict[str, list[tuple[str, str]]] = {}
    for entry in entries:
        title = FAMILIES.get(entry.family, entry.family.capitalize())
        groups.setdefault(title, []).append((entry.name, label(entry.name, definitions)))
    titles = sorted(groups, key=lambda t: (ORDER.index(t) if t in ORDER else len(ORDER), t))
    return Catalogue(
        {entry.name: entry.dtype for entry in entries},
        definitions,
        {entry.name: entry.unit for entry in entries},
        [{"title": title, "options": groups[title]} for title in titles],
    )


class Audience:
    """One look at a rule: its form with counts, its preview, and why one customer is in or out."""

    def __init__(self, root: Node, *, user: User, who: str = "", focus: int | None = None) -> None:
        self._root, self._user, self._focus = root, user, focus
        self._personal = user.can(Capability.VIEW_PERSONAL_DATA)
        self._known = catalogue()
        for node in root.walk():
            self._settle(node)
        self._snapshot = features.frames.snapshot()
        self.rule = to_rule(root, self._known.dtypes)
        self._problems: dict[int, str] = {}
        self._tests = self._compiled()
        self.who = who.strip()

    def page(self) -> dict[str, Any]:
        counts = self._counts()
        found = summary(self._inside())
        return {
            "rule": self.rule,
            "finding": self._finding(found),
            "words": self._words(),
            "tree": self._drawn(self._root, counts),
            "narrowing": self._narrowing(counts),
            "everyone": whole(counts["everyone"]),
            "preview": preview_words(found, counts["everyone"]),
            "sample": sample(self._inside(), found["total"], personal=self._personal),
            "why": self._why(),
            "who": self.who,
            "channels": CHANNELS.items(),
            "features": self._known.choices,
            "segments": segments().filter(kind=SegmentKind.RULE).exists(),
            "event_keys": WHERE,
        }

    def _settle(self, node: Node) -> None:
        """A comparison that the chosen feature does not know gives way to its usual one."""
        if node.kind == FEATURE and (dtype := self._known.dtypes.get(node.first("feature"))):
            ops = OPS_OF.get(dtype, NUMBER_OPS)
            if node.first("op") not in ops:
                node.said["op"], node.said["value"] = [ops[0]], []
            if dtype == "boolean" and not node.first("value"):
                node.said["value"] = ["true"]

    def _compiled(self) -> dict[int, pl.Expr]:
        """Each finished node as an expression; what cannot be answered says so at its place."""
        tests, compiled = {}, compiler()
        for node in self._root.walk():
            rule = to_rule(node, self._known.dtypes)
            if rule is not None:
                try:
                    tests[node.number] = compiled(rule)
                except Refused as refusal:
                    self._problems[node.number] = refusal.message
        return tests

    def _inside(self) -> pl.LazyFrame:
        if self._root.number in self._problems:
            return self._snapshot.clear()
        test = self._tests.get(self._root.number)
        return self._snapshot if test is None else self._snapshot.filter(test)

    def _counts(self) -> dict[Any, int]:
        """{number: alone, ("after", number): left after the conditions up to it, "everyone"}."""
        wanted: dict[str, pl.Expr] = {"everyone": pl.len()}
        for number, test in self._tests.items():
            wanted[f"alone {number}"] = test.sum()
        so_far: pl.Expr | None = None
        for child in self._root.children if self._root.first("mode") == "all" else []:
            test = self._tests.get(child.number)
            if test is not None:
                so_far = test if so_far is None else so_far & test
                wanted[f"after {child.number}"] = so_far.sum()
        named = self._snapshot.select(e.alias(name) for name, e in wanted.items())
        row = named.collect().row(0, named=True)
        counts: dict[Any, int] = {"everyone": row.pop("everyone")}
        for name, value in row.items():
            kind, _, number = name.partition(" ")
            counts[int(number) if kind == "alone" else ("after", int(number))] = int(value or 0)
        return counts

    def _finding(self, found: dict[str, Any]) -> str:
        total = found["total"]
        if self._root.number in self._problems:
            return "The rule cannot be answered yet."
        if not total:
            return "Nobody matches."
        verb = "matches" if total == 1 else "match"
        many = (
            f"{counted(total, 'customer')} {verb}" if self.rule else f"All {whole(total)} customers"
        )
        reach = found["reachable"].get(Channel.EMAIL, 0)
        spent = f"They spent {money(found['revenue'])}"
        return f"{many}. {spent}, and {whole(reach)} of them may be written to by e-mail."

    def _words(self) -> list[tuple[str, bool]]:
        if self.rule is None or self._root.number in self._problems:
            return []
        told = sentence(self.rule, self._known.definitions, self._known.units)
        return [("Customers ", False), *told, (".", False)]

    def _narrowing(self, counts: dict[Any, int]) -> str:
        """Which condition takes away most."""
        left, steps = counts["everyone"], []
        for place, child in enumerate(self._root.children, start=1):
            after = counts.get(("after", child.number))
            if after is not None:
                steps.append((left - after, place, left, after))
                left = after
        if len(steps) < 2:
            return "Who they are"
        _, place, before, after = max(steps)
        ordinal = {1: "first", 2: "second", 3: "third"}.get(place, f"{place}th")
        return f"The {ordinal} condition does the narrowing: {whole(before)} to {whole(after)}"

    def _drawn(self, node: Node, counts: dict[Any, int], parent: int = 0) -> dict[str, Any]:
        alone, after = counts.get(node.number), counts.get(("after", node.number))
        if node is self._root:
            after = counts["everyone"]
        return {
            "number": node.number,
            "place": f"{node.number} {parent} {node.kind}",
            "kind": node.kind,
            "is_root": node is self._root,
            "mode": node.first("mode"),
            "alone": "" if alone is None or node is self._root else whole(alone),
            "after": "" if after is None else whole(after),
            "width": f"{(after or 0) / max(counts['everyone'], 1) * 100:.1f}",
            "problem": self._problems.get(node.number, "") if node.kind != GROUP else "",
            "focus": node.number == self._focus,
            "children": [self._drawn(child, counts, node.number) for child in node.children],
            **self._controls(node),
        }

    def _controls(self, node: Node) -> dict[str, Any]:
        if node.kind == FEATURE:
            return self._feature_controls(node)
        if node.kind == SEGMENT:
            typed = node.first("segment")
            return {"segment": typed, "offered": rules_named(typed)}
        if node.kind == CONSENT:
            return {"channel": node.first("channel")}
        if node.kind == EVENT:
            keys, values = node.said.get("key", []), node.said.get("value", [])
            return {
                "pairs": [
                    {"key": key, "value": value, "known": _known_words(key)}
                    for key, value in zip(keys, values, strict=False)
                ],
                "at_least": node.first("at_least"),
                "within_days": node.first("within_days"),
            }
        return {}

    def _feature_controls(self, node: Node) -> dict[str, Any]:
        name, op = node.first("feature"), node.first("op")
        dtype = self._known.dtypes.get(name, "")
        choices = self._choices(name) if dtype == "text" else []
        picked = node.said.get("value", [])
        return {
            "feature": name,
            "op": op,
            "type": dtype if dtype in ("text", "boolean", "") else "number",
            "ops": [(op, OPS[op]) for op in OPS_OF.get(dtype, NUMBER_OPS)],
            "choices": [(c, c in picked) for c in choices],
            "value": node.first("value"),
            "high": node.first("high"),
            "needs_value": op not in ("is_null", "not_null"),
            "unit": "of 100" if is_share(name) else self._known.units.get(name, ""),
        }

    def _choices(self, name: str) -> list[str]:
        """The values that a text feature has, where they are few enough to pick from."""
        found = self._snapshot.select(pl.col(name).cast(pl.String).unique()).collect()
        by_value = {s.name: s.position for s in segments().exclude(kind=SegmentKind.RULE)}
        known = [value for value in found[name] if value is not None]
        values = sorted(known, key=lambda value: (by_value.get(value, 0), value))
        return values if len(values) <= MOST_CHOICES else []

    def _why(self) -> dict[str, Any]:
        """Every condition for one customer: what is asked, what they have, whether it holds."""
        if not self.who or not self._user.can(Capability.VIEW_CUSTOMERS):
            return {}
        customer = known_as(self.who)
        row = self._snapshot.filter(pl.col("customer_pk") == (customer.pk if customer else -1))
        found = row.select(
            pl.all(), *(test.alias(f"test {n}") for n, test in self._tests.items())
        ).collect()
        if found.is_empty():
            return {"finding": f"There is no customer {self.who} in the figures", "rows": []}
        values = found.row(0, named=True)
        inside = bool(values.get("test 0", True))
        return {
            "finding": f"Why is {self.who} {'in' if inside else 'out'}?",
            "rows": [
                self._reason(node, values)
                for node in self._root.walk()
                if node.kind != GROUP and node.number in self._tests
            ],
        }

    def _reason(self, node: Node, values: dict[str, Any]) -> dict[str, Any]:
        rule = to_rule(node, self._known.dtypes) or {}
        what, asked = condition_words(rule, self._known.definitions, self._known.units)
        has = ""
        if node.kind == FEATURE:
            value = values.get(node.first("feature"))
            has = "not known" if value is None else value_words(
                node.first("feature"), value, self._known.units
            )  # fmt: skip
        holds = bool(values[f"test {node.number}"])
        return {"holds": holds, "what": what, "asked": asked, "has": has}


def _known_words(key: str) -> list[str]:
    """What the products' category, department or brand can be, to choose from while one types."""
    if key not in WHERE:
        return []
    return (
        mirror_products().select(pl.col(key).drop_nulls().unique().sort()).collect()[key].to_list()
    )
