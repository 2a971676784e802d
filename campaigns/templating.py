"""Messages' small language, read when a message is saved and filled for one customer at a time.

``{{ field|fallback }}`` in subject and body; in a paragraph of its own ``{{ products|fallback }}``,
``{{ products:5|… }}`` or ``{{ slot:name|fallback }}``; ``[words](https://…)`` and bare addresses as
links. There is nothing else: no expression, no attribute, no loop, so that nothing can be reached
through it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

from django.utils.html import escape

from campaigns.message_blocks import (
    HTTP,
    Offer,
    Shown,
    listed,
    listed_html,
    shown_html,
    shown_text,
)
from core.errors import Refused

FIELDS = {
    "first_name": "the first word of the customer's name",
    "name": "the customer's name",
    "region": "where the customer lives",
    "shop": "the shop's name",
}
PRODUCTS, SLOT = "products", "slot"
USUAL_PRODUCTS, MOST_PRODUCTS = 3, 10
LONGEST_SUBJECT, LONGEST_BODY, LONGEST_VALUE = 200, 100_000, 200

_PLACE = r"\{\{(?P<place>.*?)\}\}"
_LINK = r"\[(?P<words>[^\[\]\n]+)\]\((?P<url>[^\s()]*)\)"
_BARE = r"(?P<bare>https?://[^\s<>\"'{}]*[^\s<>\"'{}.,;:!?)])"
_IN_SUBJECT = re.compile(_PLACE, re.DOTALL)
_IN_BODY = re.compile(f"{_PLACE}|{_LINK}|{_BARE}", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
NAMING_A_SLOT = " A slot is written {{ slot:its-name|… }}."


class BadTemplate(Refused):
    code = "bad_template"


@dataclass(frozen=True)
class Place:
    """A field with what stands there where the customer's own value is missing."""

    name: str
    fallback: str


@dataclass(frozen=True)
class Products:
    most: int
    fallback: str


@dataclass(frozen=True)
class SlotPlace:
    """What a slot shows to the customer, or the fallback where it shows nothing."""

    slug: str
    fallback: str


@dataclass(frozen=True)
class Link:
    words: str
    url: str


Block = Products | SlotPlace
Node = str | Place | Block | Link
Paragraph = tuple[Node, ...]


NO_SLOTS: Mapping[str, Shown] = {}


def check(*, subject: str, body: str) -> None:
    """Refuse what could not be sent, naming the input at fault; nothing else is kept of it."""
    read_subject(subject)
    read_body(body)


@lru_cache(maxsize=256)
def read_subject(subject: str) -> Paragraph:
    if len(subject) > LONGEST_SUBJECT:
        raise _bad("subject", f"The subject is longer than {LONGEST_SUBJECT} characters.")
    nodes = _nodes(subject.strip(), _IN_SUBJECT, "subject")
    if any(isinstance(node, Block) for node in nodes):
        raise _bad("subject", "Products and slots stand in the body, not in the subject.")
    if not subject.strip():
        raise _bad("subject", "Give the message a subject.")
    return nodes


@lru_cache(maxsize=256)
def read_body(body: str) -> tuple[Paragraph, ...]:
    if len(body) > LONGEST_BODY:
        raise _bad("body", f"The message is longer than {LONGEST_BODY:,} characters.")
    parts = re.split(r"\n[ \t]*\n", body.replace("\r\n", "\n").replace("\r", "\n").strip())
    paragraphs = tuple(_nodes(part.strip(), _IN_BODY, "body") for part in parts)
    if not any(paragraphs):
        raise _bad("body", "Give the message a text.")
    if any(len(p) > 1 and any(isinstance(n, Block) for n in p) for p in paragraphs):
        raise _bad("body", "Put {{ products|… }} or {{ slot:…|… }} into a paragraph of its own.")
    return paragraphs


def wants_products(body: str) -> int:
    """How many products the body's block asks for; 0 where it has none."""
    blocks = [n.most for p in read_body(body) for n in p if isinstance(n, Products)]
    return max(blocks, default=0)


def wants_slots(body: str) -> list[str]:
    """The slots that the body names, each once."""
    named = [n.slug for p in read_body(body) for n in p if isinstance(n, SlotPlace)]
    return list(dict.fromkeys(named))


def subject_of(subject: str, values: Mapping[str, str | None]) -> str:
    return _one_line("".join(_plain(node, values) for node in read_subject(subject)))


def text_of(
    body: str,
    values: Mapping[str, str | None],
    offers: Sequence[Offer] = (),
    shown: Mapping[str, Shown] = NO_SLOTS,
) -> str:
    """``shown``: what each slot of the body shows to the customer, by its name."""
    return "\n\n".join(
        "".join(_plain(node, values, offers, shown) for node in paragraph)
        for paragraph in read_body(body)
    )


