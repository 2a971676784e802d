"""Figures as people write them, where they are."""

import pytest

from core.formats import counted, grouped, money, whole
from core.services import configure_organisation

pytestmark = pytest.mark.django_db

WRITTEN = [
    ("en-US", "USD", "1,234,567", "$1,234.50", "−$12", "2,469 customers"),
    ("en-GB", "GBP", "1,234,567", "£1,234.50", "−£12", "2,469 customers"),
    ("de-DE", "EUR", "1.234.567", "1.234,50\u00a0€", "−12\u00a0€", "2.469 customers"),
    ("fr-FR", "EUR", "1\u00a0234\u00a0567", "1\u00a0234,50\u00a0€", "−12\u00a0€",
     "2\u00a0469 customers"),
    ("it_IT", "CHF", "1.234.567", "1.234,50\u00a0CHF", "−12\u00a0CHF", "2.469 customers"),
    ("xx-XX", "USD", "1,234,567", "$1,234.50", "−$12", "2,469 customers"),
]  # fmt: skip


@pytest.mark.parametrize(("locale", "currency", "many", "amount", "owed", "people"), WRITTEN)
def test_digits_and_signs_stand_as_the_shops_locale_has_them(
    locale, currency, many, amount, owed, people
):
    configure_organisation(locale=locale, currency=currency)
    assert whole(1_234_567) == many
    assert money(1234.5, 2) == amount
    assert money(-12) == owed
    assert counted(2469, "customer") == people


def test_a_missing_figure_is_a_dash_and_decimals_are_kept():
    configure_organisation(locale="de-DE")
    assert (whole(None), money(None)) == ("–", "–")
    assert grouped(0.25, 2) == "0,25"
    assert grouped(-1234.5, 1) == "-1.234,5"
