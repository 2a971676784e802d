"""The admin's day and the analyst's day, and a session that runs out in the middle of them."""

import re

import pytest
from django.contrib.sessions.models import Session

from accounts.models import ApiKey, User
from core.models import AuditEntry, Organisation
from ingestion.models import Load
from runs.models import Run
from tests.conftest import PASSWORD, person
from tests.journeys.steps import sign_in
from tests.shops.coming_in import bring_in
from tests.shops.opened_once import open_nine_in_groups

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

REJECTED = "customer_id,order_id,occurred_at,sku,quantity,amount\nA,o99,yesterday,p1,1,10.00\n"
wide = pytest.mark.parametrize("page", ["wide"], indirect=True)


@pytest.fixture
def nine(tmp_path):
    open_nine_in_groups(tmp_path)


def heading(page) -> str:
    return page.get_by_role("heading", level=1).inner_text().replace("\n", " ")


def test_the_admin_invites_somebody_locks_another_out_and_reads_the_audit(
    page, live_server, accessible, nine
):
    person("sam")
    sign_in(page, live_server, "ada")
    assert heading(page) == "2 people may come in; nothing failed in the last seven days."
    accessible(page)
    page.get_by_label("E-mail").fill("nell@shop.example")
    page.get_by_label("Role", exact=True).select_option("viewer")
    page.get_by_role("button", name="Make a login link").click()
    link = page.get_by_text(re.compile(r"/accounts/link/")).inner_text()
    assert link.startswith("http")
    page.get_by_role("link", name="sam", exact=True).click()
    assert heading(page) == "sam has never come in."
    accessible(page)
    page.get_by_role("button", name="Lock out").click()
    page.wait_for_selector("h1:has-text('sam is locked out')")
    page.get_by_role("link", name="All in the audit").click()
    assert heading(page) == "2 entries: by or about sam@shop.example."
    assert "locked sam@shop.example out" in page.get_by_role("table").inner_text()
    accessible(page)
    assert User.objects.get(email="sam@shop.example").is_active is False
    assert page.errors == []


def test_the_analyst_looks_at_a_reject_and_runs_again(
    page, live_server, accessible, nine, tmp_path
):
    load = bring_in(tmp_path, REJECTED)
    sign_in(page, live_server, "ann")
    accessible(page)
    page.get_by_role("link", name="order_lines.csv").first.click()
    page.wait_for_url(f"{live_server.url}/imports/{load.pk}/")
    rejected = page.get_by_role("region", name="Rejected rows").inner_text()
    assert "yesterday" in rejected
    right = tmp_path / "right.csv"
    right.write_text(REJECTED.replace("yesterday", "2026-02-20T12:00:00Z"))
    before = Run.objects.filter(name="import").count()
    page.goto(f"{live_server.url}/imports/new/")
    page.set_input_files("input[type=file]", right)
    page.get_by_role("button", name="Look at it").click()
    page.get_by_role("button", name="Go on to the columns").click()
    page.get_by_role("button", name="Try it: a dry run").click()
    page.wait_for_url(re.compile(r"/imports/\d+/$"))
    assert Run.objects.filter(name="import").count() == before + 1
    assert Load.objects.order_by("-pk").first().file_name == "right.csv"
    page.goto(live_server.url)
    page.get_by_role("button", name=re.compile("Run a refresh")).click()
    page.wait_for_url(re.compile(r"/runs/\d+/$"))
    assert Run.objects.filter(name="refresh").count() == 2
    assert page.errors == []


@wide
def test_what_was_typed_when_the_session_ended_is_sent_after_signing_in(page, live_server):
    sign_in(page, live_server, "ada")
    page.goto(f"{live_server.url}/settings/")
    page.fill("#id_name", "Tea & Co")
    Session.objects.all().delete()
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector("text=what you typed waits for you")
    page.fill("#id_login", "ada@shop.example")
    page.fill("#id_password", PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_selector("h1:has-text('What you typed is still here.')")
    assert "Tea & Co" in page.get_by_role("table").inner_text()
    page.get_by_role("button", name="Send it now").click()
    page.wait_for_selector("h1:has-text('Tea & Co counts days')")
    assert Organisation.objects.get().name == "Tea & Co"
    assert page.errors == []


@wide
def test_a_button_that_is_pressed_twice_acts_once(page, live_server):
    person("ann")
    sign_in(page, live_server, "ada")
    page.goto(f"{live_server.url}/people/keys/")
    page.get_by_label("Which program is it for?").fill("till")
    page.get_by_label("See figures, segment sizes and results").check()
    page.get_by_role("button", name="Make a key").dblclick()
    page.wait_for_selector("text=This is the key of till.")
    assert ApiKey.objects.count() == 1


@wide
def test_a_page_whose_session_ended_in_another_tab_goes_on(page, live_server, nine):
    """A new sign-in changes the token of forms; a form that was open is sent with the new one."""
    sign_in(page, live_server, "ada")
    page.goto(f"{live_server.url}/settings/")
    page.fill("#id_name", "Tea & Co")
    Session.objects.all().delete()
    other = page.context.new_page()
    sign_in(other, live_server, "ada")
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector("h1:has-text('Tea & Co counts days')")


@wide
def test_a_part_of_a_page_says_that_it_was_signed_out(page, live_server, nine):
    sign_in(page, live_server, "ann")
    page.goto(f"{live_server.url}/audience/")
    Session.objects.all().delete()
    page.evaluate("htmx.ajax('GET', '/audience/', {target: 'main', swap: 'none'})")
    page.wait_for_selector("text=You were signed out.")
    assert page.get_by_role("link", name="Sign in in another tab").is_visible()


def test_without_scripts_forms_and_links_still_work(browser, live_server):
    person("sam")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, live_server, "ada")
    page.get_by_role("link", name="People").first.click()
    page.get_by_role("button", name="Lock out sam").click()
    assert "1 person is locked out." in page.content()
    person("sam")
    page.goto(f"{live_server.url}/audit/?kind=people")
    page.get_by_label("Deed").select_option("deactivate")
    page.get_by_role("button", name="Show").click()
    assert "locked sam@shop.example out" in page.content()
    assert AuditEntry.objects.filter(verb="deactivate").count() == 1
    context.close()
