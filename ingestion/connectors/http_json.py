"""Rows of a service that answers in JSON, page after page."""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, ClassVar, Literal
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from core.contracts.connector import (
    Batch,
    Connector,
    Cursor,
    Found,
    Reach,
    SourceRefused,
    asked,
    secret,
)
from core.outbound import Answer, Outbound, host_of

LOOK_SECONDS = 10
# Rows of the newest moment that are remembered, so that they do not come twice.
MOST_MARKS = 5_000
LONGEST_SAID = 160
Row = dict[str, Any]


@dataclass(frozen=True)
class HttpJson(Connector):
    key: ClassVar[str] = "http_json"
    title: ClassVar[str] = "Web service"
    says: ClassVar[str] = "A service that answers in JSON, page after page"
    place: ClassVar[tuple[str, ...]] = ("url", "pagination", "since_parameter", "since_field")

    url: str = asked(label="Address", help="https://shop.example.com/api/orders")
    rows_at: str = asked(
        "", label="Where the rows stand", help="data.orders; empty: the only list of the answer"
    )
    pagination: Literal["link", "next_field", "page", "none"] = asked(
        "link",
        label="The next page",
        choices={
            "link": "stands in the Link header",
            "next_field": "stands in a field of the answer",
            "page": "has the next number",
            "none": "there is one page only",
        },
    )
    next_field: str = asked("next", label="Field of the next page", help="An address or a token")
    page_parameter: str = asked(
        "page", label="Parameter of the page", help="For numbers and for tokens"
    )
    since_parameter: str = asked(
        "", label="Parameter for what is new", help="updated_since; empty: all rows each time"
    )
    since_field: str = asked(
        "", label="Field that it compares", help="updated_at, as the rows have it"
    )
    header: str = asked("Authorization", label="Header of the key")
    token: str = secret(label="Key", help="Sent as Bearer in Authorization, as it is elsewhere")
    flat: bool = asked(
        False, label="Take objects in rows apart", help="customer: {id: 5} becomes customer.id"
    )
    batch_rows: int = asked(5_000, label="Rows at a time", least=1, most=100_000)
    timeout_seconds: int = asked(30, label="Patience in seconds", least=1, most=600)

    def test(self, reach: Reach) -> Found:
        place = _Place()
        with Outbound(min(self.timeout_seconds, LOOK_SECONDS), reach.hosts) as outbound:
            answer = self._fetch(outbound, self._first(place))
        rows, _ = self._page(answer, self._first(place))
        names = tuple(dict.fromkeys(name for row in rows for name in row))
        many = "1 row" if len(rows) == 1 else f"{len(rows):,} rows"
        return Found(f"{host_of(self.url)} answers; its first page has {many}.", names)

    def read(self, cursor: Cursor, reach: Reach) -> Generator[Batch, None, None]:
        place = _Place.at(cursor)
        url: str | None = place.next or self._first(place)
        fresh: list[Row] = []
        asked: set[str] = set()
        before: list[Row] = []
        with Outbound(self.timeout_seconds, reach.hosts) as outbound:
            while url is not None:
                asked.add(url)
                rows, following = self._page(self._fetch(outbound, url), url)
                if following in asked:
                    raise SourceRefused(
                        f"{host_of(url)} leads from page to page in a circle, back to {following}"
                    )
                if self.pagination == "page" and rows and rows == before:
                    raise SourceRefused(
                        f"{host_of(url)} answers {url} with the rows of the page before: it does"
                        f" not count pages by {self.page_parameter}. Name its own parameter, or say"
                        " that there is one page only."
                    )
                before, url = rows, following
                fresh += place.beyond(rows, self.since_field)
                place.next = url
                if fresh and (url is None or len(fresh) >= self.batch_rows):
                    yield Batch(place.as_cursor(), self._name(len(fresh)), objects=tuple(fresh))
                    fresh = []

    def _name(self, rows: int) -> str:
        return f"{rows:,} {'row' if rows == 1 else 'rows'} of {host_of(self.url)}"

    def _first(self, place: _Place) -> str:
        url = self.url.strip()
        if self.pagination == "page":
            url = _with(url, self.page_parameter, 1)
        if self.since_parameter and place.since is not None:
            url = _with(url, self.since_parameter, place.since)
        return url

    def _fetch(self, outbound: Outbound, url: str) -> Answer:
        headers = {"Accept": "application/json"}
        if self.token:
            bearer = self.header.casefold() == "authorization" and " " not in self.token
            headers[self.header] = f"Bearer {self.token}" if bearer else self.token
        answer = outbound.get(url, headers)
        if answer.status != 200:
            raise SourceRefused(_refusal(answer))
        return answer

    def _page(self, answer: Answer, url: str) -> tuple[list[Row], str | None]:
        """The rows of an answer, and the address of the page after it."""
        found = _json(answer)
        rows = self._rows(found)
        following = self._next(answer, found, rows, url)
        if following is not None and urlsplit(following)[:2] != urlsplit(self.url.strip())[:2]:
            # The key would go there too.
            raise SourceRefused(
                f"The next page lies elsewhere, at {host_of(following)}: it is not read."
            )
        return ([_taken_apart(row) for row in rows] if self.flat else rows), following

    def _rows(self, found: Any) -> list[Row]:
        rows = _within(found, self.rows_at) if self.rows_at else found
        if isinstance(rows, dict) and not self.rows_at:
            lists = [value for value in rows.values() if isinstance(value, list)]
            rows = lists[0] if len(lists) == 1 else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            where = f"At {self.rows_at} there is" if self.rows_at else "The answer holds"
            said = json.dumps(found, ensure_ascii=False)
            said = said if len(said) <= LONGEST_SAID else f"{said[:LONGEST_SAID]} …"
            raise SourceRefused(
                f"{where} no list of objects, one for each row. Say where the rows stand, if they"
                f" are in it: {said}"
            )
        return rows

    def _next(self, answer: Answer, found: Any, rows: list[Row], url: str) -> str | None:
        if self.pagination == "link":
            following = answer.links.get("next")
            return urljoin(url, following) if following else None
        if self.pagination == "page":
            page = int(dict(parse_qsl(urlsplit(url).query))[self.page_parameter])
            return _with(url, self.page_parameter, page + 1) if rows else None
        if self.pagination == "next_field":
            said = _within(found, self.next_field)
            if said in (None, "", False):
                return None
            if str(said).startswith(("http://", "https://", "/", "?")):
                return urljoin(url, str(said))
            return _with(url, self.page_parameter, said)
        return None


