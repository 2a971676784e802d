"""Purchases with a structure that was put there: blocks of customers who buy blocks of products."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from core.contracts.recommender import Interactions, ProductFacts
from features.shop import Shop
from tests.shops.frames import line_frame
from transactions.mirror import PRODUCT_SCHEMA

BLOCKS, WIDTH = 4, 15
PRODUCTS = BLOCKS * WIDTH
# A Monday, by the wall clock of the shop.
FIRST = datetime.fromisoformat("2026-01-05")
DAYS = 168
FACTS = ProductFacts(
    tuple(f"thing of kind {'abcd'[n // WIDTH] * 3}" for n in range(PRODUCTS)),
    tuple(f"Block {n // WIDTH}" for n in range(PRODUCTS)),
    tuple(f"Brand {n % 3}" for n in range(PRODUCTS)),
)


def rows(customers: int = 200, seed: int = 1, days: int = DAYS) -> np.ndarray:
    """(customer, product, day): about twelve shopping days of three products each.

    Customer c belongs to block c % 4 and has three favourites there; one product in ten is any.
    """
    dice = np.random.default_rng(seed)
    found = []
    for customer in range(customers):
        block = (customer % BLOCKS) * WIDTH
        likes = block + dice.permutation(WIDTH)[:3]
        for day in np.sort(dice.permutation(days)[: days // 14]):
            for _ in range(3):
                draw = dice.random()
                if draw < 0.4:
                    product = int(dice.choice(likes))
                elif draw < 0.9:
                    product = block + int(dice.integers(WIDTH))
                else:
                    product = int(dice.integers(PRODUCTS))
                found.append((customer, product, int(day)))
    return np.array(found)


def interactions(table: np.ndarray | None = None, customers: int = 200) -> Interactions:
    table = rows(customers) if table is None else table
    start = FIRST.toordinal()
    return Interactions.of(
        table[:, 0], table[:, 1], table[:, 2] + start, customers=customers, facts=FACTS,
        as_of=start + DAYS,
    )  # fmt: skip


def shop(table: np.ndarray) -> Shop:
    """The same as a shop; customer_pk and product_pk are the positions plus 1."""
    lines = [
        {
            "line_pk": n, "order_pk": c * 10_000 + d, "customer_pk": c + 1, "product_pk": p + 1,
            "local_at": FIRST + timedelta(days=d, hours=9), "quantity": 1.0, "amount_minor": 100,
            "discount_minor": 0, "returned": False,
        }
        for n, (c, p, d) in enumerate(table.tolist())
    ]  # fmt: skip
    products = [
        {"product_pk": n + 1, "sku": f"P{n}", "name": FACTS.names[n],
         "category": FACTS.categories[n], "brand": FACTS.brands[n]}
        for n in range(PRODUCTS)
    ]  # fmt: skip
    pks = sorted({row["customer_pk"] for row in lines})
    ids = {"customer_pk": pks, "customer_id": [f"c{pk}" for pk in pks]}
    return Shop(
        name="planted",
        lines=line_frame(lines).lazy(),
        products=pl.DataFrame(products, schema=PRODUCT_SCHEMA).lazy(),
        customers=pl.DataFrame(ids, schema={"customer_pk": pl.Int64, "customer_id": pl.String})
        .lazy(),
        zone=ZoneInfo("UTC"),
    )  # fmt: skip
