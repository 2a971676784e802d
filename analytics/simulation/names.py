"""Names, streets and numbers of people who do not exist, drawn from a pool that Faker fills.

E-mail addresses lie under example.com and telephone numbers under the unassigned country code 999,
so that nothing can reach anybody; both are unlike for every customer.
"""

import unicodedata
from dataclasses import dataclass
from functools import cache

import numpy as np

from analytics.simulation.tables import Ints, Table, Texts

LOCALES = ("en_US", "de_DE", "fr_FR", "es_ES")
POOL_SIZE = 500
POOL_SEED = 1
PHONE_NUMBERS = 10**9
# Odd and no multiple of 5: n → n · STEP mod 10⁹ meets each number once.
PHONE_STEP = 618_033_989


@dataclass(frozen=True)
class Pool:
    """``first``, ``last`` and ``street`` are (locales · POOL_SIZE,), a locale after the other."""

    first: Texts
    last: Texts
    street: Texts


@dataclass(frozen=True)
class People(Table):
    """One row a customer: positions in the pool, the same locale in all three."""

    first: Ints
    last: Ints
    street: Ints
    phone: Ints  # nine digits behind the country code


def draw_people(rng: np.random.Generator, customers: int) -> People:
    start = rng.integers(len(LOCALES), size=customers) * POOL_SIZE
    first, last, street = start + rng.integers(POOL_SIZE, size=(3, customers))
    phone = (np.arange(customers) + rng.integers(PHONE_NUMBERS)) * PHONE_STEP % PHONE_NUMBERS
    return People(first, last, street, phone)


@cache
def pool() -> Pool:
    """The same for the same version of Faker; filling it takes about a second."""
    from faker import Faker

    first, last, street = [], [], []
    for locale in LOCALES:
        fake = Faker(locale)
        fake.seed_instance(POOL_SEED)
        first += [fake.first_name() for _ in range(POOL_SIZE)]
        last += [fake.last_name() for _ in range(POOL_SIZE)]
        street += [fake.street_address().replace("\n", ", ") for _ in range(POOL_SIZE)]
    return Pool(np.array(first), np.array(last), np.array(street))


def plain(texts: Texts) -> Texts:
    """As an e-mail address writes them: small letters without accents and gaps."""
    decomposed = (unicodedata.normalize("NFKD", text.casefold()) for text in texts)
    return np.array(
        ["".join(c for c in text if c.isascii() and c.isalpha()) for text in decomposed]
    )