@dataclass
class _Place:
    """The page to be read next, and the newest moment so far with the rows that had it.

    ``since`` is asked for in all pages of one round; ``top`` becomes it when the round is over.
    """

    next: str | None = None
    since: Any = None
    seen: list[str] = field(default_factory=list)
    top: Any = None
    at_top: list[str] = field(default_factory=list)

    @classmethod
    def at(cls, cursor: Cursor) -> _Place:
        return cls(**cursor)

    def as_cursor(self) -> Cursor:
        if self.next is None:
            since = self.since if self.top is None else self.top
            seen = self.seen if self.top is None else self.at_top
            return {"since": since, "seen": seen[:MOST_MARKS]} if since is not None else {}
        return {
            "next": self.next, "since": self.since, "seen": self.seen, "top": self.top,
            "at_top": self.at_top[:MOST_MARKS],
        }  # fmt: skip

    def beyond(self, rows: list[Row], since_field: str) -> list[Row]:
        """The rows that no earlier round has brought; all, where nothing is compared."""
        if not since_field:
            return rows
        known, fresh = set(self.seen), []
        for row in rows:
            moment, mark = row.get(since_field), _mark(row)
            if moment is None or moment != self.since or mark not in known:
                fresh.append(row)
            if moment is None:
                continue
            if self.top is None or _later(moment, self.top):
                self.top, self.at_top = moment, []
            if moment == self.top:
                self.at_top.append(mark)
        return fresh


def _later(one: Any, other: Any) -> bool:
    if isinstance(one, int | float) and isinstance(other, int | float):
        return one > other
    return str(one) > str(other)


def _mark(row: Row) -> str:
    return blake2b(json.dumps(row, sort_keys=True).encode(), digest_size=8).hexdigest()


def _json(answer: Answer) -> Any:
    host = host_of(answer.url)
    if answer.body.lstrip()[:1] == b"<":
        raise SourceRefused(
            f"{host} answers with a web page, not with JSON. Look whether {answer.url} is the"
            " address of the service, and whether it wants a key."
        )
    try:
        return json.loads(answer.body)
    except UnicodeDecodeError as error:
        raise SourceRefused(
            f"{host} answers in letters that are not UTF-8, in which JSON is written."
        ) from error
    except (ValueError, RecursionError) as error:
        raise SourceRefused(f"{host} answers with something else than JSON: {error}.") from error


def _refusal(answer: Answer) -> str:
    host = host_of(answer.url)
    if answer.status in (401, 403):
        return f"{host} refuses the key ({answer.status}). Make a new one there, and type it here."
    if 300 <= answer.status < 400:
        where = answer.headers.get("location", "another address")
        return f"{host} sends on to {where}. Write that address here if you trust it."
    if answer.status == 404:
        return f"There is nothing at {answer.url} (404)."
    said = " ".join(answer.body[:200].decode(errors="replace").split())
    return f"{host} answers with {answer.status}: {said or 'no word about it'}"


def _within(found: Any, path: str) -> Any:
    """The value at a path like data.orders; None where there is none."""
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _taken_apart(row: Row, before: str = "") -> Row:
    flat: Row = {}
    for name, value in row.items():
        if isinstance(value, dict):
            flat |= _taken_apart(value, f"{before}{name}.")
        else:
            flat[before + name] = value
    return flat


def _with(url: str, name: str, value: Any) -> str:
    """The address with one parameter set."""
    parts = urlsplit(url)
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != name]
    return urlunsplit(parts._replace(query=urlencode([*query, (name, value)])))
