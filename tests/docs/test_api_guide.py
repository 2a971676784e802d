"""Every request of the API guide is sent to a running server, and its answer compared."""

import http.client
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from accounts.capabilities import Role
from accounts.services import create_api_key
from accounts.write_keys import create_write_key
from tests.conftest import NAMES, person
from tests.shops import nine_and_one as shop
from tests.shops.coming_in import bring_in, refreshed

pytestmark = pytest.mark.django_db(transaction=True, reset_sequences=True)

GUIDE = (Path(settings.BASE_DIR) / "docs" / "api.md").read_text()
FENCE = re.compile(r"^```(\w+)(?: (\d+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SAID = "".join(f"{name},email,yes,2026-01-01\n" for name in "ABCDEFGH")


@dataclass(frozen=True)
class Example:
    """A request as it stands in the guide, and what is said to come back."""

    request: str
    kind: str
    status: int
    answer: str


def examples(markdown: str) -> list[Example]:
    found = FENCE.findall(markdown)
    assert [kind for kind, *_ in found[::2]] == ["http"] * (len(found) // 2)
    return [
        Example(request, kind, int(status or 200), answer)
        for (_, _, request), (kind, status, answer) in zip(found[::2], found[1::2], strict=True)
    ]


def differs(told: Any, came: Any, where: str = "") -> Iterator[str]:
    """Where they differ; … stands for any value, and as a name for any more of them."""
    if told == "…":
        return
    if isinstance(told, dict) and isinstance(came, dict):
        if "…" not in told and set(told) != set(came):
            yield f"{where}: {sorted(set(told) ^ set(came))}"
        for name in set(told) - {"…"}:
            yield from differs(told[name], came.get(name, "nothing"), f"{where}.{name}")
    elif isinstance(told, list) and isinstance(came, list):
        wanted = told[:-1] if told[-1:] == ["…"] else told
        if len(wanted) != len(came) and wanted is told:
            yield f"{where}: {len(came)} of them"
        for place, (one, other) in enumerate(zip(wanted, came, strict=False)):
            yield from differs(one, other, f"{where}[{place}]")
    elif told != came:
        yield f"{where}: {came!r}"


@pytest.fixture
def keys(tmp_path) -> dict[str, str]:
    """The shop of the guide, and a key of each role."""
    bring_in(tmp_path, shop.ORDER_LINES)
    bring_in(tmp_path, f"customer_id,channel,granted,at\n{SAID}", "consents")
    refreshed(shop.AS_OF, only=["features", "segments"])
    name_of = {role: name for name, role in NAMES.items()}
    of_roles = {
        role.name: create_api_key(email=person(name_of[role]).email, name="guide")[1]
        for role in Role
    }
    origins = ["https://shop.example"]
    _, sends = create_write_key(email=person("ann").email, name="guide", origins=origins)
    return {**of_roles, "SHOP": sends}


def sent(address: str, request: str, keys: dict[str, str]) -> tuple[int, str]:
    head, _, body = request.partition("\n\n")
    first, *lines = head.strip().splitlines()
    method, path = first.split(" ", 1)
    headers = dict(line.split(": ", 1) for line in lines)
    if "Authorization" in headers:
        headers["Authorization"] = f"Bearer {keys[headers['Authorization'].split()[1]]}"
    path = path.replace("key=SHOP", f"key={keys['SHOP']}")
    server = http.client.HTTPConnection(address, timeout=60)
    server.request(method, path, body.encode() or None, headers)
    answer = server.getresponse()
    return answer.status, answer.read().decode()


def test_every_example_is_answered_as_the_guide_says(keys, live_server):
    address = live_server.url.removeprefix("http://")
    wrong = {}
    for example in examples(GUIDE):
        status, text = sent(address, example.request, keys)
        first = example.request.splitlines()[0]
        assert status == example.status, (first, text)
        if example.kind == "csv" or not example.answer:
            assert text == example.answer, first
        elif found := list(differs(json.loads(example.answer), json.loads(text))):
            wrong[first] = found
    assert wrong == {}


def test_an_ellipsis_stands_for_what_is_left_out_and_for_nothing_else():
    told = {"a": 1, "b": "…", "c": [1, "…"], "…": "…"}
    assert list(differs(told, {"a": 1, "b": 2, "c": [1, 2], "d": 3})) == []
    assert list(differs(told, {"a": 2, "b": 2, "c": [1]})) == [".a: 2"]
    assert list(differs({"a": 1}, {"a": 1, "b": 2})) == [": ['b']"]
    assert list(differs([1], [1, 2])) == [": 2 of them"]
