"""What a header and the first rows let one think about a file."""

import pytest

from ingestion.header_words import languages, plain
from ingestion.known_kinds import kinds
from ingestion.presets import PRESETS
from ingestion.proposals import proposals, proposed_kind, proposed_preset

ORDERS = ("customer_id", "occurred_at", "order_id", "sku", "quantity", "amount")
HEADERS = {
    "English": "Cust #,Order Date,Invoice No,Item Number,Qty,Line Total",
    "German": "Kundennummer,Bestelldatum,Rechnungsnummer,Artikelnummer,Menge,Betrag",
    "French": "N° client,Date de commande,Numéro de facture,Référence,Quantité,Montant",
    "Spanish": "Número de cliente,Fecha de pedido,Nº factura,Código de artículo,Cantidad,Importe",
    "Italian": "Codice cliente,Data ordine,Numero fattura,Codice articolo,Quantità,Importo",
    "Dutch": "Klantnummer,Besteldatum,Factuurnummer,Artikelnummer,Aantal,Bedrag",
    "Polish": "Nr klienta,Data zamówienia,Numer faktury,Kod produktu,Ilość,Kwota",
    "Portuguese": "Código do cliente,Data do pedido,Número da fatura,Código do produto,Qtd,Valor",
}


def of(kind: str, sample):
    return proposals(kinds()[kind], sample)


def headers_by_name(kind: str, headers: list[str]) -> dict[str, str]:
    return {name: p.header for name, p in of(kind, dict.fromkeys(headers, ())).items()}


@pytest.mark.parametrize("language", sorted(languages()))
def test_an_export_is_understood_in_each_language(language):
    headers = HEADERS[language].split(",")
    found = of("order_lines", dict.fromkeys(headers, ()))
    assert {name: p.header for name, p in found.items()} == dict(zip(ORDERS, headers, strict=True))
    assert all(p.sure for p in found.values())
    assert found["occurred_at"].how == f"Its name in {language}"


def test_case_accents_and_signs_of_a_header_do_not_matter():
    assert plain("Kunden-Nr.") == plain("KUNDENNR") == "kundennr"
    assert plain("Größe") == plain("GROESSE").replace("oe", "o") == "grosse"


def test_a_name_that_only_holds_a_word_is_a_guess():
    found = of("order_lines", {"Kundennummer alt": ("7", "8")})
    assert found["customer_id"].how == "Guess: its name holds “kundennummer”"
    assert not found["customer_id"].sure


def test_content_tells_where_the_name_does_not_and_is_a_guess():
    sample = {"k": ("A", "B"), "x": ("2026-01-31", "2026-02-01"), "y": ("12,40", "3,00")}
    found = of("order_lines", sample)
    assert {name: (p.header, p.how) for name, p in found.items()} == {
        "occurred_at": ("x", "Guess: it holds dates"),
        "amount": ("y", "Guess: it holds amounts"),
    }
    assert of("customers", {"m": ("a@b.example",)})["email"].header == "m"


def test_a_column_whose_values_cannot_be_it_is_not_proposed():
    assert "amount" not in of("order_lines", {"Wert": ("gut", "schlecht")})
    assert of("order_lines", {"Wert": ("1.249,50 €", "-3,00")})["amount"].header == "Wert"


def test_a_number_is_taken_from_the_column_of_numbers_and_not_of_names():
    names, surnames = ("Anna Müller", "Bo Berg"), ("Müller", "Berg")
    for kunde in (names, surnames):
        found = of("order_lines", {"Kunde": kunde, "Kd.-Nr.": ("1001", "1002")})
        assert (found["customer_id"].header, found["customer_id"].sure) == ("Kd.-Nr.", True)
    alone = of("order_lines", {"Kunde": names})["customer_id"]
    assert alone.how == "Guess: its name in German, yet it holds several words"
    assert not alone.sure
    assert of("order_lines", {"Kunde": ("1001", "1002")})["customer_id"].sure
    assert of("order_lines", {"Kunde": ()})["customer_id"].sure


def test_two_columns_that_may_be_it_make_a_guess():
    found = of("order_lines", {"Order Date": (), "Date": ()})
    assert (found["occurred_at"].header, found["occurred_at"].sure) == ("Order Date", False)


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ("Kundennummer,Bestelldatum,Betrag", "order_lines"),
        ("Artikelnummer,Bezeichnung,Warengruppe,Marke", "products"),
        ("Kundennummer,Name,E-Mail,Telefon,Geburtsdatum", "customers"),
        ("customer_id,channel,purpose,granted,at", "consents"),
        ("customer_id,kind,score,at,text", "feedback"),
        ("customer_id,recency_days,purchase_frequency,income", "customer_features"),
        ("customer_id,channel,opened_at,closed_at,subject", "interactions"),
    ],
)
def test_the_kind_is_told_by_the_header(headers, kind):
    ordered = sorted(kinds().values(), key=lambda one: one.key != "order_lines")
    assert proposed_kind(ordered, headers.split(",")).key == kind


@pytest.mark.parametrize("key", sorted(set(PRESETS) - {"generic"}))
def test_each_known_file_is_told_by_its_own_header(key):
    headers = list(PRESETS[key].columns["order_lines"].values())
    assert proposed_preset([*headers, "Notes"]) == (key, "order_lines")


def test_a_file_that_nobody_knows_has_no_preset():
    assert proposed_preset(["customer_id", "occurred_at", "amount", "order_id"]) == ("generic", "")
