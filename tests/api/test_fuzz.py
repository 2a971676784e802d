"""Whatever a program sends, the API never answers with an error of ours."""

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error

from accounts.services import create_api_key
from tests.campaigns.shop import approved, open_shop
from tests.conftest import person

pytestmark = pytest.mark.django_db(transaction=True)

# Who may do most on which addresses; an analyst elsewhere.
BY_PATH = (("/approve/", "sam"), ("/campaigns/", "mara"), ("/slots/", "mara"))
EVERYBODY = {"feature": "reachable_email", "op": "in", "value": [True, False]}
WHO = {"ann", *(name for _, name in BY_PATH)}


def fuzzed(tmp_path, examples: int) -> int:
    """Requests sent, valid and invalid ones, by those who between them may do everything."""
    open_shop(tmp_path)
    keys = {name: create_api_key(email=person(name).email, name="fuzz")[1] for name in WHO}
    api = schemathesis.openapi.from_wsgi("/api/schema/?format=json", get_wsgi_application())
    known = approved(person("mara"), person("pete"), definition=EVERYBODY).pk
    sent = 0
    for found in api.get_all_operations():
        operation = found.ok()
        for mode in schemathesis.GenerationMode:

            @settings(
                max_examples=examples,
                deadline=None,
                database=None,
                derandomize=True,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy(generation_mode=mode))
            def send(case: schemathesis.Case) -> None:
                nonlocal sent
                sent += 1
                who = next((name for part, name in BY_PATH if part in case.path), "ann")
                if "/campaigns/" in case.path and sent % 2 and "id" in case.path_parameters:
                    case.path_parameters["id"] = known
                headers = {"Authorization": f"Bearer {keys[who]}"}
                case.call_and_validate(headers=headers, checks=[not_a_server_error])

            send()
    return sent


def test_no_request_breaks_it(tmp_path):
    assert fuzzed(tmp_path, examples=4) > 100


@pytest.mark.slow
def test_no_request_of_very_many_breaks_it(tmp_path):
    assert fuzzed(tmp_path, examples=100) > 2000
