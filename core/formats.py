"""How figures are written for people: grouped digits, whole currency units, shares of a hundred.

Digits are grouped as the organisation's locale does; words, and so the names of days, are English
(decisions/0064).
"""

from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from django.utils.formats import get_format

from core.selectors import organisation, organisation_zone

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
SIGNS = {"USD": "$", "EUR": "€", "GBP": "£"}

# Where people write the sign behind the amount, with a space that does not break.
SIGN_BEHIND = {
    "bg", "cs", "da", "de", "es", "et", "fi", "fr", "hr", "hu", "it", "lt", "lv", "nb", "pl", "pt",
    "ro", "ru", "sk", "sl", "sv", "uk",
}  # fmt: skip


def grouped(value: float | Decimal, decimals: int = 0) -> str:
    """1,234.5 in the United States, 1.234,5 in Germany."""
    text = f"{value:,.{decimals}f}"
    thousand, decimal = _separators(organisation().locale)
    if (thousand, decimal) == (",", "."):
        return text
    whole_part, _, rest = text.partition(".")
    return whole_part.replace(",", thousand) + (decimal + rest if rest else "")


@lru_cache(maxsize=16)
def _separators(locale: str) -> tuple[str, str]:
    """(between thousands, before decimals) by Django's formats; English where unknown."""
    language = locale.replace("_", "-").lower()
    names = ("THOUSAND_SEPARATOR", "DECIMAL_SEPARATOR")
    thousand, decimal = (get_format(name, lang=language, use_l10n=True) for name in names)
    return thousand, decimal


def whole(value: float | None) -> str:
    """A count, or a dash where there is none."""
    return "–" if value is None else grouped(value)


def money(value: float | None, decimals: int = 0) -> str:
    """Whole units of the organisation's currency, or with so many decimals."""
    if value is None:
        return "–"
    shop = organisation()
    minus, amount = "−" if value < 0 else "", grouped(abs(value), decimals)
    if shop.locale[:2].lower() in SIGN_BEHIND:
        return f"{minus}{amount}\u00a0{SIGNS.get(shop.currency, shop.currency)}"
    return f"{minus}{SIGNS.get(shop.currency, f'{shop.currency} ')}{amount}"


def of_100(share: float) -> str:
    """A share as people say it; a small one that is not nothing says so."""
    return "under 1" if 0 < share < 0.005 else f"{share * 100:.0f}"


def day(moment: datetime | None) -> str:
    """A day by the shop's clock: Sun 22 Nov 2026."""
    if moment is None:
        return "–"
    return moment.astimezone(organisation_zone()).strftime("%a %-d %b %Y")


def short_day(moment: datetime) -> str:
    """The same without the day of the week: 22 Nov 2026."""
    return moment.astimezone(organisation_zone()).strftime("%-d %b %Y")


def moment_words(moment: datetime) -> str:
    return moment.astimezone(organisation_zone()).strftime("%a %-d %b, %H:%M")


def counted(number: int, one: str, many: str = "") -> str:
    """1 customer, 2 customers."""
    return f"{grouped(number)} {one if number == 1 else many or one + 's'}"


def spelt(number: int) -> str:
    """A small number as a word, as sentences have it; a larger one in digits."""
    return NUMBERS[number] if 0 <= number < len(NUMBERS) else grouped(number)


def readable(name: str) -> str:
    """A name that a till wrote in capitals, as people write it."""
    return name.capitalize() if name.isupper() else name
