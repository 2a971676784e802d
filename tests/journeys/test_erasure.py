"""An admin erases a person: found by number, typed once more, and told by a certificate."""

from pathlib import Path

import pytest

from customers import erased
from pipelines.erasure import erase
from runs.models import Run
from runs.services import perform
from tests.journeys.steps import sign_in
from tests.shops import nine_and_one as shop
from tests.shops.coming_in import bring_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_ada_erases_a_person_and_reads_the_certificate(page, live_server, accessible, tmp_path):
    bring_in(tmp_path, shop.ORDER_LINES)
    sign_in(page, live_server, "ada")
    page.goto(f"{live_server.url}/erasures/")
    accessible(page)
    page.get_by_label("Customer number").fill("A")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("heading", name="Erase this person?").wait_for()
    accessible(page)
    page.get_by_label("Type the customer number once more").fill("B")
    page.get_by_role("button", name="Erase for good").click()
    page.get_by_text("This is another number. Nothing was erased.").wait_for()
    accessible(page)
    page.get_by_label("Type the customer number once more").fill("A")
    page.get_by_role("button", name="Erase for good").click()
    page.get_by_text(erased.pseudonym("A")).wait_for()
    perform(run=Run.objects.get(name="erase"), job=erase)
    page.goto(f"{live_server.url}/erasures/")
    page.get_by_text("1 erasure stands here").wait_for()
    accessible(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Certificate").click()
    assert erased.pseudonym("A") in Path(download.value.path()).read_text()
    assert page.errors == []
