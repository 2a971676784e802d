"""Cleaning rules are chosen on a page between the columns and the dry run."""

import pytest

from ingestion.drafts import draft_numbered, rules_of_draft, say_rules, try_draft
from ingestion.models import Load
from ingestion.profiles import keep_profile
from ingestion.rule_book import rules
from ingestion.services import load_file, load_numbered
from runs.services import perform
from tests.ingestion.test_wizard import GERMAN, dropped, understood

pytestmark = pytest.mark.django_db(transaction=True)

CAP = {"rule": "outliers", "column": "amount", "method": "limits", "then": "capped", "most": 100.0}


@pytest.fixture
def draft():
    return understood(dropped())


def test_a_rule_is_added_by_its_form_and_taken_off_again(client, ann, draft):
    client.force_login(ann)
    here = f"/imports/drafts/{draft.pk}/rules/"
    page = client.get(here).content.decode()
    assert "No cleaning rule works on kasse.csv: it comes in as it is." in page
    assert "Customers who may be one" not in page
    sent = {
        "rule": "outliers", "outliers-column": "amount", "outliers-method": "limits",
        "outliers-then": "capped", "outliers-most": "100", "outliers-reach": "1.5",
        "outliers-low": "0.01", "outliers-high": "0.99", "outliers-least": "",
    }  # fmt: skip
    assert client.post(here, sent).status_code == 302
    assert rules_of_draft(draft_numbered(draft.pk)) == [CAP]
    page = client.get(here).content.decode()
    assert "1 cleaning rule works on kasse.csv." in page
    assert "Method: limits; What happens to them: capped; Most: 100.0" in page
    client.post(here, {"off": "0"})
    assert rules_of_draft(draft_numbered(draft.pk)) == []


def test_lists_and_pairs_are_typed_line_by_line(client, ann, draft):
    client.force_login(ann)
    here = f"/imports/drafts/{draft.pk}/rules/"
    client.post(
        here,
        {"rule": "categories", "categories-column": "channel", "categories-case": "lower",
         "categories-synonyms": "shop = store\nweb=online\n"},
    )  # fmt: skip
    client.post(
        here,
        {"rule": "returns", "returns-by": "column", "returns-column": "Kassierer",
         "returns-values": "Meyer\n", "returns-prefix": "C", "returns-then": "left out"},
    )  # fmt: skip
    assert rules_of_draft(draft_numbered(draft.pk)) == [
        {"rule": "categories", "column": "channel", "case": "lower", "spaces": False,
         "look_alikes": False, "synonyms": {"shop": "store", "web": "online"}},
        {"rule": "returns", "by": "column", "column": "Kassierer", "values": ["Meyer"],
         "then": "left out"},
    ]  # fmt: skip


def test_what_a_rule_cannot_mean_is_said_on_the_page_and_nothing_is_kept(client, ann, draft):
    client.force_login(ann)
    here = f"/imports/drafts/{draft.pk}/rules/"
    sent = {"rule": "dates", "dates-column": "occurred_at", "dates-forms": "soon"}
    answer = client.post(here, sent)
    assert answer.status_code == 400
    assert "is no form of a date; write one like %d.%m.%Y" in answer.content.decode()
    assert client.post(here, {"rule": "dates"}).status_code == 400
    assert rules_of_draft(draft_numbered(draft.pk)) == []


def test_the_rules_work_in_the_dry_run_and_in_the_load_after_it(client, ann, draft):
    client.force_login(ann)
    say_rules(draft=draft, rules=[CAP])
    client.post(f"/imports/drafts/{draft.pk}/rules/", {"do": "try"})
    load = Load.objects.get(draft=draft)
    perform(run=load.run, job=load_file)
    told = load_numbered(load.pk).notes["rules"][0]
    assert (load.dry_run, told["changed"]) == (True, 1)
    page = client.get(f"/imports/{load.pk}/").content.decode()
    assert "1 cleaning rule: 1 row changed" in page
    assert f"/imports/drafts/{draft.pk}/rules/" in page


