"""Whatever a program sends, the API never answers with an error of ours."""

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error

from accounts.services import create_api_key
from tests.conftest import person
from tests.shops import nine_and_one as shop
from tests.shops.coming_in import bring_in, refreshed

pytestmark = pytest.mark.django_db(transaction=True)


def fuzzed(tmp_path, examples: int) -> int:
    """Requests sent, valid and invalid ones, by somebody who may do nearly everything."""
    bring_in(tmp_path, shop.ORDER_LINES)
    refreshed(shop.AS_OF)
    _, key = create_api_key(email=person("ann").email, name="fuzz")
    api = schemathesis.openapi.from_wsgi("/api/schema/?format=json", get_wsgi_application())
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
                headers = {"Authorization": f"Bearer {key}"}
                case.call_and_validate(headers=headers, checks=[not_a_server_error])

            send()
    return sent


def test_no_request_breaks_it(tmp_path):
    assert fuzzed(tmp_path, examples=4) > 100


@pytest.mark.slow
def test_no_request_of_very_many_breaks_it(tmp_path):
    assert fuzzed(tmp_path, examples=100) > 2000