def html_of(
    body: str,
    values: Mapping[str, str | None],
    offers: Sequence[Offer] = (),
    shown: Mapping[str, Shown] = NO_SLOTS,
) -> str:
    """The same as HTML of our own making; every word in it is escaped."""
    return "\n".join(
        _paragraph_html(paragraph, values, offers, shown) for paragraph in read_body(body)
    )


def _nodes(text: str, pattern: re.Pattern[str], where: str) -> Paragraph:
    nodes: list[Node] = []
    at = 0
    for found in pattern.finditer(text):
        nodes += _words(text[at : found.start()], where)
        nodes.append(_node(found.groupdict(), where))
        at = found.end()
    return tuple(nodes + _words(text[at:], where))


def _words(text: str, where: str) -> list[Node]:
    for sign in ("{{", "}}"):
        if sign in text:
            near = text[max(0, text.index(sign) - 10) :][:30].strip()
            raise _bad(
                where, f"{sign} at “{near}” has no partner. Write {{{{ first_name|there }}}}."
            )
    return [text] if text else []


def _node(found: dict[str, str | None], where: str) -> Node:
    if found["place"] is not None:
        return _place(found["place"], where)
    if found.get("bare"):
        return Link("", found["bare"] or "")
    words, url = found["words"] or "", found["url"] or ""
    if not HTTP.match(url):
        raise _bad(where, f"The link “{words}” must begin with http:// or https://.")
    if "{{" in words + url:
        raise _bad(where, f"The link “{words}” must not hold a field.")
    return Link(words, url)


def _place(inside: str, where: str) -> Place | Block:
    name, _, fallback = (part.strip() for part in inside.partition("|"))
    name, _, count = (part.strip() for part in name.partition(":"))
    if name not in (*FIELDS, PRODUCTS, SLOT):
        near = get_close_matches(name, [*FIELDS, PRODUCTS, SLOT], n=1, cutoff=0)
        nearest = near[0] if near else next(iter(FIELDS))
        known = ", ".join([*FIELDS, PRODUCTS, SLOT])
        raise _bad(
            where,
            f"There is no field {name!r}; the nearest is {nearest}. Fields are: {known}."
            f"{NAMING_A_SLOT if nearest == SLOT else ''}",
        )
    if not fallback:
        raise _bad(
            where,
            f"Say what stands in place of {name} where it is missing: {{{{ {name}|… }}}}.",
        )
    if name == SLOT:
        if not count:
            raise _bad(where, "Name the slot: {{ slot:home-page|… }}.")
        return SlotPlace(count, _one_line(fallback))
    if name != PRODUCTS:
        return Place(name, _one_line(fallback))
    if count and not (count.isdecimal() and 1 <= int(count) <= MOST_PRODUCTS):
        raise _bad(where, f"Products are from 1 to {MOST_PRODUCTS}, and not {count!r}.")
    return Products(int(count or USUAL_PRODUCTS), _one_line(fallback))


def _bad(where: str, words: str) -> BadTemplate:
    return BadTemplate(words, fields={where: words})


def _value(place: Place, values: Mapping[str, str | None]) -> str:
    return _one_line(values.get(place.name) or "")[:LONGEST_VALUE] or place.fallback


def _plain(
    node: Node,
    values: Mapping[str, str | None],
    offers: Sequence[Offer] = (),
    shown: Mapping[str, Shown] = NO_SLOTS,
) -> str:
    if isinstance(node, Place):
        return _value(node, values)
    if isinstance(node, Link):
        return f"{node.words} ({node.url})" if node.words else node.url
    if isinstance(node, Products):
        return listed(offers[: node.most]) or node.fallback
    if isinstance(node, SlotPlace):
        return shown_text(shown.get(node.slug, Shown())) or node.fallback
    return node


def _html(node: Node, values: Mapping[str, str | None]) -> str:
    if isinstance(node, Link):
        return f'<a href="{escape(node.url)}">{escape(node.words or node.url)}</a>'
    return escape(_plain(node, values)).replace("\n", "<br>\n")


def _paragraph_html(
    paragraph: Paragraph,
    values: Mapping[str, str | None],
    offers: Sequence[Offer],
    shown: Mapping[str, Shown],
) -> str:
    block = paragraph[0] if paragraph and isinstance(paragraph[0], Block) else None
    if isinstance(block, SlotPlace):
        told = shown.get(block.slug, Shown())
        return listed_html(told.offers) or shown_html(told) or f"<p>{escape(block.fallback)}</p>"
    if block and offers:
        return listed_html(offers[: block.most])
    return f"<p>{''.join(_html(node, values) for node in paragraph)}</p>"


def _one_line(text: str) -> str:
    """No value can end a header line or a paragraph."""
    return " ".join(_CONTROL.sub(" ", text).split())