def test_a_rule_for_dates_takes_the_word_from_the_form_that_was_guessed(draft):
    say_rules(
        draft=draft,
        rules=[{"rule": "dates", "column": "occurred_at", "forms": ["%d.%m.%Y %H:%M"]}],
    )
    load = try_draft(draft=draft_numbered(draft.pk), send=False)
    perform(run=load.run, job=load_file)
    load = load_numbered(load.pk)
    assert load.run.error == ""
    assert load.notes["rules"][0]["changed"] == 3


def test_rules_are_kept_in_the_mapping_and_come_with_it_again(client, ann, draft):
    keep_profile(draft=draft, name="Kasse", headers=["x"], actor=ann)
    client.force_login(ann)
    say_rules(draft=draft, rules=[CAP])
    draft = draft_numbered(draft.pk)
    headers = ["Kundennummer", "Bestelldatum", "Rechnungsnummer", "Artikelnummer", "Menge",
               "Betrag", "Kassierer"]  # fmt: skip
    type(draft.profile).objects.update(headers=headers)
    client.post(f"/imports/drafts/{draft.pk}/rules/", {"do": "try"})
    assert type(draft.profile).objects.get().mapping["rules"] == [CAP]
    assert rules_of_draft(dropped()) == [CAP]


def test_every_rule_has_its_form(client, ann, draft):
    client.force_login(ann)
    page = client.get(f"/imports/drafts/{draft.pk}/rules/").content.decode()
    for rule in rules().values():
        assert (rule.title in page) == (not rule.kinds or "order_lines" in rule.kinds)


def test_cancelled_invoices_are_proposed_as_returns_and_never_made_so_silently(client, ann):
    draft = understood(dropped(GERMAN.replace("R1", "101").replace("R2", "C101")))
    client.force_login(ann)
    here = f"/imports/drafts/{draft.pk}/rules/"
    page = client.get(here).content.decode()
    assert "Proposed: Order numbers like C101 stand beside such as 101:" in page
    assert rules_of_draft(draft_numbered(draft.pk)) == []
    client.post(here, {"rule": "returns", "returns-by": "prefix", "returns-prefix": "C",
                       "returns-then": "returned"})  # fmt: skip
    assert rules_of_draft(draft_numbered(draft.pk)) == [{"rule": "returns", "by": "prefix"}]
    assert "Proposed:" not in client.get(here).content.decode()


def test_numbers_that_no_chosen_rule_reads_are_proposed_beside_the_rules_that_stand(client, ann):
    text = GERMAN.replace("1.249,50", "1.249,50 $").replace("12,40", "12,40 $")
    draft = say_rules(draft=understood(dropped(text)), rules=[CAP])
    client.force_login(ann)
    columns = client.get(f"/imports/drafts/{draft.pk}/columns/").content.decode()
    assert "amount bears a currency or brackets, and no rule that was chosen reads that" in columns
    here = f"/imports/drafts/{draft.pk}/rules/"
    page = client.get(here)
    assert "Proposed: amount is written like 1.249,50 $ and 12,40 $" in page.content.decode()
    (proposed,) = page.context["proposed"]
    client.post(here, {"rule": proposed.rule, **proposed.fields})
    draft = draft_numbered(draft.pk)
    assert rules_of_draft(draft) == [CAP, {"rule": "amounts", "column": "amount"}]
    assert "Proposed:" not in client.get(here).content.decode()
    columns = client.get(f"/imports/drafts/{draft.pk}/columns/").content.decode()
    assert "bears a currency" not in columns
    load = try_draft(draft=draft, send=False)
    perform(run=load.run, job=load_file)
    assert load_numbered(load.pk).loaded == 2


def test_no_cancellations_are_proposed_where_all_orders_are_numbered_alike(client, ann, draft):
    client.force_login(ann)
    assert "Proposed:" not in client.get(f"/imports/drafts/{draft.pk}/rules/").content.decode()


def test_marketing_chooses_no_rules(client, mara, draft):
    client.force_login(mara)
    assert client.post(f"/imports/drafts/{draft.pk}/rules/", {"do": "try"}).status_code == 403
    assert Load.objects.count() == 0
