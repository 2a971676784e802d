"""A rule as a form: a tree of groups and conditions that one can add to, change and take from.

Each node has a number of its own in the form, so that adding one renames no other.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

GROUP, FEATURE, SEGMENT, CONSENT, EVENT = "group", "feature", "segment", "consent", "event"
# What a new condition says before anybody has chosen.
BLANK: dict[str, dict[str, list[str]]] = {
    GROUP: {"mode": ["any"]},
    FEATURE: {},
    SEGMENT: {},
    CONSENT: {"channel": ["email"]},
    EVENT: {"key": ["category"], "value": [""], "at_least": ["1"], "within_days": ["180"]},
}
# Between 0 and 1 in a rule; people say so many of 100.
OF_100 = ("churn_probability",)
SHARES = ("_share", "_rate")
NEEDS_NO_VALUE = ("is_null", "not_null")
MOST_NODES = 200


class Sent(Protocol):
    """What is needed of a request's form."""

    def getlist(self, name: str) -> list[str]: ...


@dataclass
class Node:
    """A group with children, or a condition; ``said`` holds the form's words for it."""

    number: int
    kind: str
    said: dict[str, list[str]] = field(default_factory=dict)
    children: list["Node"] = field(default_factory=list)

    def first(self, name: str) -> str:
        return next(iter(self.said.get(name, [])), "")

    def walk(self) -> Iterator["Node"]:
        yield self
        for child in self.children:
            yield from child.walk()


FIELDS = {
    GROUP: ("mode",),
    FEATURE: ("feature", "op", "value", "high"),
    SEGMENT: ("segment",),
    CONSENT: ("channel",),
    EVENT: ("key", "value", "at_least", "within_days"),
}


def empty_form() -> Node:
    return Node(0, GROUP, {"mode": ["all"]})


def from_form(sent: Sent) -> Node:
    """The tree that a form holds; what does not fit together is left out."""
    nodes: dict[int, Node] = {}
    for told in sent.getlist("node")[:MOST_NODES]:
        number, parent, kind = _place(told)
        if kind in FIELDS and number not in nodes:
            said = {name: sent.getlist(f"{number}-{name}") for name in FIELDS[kind]}
            nodes[number] = Node(number, kind, said)
            if number and parent in nodes and nodes[parent].kind == GROUP:
                nodes[parent].children.append(nodes[number])
    root = nodes.get(0)
    return root if root and root.kind == GROUP else empty_form()


def _place(told: str) -> tuple[int, int, str]:
    number, parent, kind = (told.split(" ") + ["", "", ""])[:3]
    if not (number.isascii() and number.isdigit() and parent.isascii() and parent.isdigit()):
        return 0, 0, ""
    return int(number[:6]), int(parent[:6]), kind


def changed(root: Node, action: str) -> Node:
    """The tree after a button: ``add-KIND:NUMBER`` or ``remove:NUMBER``; others change nothing."""
    verb, _, at = action.partition(":")
    if verb == "remove":
        for node in root.walk():
            node.children = [child for child in node.children if str(child.number) != at]
    kind = verb.removeprefix("add-")
    if verb.startswith("add-") and kind in FIELDS:
        largest = max(node.number for node in root.walk())
        said = {name: list(values) for name, values in BLANK[kind].items()}
        for node in root.walk():
            if str(node.number) == at and node.kind == GROUP:
                node.children.append(Node(largest + 1, kind, said))
                break
    return root


def to_rule(node: Node, dtypes: Mapping[str, str]) -> dict[str, Any] | None:
    """The rule that a node says; None while it is not finished."""
    if node.kind == GROUP:
        return _group_rule(node, dtypes)
    if node.kind == SEGMENT:
        return {"segment": node.first("segment")} if node.first("segment") else None
    if node.kind == CONSENT:
        return {"consent": node.first("channel")} if node.first("channel") else None
    return _event_rule(node) if node.kind == EVENT else _feature_rule(node, dtypes)


def _group_rule(node: Node, dtypes: Mapping[str, str]) -> dict[str, Any] | None:
    rules = [rule for child in node.children if (rule := to_rule(child, dtypes)) is not None]
    if not rules:
        return None
    if node.first("mode") == "none":
        return {"not": rules[0] if len(rules) == 1 else {"any": rules}}
    return {"any" if node.first("mode") == "any" else "all": rules}


