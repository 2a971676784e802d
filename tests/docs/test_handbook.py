"""A handbook sends nobody to a page that is closed to them, and names nothing that is not there."""

import csv
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import resolve

from accounts.capabilities import Role
from personas.navigation import AREAS
from tests.api.test_access import MATRIX

ROOT = Path(settings.BASE_DIR)
ROWS = list(csv.DictReader(MATRIX.read_text().splitlines()))
OPEN = {(row["route"], role) for row in ROWS for role in Role.values if row[role] == "allowed"}
SOURCES = [*ROOT.glob("templates/**/*.html"), *ROOT.glob("*/*.py"), *ROOT.glob("*/[a-z]*/*.py")]
SHOWN = "\n".join(path.read_text() for path in SOURCES if "tests" not in path.parts)


def handbook(role: str) -> str:
    return (ROOT / "docs" / "handbook" / f"{role}.md").read_text()


@pytest.mark.parametrize("role", Role.values)
def test_every_address_in_it_is_open_to_its_reader(role):
    named = re.findall(r"`(/[^`]*)`", handbook(role))
    assert "/" in named
    closed = [path for path in named if (resolve(path).route, role) not in OPEN]
    assert closed == []


@pytest.mark.parametrize("role", Role.values)
def test_every_page_and_button_in_it_is_called_so(role):
    named = re.findall(r"\*\*([^*]+)\*\*", re.sub(r"\s+", " ", handbook(role)))
    assert [name for name in named if name not in SHOWN] == []


def test_every_page_of_the_menu_stands_in_some_handbook():
    told = "\n".join(handbook(role) for role in Role.values)
    labels = [page.label for _, pages in AREAS for page in pages if page.label != "Home"]
    assert [label for label in labels if label not in told] == []
