"""How figures are written for people: grouped digits, whole currency units, shares of a hundred."""

from datetime import datetime

from core.selectors import organisation, organisation_zone

SIGNS = {"USD": "$", "EUR": "€", "GBP": "£"}


def whole(value: float | None) -> str:
    """A count, or a dash where there is none."""
    return "–" if value is None else f"{value:,.0f}"


def money(value: float | None, decimals: int = 0) -> str:
    """Whole units of the organisation's currency, or with so many decimals."""
    if value is None:
        return "–"
    currency = organisation().currency
    sign = SIGNS.get(currency, f"{currency} ")
    return f"{'−' if value < 0 else ''}{sign}{abs(value):,.{decimals}f}"


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
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def readable(name: str) -> str:
    """A name that a till wrote in capitals, as people write it."""
    return name.capitalize() if name.isupper() else name