def _event_rule(node: Node) -> dict[str, Any] | None:
    times, days = number_of(node.first("at_least")), number_of(node.first("within_days"))
    if times is None or days is None:
        return None
    pairs = zip(node.said.get("key", []), node.said.get("value", []), strict=False)
    where = {key: value for key, value in pairs if value}
    often = {"at_least": _plain(times), "within_days": _plain(days)}
    return {"event": "purchase", "where": where, **often}


def _feature_rule(node: Node, dtypes: Mapping[str, str]) -> dict[str, Any] | None:
    name, op = node.first("feature"), node.first("op")
    if not name or not op:
        return None
    if op in NEEDS_NO_VALUE:
        return {"feature": name, "op": op}
    value = _value_of(node, op, dtypes.get(name, "text"))
    return None if value is None else {"feature": name, "op": op, "value": value}


def _value_of(node: Node, op: str, dtype: str) -> Any:
    given = [text for text in node.said.get("value", []) if text.strip()]
    if dtype == "boolean":
        return given[0] == "true" if given else None
    if dtype == "text":
        return (given or None) if op == "in" else (given[0] if given else None)
    texts = [part for text in given for part in text.split(",")] if op == "in" else given[:1]
    numbers = [number_of(text) for text in [*texts, *([node.first("high")] * (op == "between"))]]
    if not numbers or None in numbers:
        return None
    parts = 100 if is_share(node.first("feature")) else 1
    shown = [_plain(number / parts) for number in numbers if number is not None]
    return shown if op in ("between", "in") else shown[0]


def number_of(text: str) -> float | None:
    """A number as people type it, digits grouped or not; None where it is none."""
    try:
        return float(text.replace(",", "").replace("\u202f", "").strip())
    except ValueError:
        return None


def _plain(number: float) -> float:
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


def is_share(name: str) -> bool:
    """A feature between 0 and 1, which people read as so many of 100."""
    return name in OF_100 or name.endswith(SHARES) or "_share_" in name


def from_rule(rule: Mapping[str, Any]) -> Node:
    """The form of a rule that was saved; the root is always a group."""
    numbers = iter(range(1, MOST_NODES * 10))
    root = _node(rule, numbers)
    if root.kind != GROUP:
        root = Node(0, GROUP, {"mode": ["all"]}, [root])
    root.number = 0
    return root


def _node(rule: Mapping[str, Any], numbers: Iterator[int]) -> Node:
    number = next(numbers)
    for mode in ("all", "any"):
        if mode in rule:
            children = [_node(child, numbers) for child in rule[mode]]
            return Node(number, GROUP, {"mode": [mode]}, children)
    if "not" in rule:
        inner = rule["not"]
        parts = inner["any"] if set(inner) == {"any"} else [inner]
        return Node(number, GROUP, {"mode": ["none"]}, [_node(part, numbers) for part in parts])
    return Node(number, *_condition(rule))


def _condition(rule: Mapping[str, Any]) -> tuple[str, dict[str, list[str]]]:
    if "segment" in rule:
        return SEGMENT, {"segment": [rule["segment"]]}
    if "consent" in rule:
        return CONSENT, {"channel": [rule["consent"]]}
    if "event" in rule:
        where = rule.get("where") or {"category": ""}
        told = {name: [_typed(rule.get(name, 1))] for name in ("at_least", "within_days")}
        return EVENT, {"key": list(where), "value": list(where.values()), **told}
    value, op = rule.get("value"), rule["op"]
    if op == "=" and isinstance(value, str):
        op, value = "in", [value]
    said = {"feature": [rule["feature"]], "op": [op]}
    if is_share(rule["feature"]):
        value = _times_100(value)
    if op == "between":
        return FEATURE, {**said, "value": [_typed(value[0])], "high": [_typed(value[1])]}
    if isinstance(value, list):
        texts = [_typed(part) for part in value]
        numbers = all(not isinstance(part, str) for part in value)
        return FEATURE, {**said, "value": [", ".join(texts)] if numbers else texts}
    return FEATURE, {**said, "value": [] if value is None else [_typed(value)]}


def _times_100(value: Any) -> Any:
    if isinstance(value, list):
        return [_times_100(part) for part in value]
    return value if value is None else _plain(round(float(value) * 100, 6))


def _typed(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
