"""A column that every row needs, and that nothing in the file proposes."""

import io

import pytest

from ingestion.drafts import begin_draft, say_how_read
from ingestion.known_kinds import kind_named
from ingestion.models import Draft, Load
from ingestion.proposals import proposals
from tests.conftest import person

pytestmark = pytest.mark.django_db(transaction=True)

SALES = "Pedido;Quién;Fecha;Importe\nT1;S1;28/12/2025 09:00;11,89\nT2;S2;30/12/2025 10:00;9,10\n"
OPTIONS = {"delimiter": ";", "decimal": ",", "date_format": "%d/%m/%Y %H:%M"}


@pytest.fixture
def draft() -> Draft:
    dropped = begin_draft(upload=io.BytesIO(SALES.encode()), file_name="ventas.csv")
    return say_how_read(
        draft=dropped, kind="order_lines", preset="generic", source="till", options=OPTIONS
    )


def test_the_page_says_which_one_is_still_to_be_chosen_and_an_answer_begins_the_dry_run(
    client, draft
):
    client.force_login(person("ann"))
    url = f"/imports/drafts/{draft.pk}/columns/"
    page = client.get(url)
    finding = "Three columns are found, none by a guess: say which column is customer_id."
    assert page.context["finding"] == finding
    said = {line["field"].html_name: line["chosen"] for line in page.context["lines"]}

    refused = client.post(url, said)
    assert refused.context["refusal"] == (
        "No column is chosen for customer_id (whose order it is), and no row goes without."
        " Choose it below."
    )
    assert refused.context["finding"] == finding
    assert not Load.objects.exists()

    client.post(url, {**said, "column-customer_id": "Quién"})
    assert Load.objects.get().dry_run


@pytest.mark.parametrize("header", ["Nº socio", "N° adhérent", "Mitglieds-Nr", "Lidnummer"])
def test_the_number_of_a_member_is_that_of_a_customer(header):
    sample = {header: ["S1", "S2"], "Fecha": ["28/12/2025"], "Importe": ["11,89"]}
    assert proposals(kind_named("order_lines"), sample)["customer_id"].header == header
