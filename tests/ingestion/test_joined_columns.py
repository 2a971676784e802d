"""A name or an address that stands in several columns of a file is read as one."""

import io
import json

import pytest

from core.errors import Refused
from customers.models import Customer
from customers.selectors import identity
from ingestion.drafts import begin_draft, try_draft
from ingestion.kept_files import Whose, rows_about
from ingestion.known_kinds import kind_named
from ingestion.mapping import chosen_mapping
from ingestion.models import Load, Profile
from ingestion.proposals import proposals
from ingestion.services import load_file, load_numbered, receive_file
from runs.services import perform
from tests.conftest import person

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = (
    "Kundennummer;Vorname;Nachname;E-Mail;Straße;PLZ;Ort\n"
    "7;Anna;Meier;anna@example.com;Am Ring 3;50667;Köln\n"
    "8;;Kruse;k@example.com;;50667;\n"
    "9;;;n@example.com;;;\n"
)


def names() -> dict[str, str]:
    people = {c.customer_id: identity(c.pk) for c in Customer.objects.all()}
    return {number: " ".join(one.texts) for number, one in people.items()}


def received(tmp_path, columns: dict, text: str = PEOPLE) -> Load:
    path = tmp_path / "people.csv"
    path.write_text(text)
    load = receive_file(path=path, kind="customers", mapping={"columns": columns}, send=False)
    assert perform(run=load.run, job=load_file).error == ""
    return load_numbered(load.pk)


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Customer ID,First Name,Surname,Email", ["First Name", "Surname"]),
        ("Kundennummer,Nachname,Vorname,E-Mail", ["Vorname", "Nachname"]),
        ("N° client,Prénom,Nom,E-mail", ["Prénom", "Nom"]),
        ("Número de cliente,Nombre,Apellidos", ["Nombre", "Apellidos"]),
        ("Codice cliente,Nome,Cognome", ["Nome", "Cognome"]),
        ("Klantnummer,Voornaam,Achternaam", ["Voornaam", "Achternaam"]),
        ("Nr klienta,Imię,Nazwisko", ["Imię", "Nazwisko"]),
        ("Código do cliente,Nome,Apelido", ["Nome", "Apelido"]),
        # One that holds both alone is taken alone, and so is one part where no other is there.
        ("Kundennummer,Name,E-Mail,Vorname,Nachname", ["Name"]),
        ("Número de cliente,Nombre,E-mail", ["Nombre"]),
    ],
)
def test_first_name_and_surname_are_proposed_together(header, name):
    found = proposals(kind_named("customers"), dict.fromkeys(header.split(","), ()))
    assert (found["name"].headers, found["name"].sure) == (name, True)


def test_an_address_is_proposed_of_its_parts():
    header = PEOPLE.split("\n")[0].split(";")
    found = proposals(kind_named("customers"), dict.fromkeys(header, ()))
    assert found["address"].headers == ["Straße", "PLZ", "Ort"]
    assert found["address"].how == "Its parts by their names in German"


def test_a_mapping_joins_what_is_filled_with_a_space(tmp_path):
    columns = {"customer_id": "Kundennummer", "name": ["Vorname", "Nachname"], "email": ""}
    load = received(tmp_path, columns)
    assert names() == {"7": "Anna Meier", "8": "Kruse", "9": ""}
    assert load.mapping["columns"]["name"] == ["Vorname", "Nachname"]
    assert set(load.notes["ignored_columns"]) == {"E-Mail", "Straße", "PLZ", "Ort"}


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"customer_id": ["a", "b"]}, r"customer_id is one column of the file.*name or address"),
        ({"name": ["a", 7]}, "name is one column of the file"),
        ({"name": None}, "name is one column of the file"),
    ],
)
def test_what_cannot_be_joined_is_refused(columns, words):
    with pytest.raises(Refused, match=words):
        chosen_mapping(kind=kind_named("customers"), preset="", mapping={"columns": columns})


def test_a_part_that_the_file_has_not_is_named(tmp_path):
    columns = {"customer_id": "Kundennummer", "name": ["Vorname", "Nachnahme"]}
    with pytest.raises(Refused, match="names 'Nachnahme'.*nearest is 'Nachname'"):
        received(tmp_path, columns)


def test_the_wizard_shows_both_and_keeps_them_for_the_next_file(client):
    client.force_login(person("ann"))
    draft = begin_draft(upload=io.BytesIO(PEOPLE.encode()), file_name="kunden.csv")
    first = client.get(f"/imports/drafts/{draft.pk}/")
    form = first.context["form"]
    shown = {field.html_name: field.value() or "" for field in [*form.about, *form.written]}
    client.post(f"/imports/drafts/{draft.pk}/", shown)
    url = f"/imports/drafts/{draft.pk}/columns/"
    page = client.get(url)
    assert "Four columns are found, none by a guess." in page.content.decode()
    assert "<code>Anna Meier</code>" in page.content.decode()
    line = next(line for line in page.context["lines"] if line["name"] == "name")
    assert [select["chosen"] for select in line["selects"]] == ["Vorname", "Nachname", ""]
    said = {line["field"].html_name: [s["chosen"] for s in line["selects"]]
            for line in page.context["lines"]}  # fmt: skip
    client.post(url, {**said, "profile_name": "People"})
    draft.refresh_from_db()
    assert draft.mapping["columns"]["name"] == ["Vorname", "Nachname"]
    assert draft.mapping["columns"]["email"] == "E-Mail"
    assert Profile.objects.get().mapping["columns"]["name"] == ["Vorname", "Nachname"]
    again = client.get(url).context["lines"]
    assert next(one for one in again if one["name"] == "name")["how"].startswith("Its parts")

    load = try_draft(draft=draft, dry_run=False, send=False)
    perform(run=load.run, job=load_file)
    assert "Vorname + Nachname" in client.get(f"/imports/{load.pk}/").content.decode()


def test_a_fix_of_a_joined_name_replaces_it(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE)
    mapping = {
        "columns": {"customer_id": "Kundennummer", "name": ["Vorname", "Nachname"], "email": ""},
        "fixes": {"name": {"Anna Meier": "Anna Maier"}},
    }
    load = receive_file(path=path, kind="customers", mapping=mapping, send=False)
    perform(run=load.run, job=load_file)
    assert names()["7"] == "Anna Maier"


def test_a_row_without_a_number_is_found_by_the_whole_name(tmp_path):
    text = PEOPLE + ";Anna;Meier;;;;\n;Anna;Kruse;;;;\n"
    columns = {"customer_id": "Kundennummer", "name": ["Vorname", "Nachname"]}
    load = received(tmp_path, columns, text)
    whose = Whose(meant=lambda ids: set(), texts=frozenset({"anna meier"}))
    assert rows_about(load, whose) == [5]


def test_the_api_takes_a_list(client, tmp_path):
    client.force_login(person("ann"))
    mapping = {"columns": {"customer_id": "Kundennummer", "name": ["Vorname", "Nachname"]}}
    file = io.BytesIO(PEOPLE.encode())
    file.name = "people.csv"
    answer = client.post(
        "/api/v1/imports/", {"file": file, "kind": "customers", "mapping": json.dumps(mapping)}
    )
    assert answer.status_code == 202
    assert Load.objects.get().mapping["columns"] == mapping["columns"]
