"""A file in another currency than the shop's: said once, before all else, with the ways out."""

import pytest

from core.services import configure_organisation
from ingestion.foreign_money import foreign_in_load, foreign_in_sample
from ingestion.known_kinds import kind_named
from ingestion.models import Load
from tests.ingestion.test_first_look import walked
from tests.ingestion.test_wizard import tried
from tests.shops.coming_in import bring_in

pytestmark = pytest.mark.django_db(transaction=True)

CONVERT = "Convert the amounts to USD where the file is written"
SETTINGS = "If the shop itself counts in EUR: an administrator can say so under Settings"
LEAVE_OUT = "Only if the amounts are in USD already and Währung is wrong: leave that column out."
COLUMNS = {"currency": "Währung", "amount": "Betrag"}


def euros(many: int, other: int = 0) -> str:
    rows = [f"K{n};{1 + n % 28:02}.01.2026 10:00;{n};{n},50;EUR" for n in range(1, many + 1)]
    rows += [f"K{n};02.01.2026 10:00;{n};{n},50;usd" for n in range(many + 1, many + other + 1)]
    return "\n".join(["Kundennummer;Bestelldatum;Rechnungsnummer;Betrag;Währung", *rows, ""])


def of(sample: dict[str, list[str]], columns: dict[str, str] = COLUMNS):
    return foreign_in_sample(kind_named("order_lines"), columns, sample)


def test_a_euro_file_in_a_dollar_shop_is_told_while_its_columns_are_chosen(client):
    draft = walked(client, euros(60))
    page = client.get(f"/imports/drafts/{draft.pk}/columns/").content.decode()
    assert "All of the first 50 amounts are in EUR; this shop counts in USD." in page
    for way in (CONVERT, SETTINGS, LEAVE_OUT):
        assert way in page


def test_the_dry_run_says_it_of_the_whole_file_once(client):
    draft = walked(client, euros(60))
    url = f"/imports/drafts/{draft.pk}/columns/"
    said = {line["field"].html_name: line["chosen"] for line in client.get(url).context["lines"]}
    client.post(url, said)
    draft.refresh_from_db()
    load = tried(draft)
    assert (load.read, load.rejected) == (60, 60)
    page = client.get(f"/imports/{load.pk}/").content.decode()
    assert page.count("All 60 amounts are in EUR; this shop counts in USD.") == 1
    assert LEAVE_OUT in page


def test_what_is_recorded_already_keeps_the_currency(tmp_path):
    bring_in(tmp_path, "customer_id,occurred_at,amount\nA,2026-01-01,5\n")
    assert not any(way.startswith("If the shop itself") for way in of({"Währung": ["EUR"]}).ways)


def test_part_of_a_file_is_counted_and_a_few_rows_are_dirt(client):
    mixed = of({"Währung": ["EUR", "eur", "gbp", "USD", ""]})
    assert mixed.words.startswith("3 of the first 4 amounts are in EUR and GBP; this shop")
    assert of({"Währung": ["EUR", *["USD"] * 10]}) is None
    assert of({"Währung": ["usd", "USD"]}) is None
    assert of({"Währung": []}) is None


def test_amounts_tell_their_currency_by_its_mark():
    told = of({"Betrag": ["30,36 €", "CHF 7", "5.00"]}, {"amount": "Betrag"})
    assert told.words.startswith("2 of the first 3 amounts are in CHF and EUR;")
    assert told.ways == [f"{CONVERT}, or in a spreadsheet, and bring it in again."]
    assert of({"Betrag": ["$ 5", "7 USD"]}, {"amount": "Betrag"}) is None
    configure_organisation(currency="EUR")
    assert of({"Betrag": ["$ 5"]}, {"amount": "Betrag"}).words.startswith(
        "The first amount is in $;"
    )


def test_a_load_without_foreign_money_says_nothing(tmp_path):
    bring_in(tmp_path, "customer_id,occurred_at,amount\nA,2026-01-01,5\nB,2026-01-01,x\n")
    assert foreign_in_load(Load.objects.get()) is None
