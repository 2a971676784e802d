"""Made-up identity and consent for real households, the same for the same seed.

Every address lies under example.com and every telephone number in the fictional 555-01xx range,
so nothing can reach anybody. The rows are marked synthetic; no learner and no evaluation uses them.
"""

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import polars as pl
from faker import Faker

SEED = 20170101
REGIONS = ("Midwest", "Northeast", "South", "West")
ACQUISITION = ("in store", "leaflet", "friend", "search", "social")
CONSENT_SHARES = {"email": 0.70, "sms": 0.25, "phone": 0.15, "post": 0.45}
# The published age bands, and the ages of whoever told none.
AGES = {
    "19-24": (19, 24),
    "25-34": (25, 34),
    "35-44": (35, 44),
    "45-54": (45, 54),
    "55-64": (55, 64),
    "65+": (65, 88),
    None: (19, 88),
}


def customers(age_of: dict[str, str | None], *, on: date) -> pl.DataFrame:
    """One made-up person per household: the customers kind's columns, sorted by customer_id.

    ``age_of`` maps customer_id to its published age band, or None; ages hold on the day ``on``.
    """
    fake = Faker("en_US")
    fake.seed_instance(SEED)
    dice = random.Random(SEED)  # noqa: S311  (a repeatable demo, not a secret)
    people = [_person(one, age_of[one], fake, dice, on) for one in sorted(age_of)]
    taken: set[str] = set()
    for person in people:
        # Two people of one number would look like one person.
        while person["phone"] in taken:
            person["phone"] = _next_number(person["phone"])
        taken.add(person["phone"])
    return pl.DataFrame(people)


def consents(customer_ids: list[str], *, at: datetime) -> pl.DataFrame:
    """Consent by channel for each customer: the consents kind's columns."""
    dice = random.Random(SEED + 1)  # noqa: S311  (a repeatable demo, not a secret)
    return pl.DataFrame(list(_statements(sorted(customer_ids), dice, at)))


def _person(
    customer_id: str, band: str | None, fake: Faker, dice: random.Random, on: date
) -> dict[str, str]:
    first, last = fake.first_name(), fake.last_name()
    youngest, oldest = AGES[band]
    days_old = dice.randint(youngest * 366, (oldest + 1) * 365 - 1)
    return {
        "customer_id": customer_id,
        "name": f"{first} {last}",
        "email": f"{first}.{last}.{customer_id}@example.com".lower().replace(" ", ""),
        "phone": f"+1 {dice.randint(201, 989)} 555 01{dice.randint(0, 99):02}",
        "birth_date": (on - timedelta(days=days_old)).isoformat(),
        "region": dice.choice(REGIONS),
        "acquisition_channel": dice.choice(ACQUISITION),
    }


def _next_number(phone: str) -> str:
    """The same line in the next area."""
    country, area, *line = phone.split()
    return " ".join([country, str(int(area) + 1 if int(area) < 989 else 201), *line])


def _statements(
    customer_ids: list[str], dice: random.Random, at: datetime
) -> Iterator[dict[str, str]]:
    for customer_id in customer_ids:
        for channel, share in CONSENT_SHARES.items():
            yield {
                "customer_id": customer_id,
                "channel": channel,
                "purpose": "marketing",
                "granted": "true" if dice.random() < share else "false",
                "at": at.isoformat(),
                "source": "demo",
            }
