"""What somebody has chosen and typed on the way of a file outlives a reload and a sign-out."""

import pytest
from playwright.sync_api import expect

from ingestion.drafts import draft_numbered, say_how_read
from ingestion.models import Draft, Load
from tests.conftest import PASSWORD, person
from tests.ingestion.test_wizard import dropped, understood
from tests.journeys.steps import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def draft() -> Draft:
    return dropped()


def zone_chosen(page, zone: str) -> None:
    with page.expect_response("**/drafts/*/"):
        page.select_option("#id_time_zone", zone)


def test_a_reload_loses_nothing_that_was_chosen_or_typed(page, live_server, draft):
    sign_in(page, live_server, "ann")
    page.goto(f"{live_server.url}/imports/drafts/{draft.pk}/")
    page.fill("#id_source", "till")
    zone_chosen(page, "Asia/Tokyo")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.reload()
    assert page.input_value("#id_source") == "till"
    assert page.input_value("#id_time_zone") == "Asia/Tokyo"
    page.get_by_role("button", name="Go on to the columns").click()
    page.wait_for_url("**/columns/")
    draft = draft_numbered(draft.pk)
    assert (draft.source, draft.mapping["options"]["time_zone"]) == ("till", "Asia/Tokyo")

    page.fill("#id_profile_name", "Kasse")
    with page.expect_response("**/columns/"):
        page.select_option("#id_column-store", "Kassierer")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.reload()
    assert page.input_value("#id_profile_name") == "Kasse"
    assert page.input_value("#id_column-store") == "Kassierer"
    # Another page lets go of what was not sent.
    page.goto(f"{live_server.url}/imports/drafts/{draft.pk}/")
    page.goto(f"{live_server.url}/imports/drafts/{draft.pk}/columns/")
    page.wait_for_load_state("networkidle")
    assert page.input_value("#id_profile_name") == ""
    assert page.errors == []


def test_a_reload_keeps_each_part_of_a_name(page, live_server):
    people = "Kundennr;Vorname;Nachname;Ort\nA1;Änne;Müller;Köln\nA2;Jörg;Weiß;Bonn\n"
    options = {"encoding": "cp1252", "delimiter": ";"}
    draft = say_how_read(
        draft=dropped(people, name="kunden.csv"), kind="customers", preset="generic",
        source="till", options=options,
    )  # fmt: skip
    sign_in(page, live_server, "ann")
    page.goto(f"{live_server.url}/imports/drafts/{draft.pk}/columns/")
    first, second = (page.locator("select[name=column-name]").nth(place) for place in (0, 1))
    assert (first.input_value(), second.input_value()) == ("Vorname", "Nachname")
    page.fill("#id_profile_name", "Kunden")
    with page.expect_response("**/columns/"):
        second.select_option("Ort")
    page.reload()
    expect(second).to_have_value("Ort")
    assert first.input_value() == "Vorname"
    assert page.input_value("#id_profile_name") == "Kunden"
    assert page.errors == []


def test_what_was_sent_after_the_session_had_ended_is_sent_once_more(page, live_server, draft):
    draft = understood(draft)
    sign_in(page, live_server, "ann")
    page.goto(f"{live_server.url}/imports/drafts/{draft.pk}/columns/")
    page.fill("#id_profile_name", "Kasse")
    with page.expect_response("**/columns/"):
        page.select_option("#id_column-store", "Kassierer")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Try it: a dry run").click()
    page.wait_for_url("**/accounts/login/**")
    assert not Load.objects.exists()
    page.fill("#id_login", person("ann").email)
    page.fill("#id_password", PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Send it now").click()
    page.wait_for_selector("text=kasse.csv is queued.")
    draft = draft_numbered(draft.pk)
    assert draft.mapping["columns"]["store"] == "Kassierer"
    assert draft.profile.name == "Kasse"
    assert Load.objects.get().dry_run
