"""The docs are a site: built without a warning, read without a network."""

import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings

from accounts.capabilities import Role
from docs.making.__main__ import build
from features.builders.purchases import Purchases
from personas.glossary.gathered import written

ROOT = Path(settings.BASE_DIR)
FETCHED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}


class Addresses(HTMLParser):
    """What a browser fetches for a page, and the pages that it links to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.links: list[str] = []
        self.feed(path.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag in FETCHED and found.get("rel") != "canonical":
            self.fetched.append(found.get(FETCHED[tag]) or "")
        if tag == "a":
            self.links.append(found.get("href") or "")


def every(found: Addresses) -> list[str]:
    """All that lie within the site."""
    return [a for a in [*found.links, *found.fetched] if a and not re.match(r"[a-z]+:|#|//", a)]


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = build(folder)
    assert done.returncode == 0, done.stderr
    said = [line for line in done.stderr.splitlines() if not line.startswith("INFO")]
    assert said == []
    return folder


def test_nothing_is_fetched_from_elsewhere(site):
    pages = list(site.rglob("*.html"))
    assert site / "index.html" in pages
    elsewhere = {
        address
        for page in pages
        for address in Addresses(page).fetched
        if re.match(r"(https?:)?//", address)
    }
    assert elsewhere == set()
    styles = "".join(path.read_text() for path in site.rglob("*.css"))
    assert re.findall(r"(?:url\(|@import )[\"']?(?:https?:)?//[^)\"']*", styles) == []


def test_every_link_and_picture_within_the_site_is_there(site):
    lacking = {
        f"{page.relative_to(site)}: {address}"
        for page in site.rglob("*.html")
        # The page of what is not there is served anywhere, so it names places from the top.
        if page.name != "404.html"
        for address in every(Addresses(page))
        if not (page.parent / address.partition("#")[0]).exists()
    }
    assert lacking == set()


def test_the_first_page_is_the_readme(site):
    wanted = re.findall(r"^## (.+)$", (ROOT / "README.md").read_text(), flags=re.MULTILINE)
    shown = (site / "index.html").read_text()
    assert [title for title in wanted if title not in shown] == []


def test_every_decision_stands_in_the_menu(site):
    links = Addresses(site / "index.html").links
    written = {f"decisions/{p.stem}.html" for p in ROOT.glob("docs/decisions/0*.md")}
    assert {link for link in links if link.startswith("decisions/0")} == written


def test_the_glossary_says_what_the_code_says(site):
    shown = unescape((site / "glossary.html").read_text())
    terms = [term for chapter in written() for term in chapter.terms]
    assert [t.name for t in terms if f"<strong>{t.title}</strong>" not in shown] == []
    assert [t.name for t in terms if t.definition[1:] not in shown] == []
    first = Purchases().features[0]
    assert f"<code>{first.name}</code>" in shown
    assert first.definition[1:] in shown


def test_every_role_has_its_handbook_in_the_menu(site):
    links = Addresses(site / "index.html").links
    assert {f"handbook/{role}.html" for role in Role.values} <= set(links)


def test_each_decision_has_a_number_of_its_own_which_its_title_says():
    paths = sorted((ROOT / "docs" / "decisions").glob("0*.md"))
    numbers = [int(path.name[:4]) for path in paths]
    assert [int(re.match(r"# (\d+)", path.read_text())[1]) for path in paths] == numbers
    assert len(set(numbers)) == len(numbers)
