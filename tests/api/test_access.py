"""Every route and every role, against a table written by hand (tests/matrix.csv).

allowed: anything but a refusal to come in (404 and 400 answer). denied: 403 for a person, 401 or
a way to the sign-in page for nobody; nothing happened, and one entry says that it was refused.
"""

import csv
from pathlib import Path

import pytest
from django.test import Client
from django.urls import get_resolver
from rest_framework.test import APIClient

from accounts.models import ApiKey
from accounts.services import revoke_api_key, set_active
from core.models import AuditEntry
from runs.models import Run
from segmentation.models import Segment
from tests.architecture.test_code import PUBLIC, routes
from tests.conftest import NAMES, PASSWORD, person

pytestmark = pytest.mark.django_db(transaction=True)

MATRIX = Path(__file__).parents[1] / "matrix.csv"
ROWS = list(csv.DictReader(MATRIX.read_text().splitlines()))
ROLES = {role.value: name for name, role in NAMES.items()}
FILLED = {
    "<int:load_id>": "999", "<int:number>": "999", "<int:pk>": "999",
    "<path:customer_id>": "nobody",
    "<slug:slug>": "nothing", "<slug:name>": "nothing", "<str:predictor>": "nothing",
    "<path:sku>": "x/1",
}  # fmt: skip


def address(route: str) -> str:
    for part, value in FILLED.items():
        route = route.replace(part, value)
    return f"/{route}"


def test_the_table_holds_every_route():
    served = {path for path, _ in routes(get_resolver()) if not path.startswith(PUBLIC)}
    assert {row["route"] for row in ROWS} == served


def written() -> tuple[int, int, int]:
    changes = AuditEntry.objects.exclude(verb__in=["create_user", "create_api_key", "denied"])
    return Run.objects.count(), Segment.objects.count(), changes.count()


def refusals(user) -> int:
    return AuditEntry.objects.filter(verb="denied", actor_id=str(user.pk)).count()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['method']} {row['route']}")
def test_each_role_gets_what_the_table_says(row, api_of):
    is_api = row["route"].startswith("api/")
    found = {}
    for role, name in ROLES.items():
        user = person(name)
        client = api_of(user) if is_api else Client()
        if not is_api:
            assert client.login(email=user.email, password=PASSWORD)
        before, turned_away = written(), refusals(user)
        answer = getattr(client, row["method"].lower())(address(row["route"]))
        allowed = answer.status_code not in (401, 403)
        found[role] = "allowed" if allowed else "denied"
        if not allowed:
            assert answer.status_code == 403
            assert written() == before
        assert refusals(user) == turned_away + (not allowed)
    assert found == {role: row[role] for role in ROLES}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['method']} {row['route']}")
def test_nobody_comes_in_without_a_login(row):
    before = written()
    answer = getattr(APIClient(), row["method"].lower())(address(row["route"]))
    if row["route"].startswith("api/"):
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"] == "Bearer"
        assert answer.json()["error"]["code"] == "not_authenticated"
    else:
        assert answer.status_code == 302
        assert answer["Location"].startswith("/accounts/login/")
    assert written() == before


def test_a_key_may_do_only_what_its_scopes_say(api_of, ann):
    client = api_of(ann, "VIEW_RESULTS")
    assert client.get("/api/v1/segments/").status_code == 200
    assert client.get("/api/v1/runs/").status_code == 403


def test_a_revoked_key_and_a_locked_out_person_stay_outside(api_of, ann, ada):
    client = api_of(ann)
    assert client.get("/api/v1/segments/").status_code == 200
    revoke_api_key(key=ApiKey.objects.get(), actor=ada)
    assert client.get("/api/v1/segments/").status_code == 401
    other = api_of(ann)
    set_active(user=ann, active=False, actor=ada)
    assert other.get("/api/v1/segments/").status_code == 401


def test_a_key_is_kept_only_as_a_hash(ann, api_of):
    api_of(ann)
    stored = ApiKey.objects.get()
    assert len(stored.key_hash) == 64
    assert stored.prefix.startswith("cba_")


def test_locking_somebody_out_ends_their_session(ann, ada):
    client = Client()
    client.login(email=ann.email, password=PASSWORD)
    assert client.get("/").status_code == 200
    set_active(user=ann, active=False, actor=ada)
    assert client.get("/").status_code == 302
