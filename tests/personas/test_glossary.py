"""One meaning for every word: the glossary, and the marks that lead to it."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from personas.evidence_words import IN_GLOSSARY
from personas.glossary.gathered import declared_features, written

ROOT = Path(settings.BASE_DIR)
# As templates name a figure, and as the code behind them does.
IN_TEMPLATES = re.compile(r'<c-computed of="([\w]+)"')
IN_CODE = re.compile(r'"of": "([\w]+)"|\bof="([\w]+)"')


def used() -> set[str]:
    names = set()
    for path in (ROOT / "templates").rglob("*.html"):
        names |= set(IN_TEMPLATES.findall(path.read_text()))
    for app in ("personas", "segmentation", "campaigns"):
        for path in (ROOT / app).rglob("*.py"):
            found = IN_CODE.findall(path.read_text())
            names |= {one or other for one, other in found}
    return names


def known() -> list[str]:
    words = [term.name for chapter in written() for term in chapter.terms]
    return words + [feature.name for feature in declared_features()]


@pytest.mark.django_db
def test_every_figure_that_a_page_explains_is_in_the_glossary():
    assert (used() | set(IN_GLOSSARY.values())) - set(known()) == set()


@pytest.mark.django_db
def test_a_word_has_one_meaning_and_an_anchor_that_an_address_can_name():
    names = known()
    assert sorted(names) == sorted(set(names))
    assert [name for name in names if not re.fullmatch(r"[a-z0-9_]+", name)] == []


@pytest.mark.django_db
def test_the_glossary_holds_features_metrics_and_scores(client, vic):
    client.force_login(vic)
    page = client.get(reverse("glossary")).content.decode()
    for name in ("purchase_monetary_value", "brier", "lift", "ndcg_at_10", "uplift", "reachable"):
        assert f'<div id="{name}">' in page
    assert "Sum of line amounts; returned lines count on neither side." in page


@pytest.mark.django_db
def test_one_figure_is_a_page_and_over_another_page_a_part(client, vic):
    client.force_login(vic)
    address = reverse("term", args=["brier"])
    assert "Brier score: how far probabilities lie" in client.get(address).content.decode()
    part = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert part.startswith('<div class="term-shown">')
    assert "Mean of (probability − outcome)²" in part
    assert client.get(reverse("term", args=["nonsense"])).status_code == 404


@pytest.mark.django_db
def test_help_offers_what_the_role_may_do(client, mara, vic):
    client.force_login(mara)
    assert "Prepare a campaign" in client.get(reverse("help")).content.decode()
    client.force_login(vic)
    page = client.get(reverse("help")).content.decode()
    assert "What you can do here as Viewer." in page
    assert "Prepare a campaign" not in page
