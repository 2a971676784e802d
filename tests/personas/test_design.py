"""The gallery shows every part that pages are made of, and what a page weighs at first."""

import gzip
import re
from pathlib import Path

import django_htmx
import pytest
from django.conf import settings
from django.test import Client

from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

ROOT = Path(settings.BASE_DIR)
TEMPLATES = ROOT / "templates"
DIST = ROOT / "static" / "dist"
# What every page fetches first, and what pages with charts fetch beside it.
FIRST = (
    DIST / "site.css", DIST / "site.js", DIST / "theme.js", DIST / "icons.svg",
    ROOT / "static" / "fonts" / "inter-latin-opsz-normal.woff2",
)  # fmt: skip


def gallery(user) -> str:
    client = Client()
    assert client.login(email=user.email, password=PASSWORD)
    answer = client.get("/design/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_every_component_stands_in_the_gallery_in_both_themes(vic):
    components = {path.stem for path in (TEMPLATES / "cotton").glob("*.html")}
    page = gallery(vic)
    sections = page.split('data-component="')[1:]
    shown = {text.split('"')[0]: text for text in sections}
    assert set(shown) == components
    for name, inside in shown.items():
        assert re.findall(r'<div data-theme="(\w+)">', inside) == ["light", "dark"], name
    source = (TEMPLATES / "personas" / "design.html").read_text()
    assert {name for name in components if f"<c-{name.replace('_', '-')}" not in source} == set()


def test_every_chart_comes_as_table_as_csv_and_as_picture():
    bare = []
    for path in TEMPLATES.rglob("*.html"):
        for figure in re.findall(r"(?s)<c-figure .*?</c-figure>", path.read_text()):
            drawn = re.search(r"<c-(chart|bands|planes|treemap)\b", figure)
            if drawn and not ('png="yes"' in figure and '<c-slot name="as_table">' in figure):
                bare.append((path.name, drawn[0]))
    assert bare == []


def test_no_chart_stands_outside_a_figure():
    outside = []
    shown_alone = ("cotton/", "personas/design.html")
    for path in TEMPLATES.rglob("*.html"):
        if str(path.relative_to(TEMPLATES)).startswith(shown_alone):
            continue
        rest = re.sub(r"(?s)<c-figure .*?</c-figure>", "", path.read_text())
        outside += [path.name] * len(re.findall("<c-(?:chart|planes|treemap) ", rest))
    assert outside == []


def test_a_first_load_weighs_at_most_200_kb_and_500_with_charts(vic):
    from_page = re.findall(r'(?:src|href)="/static/(?:dist/)?([^"]+)"', gallery(vic))
    assert {path.name for path in FIRST} - {"icons.svg"} <= {Path(name).name for name in from_page}
    first = [path.read_bytes() for path in FIRST]
    htmx = Path(django_htmx.__file__).parent / "static" / "django_htmx" / "htmx-2.min.js"
    first.append(htmx.read_bytes())
    page = gallery(vic).encode()
    weight = sum(len(gzip.compress(part)) for part in [*first, page])
    assert weight <= 200_000
    charts = len(gzip.compress((DIST / "charts.js").read_bytes()))
    assert weight + charts <= 500_000
