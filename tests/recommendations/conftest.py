"""A planted shop in the record, a trained version of it, and its lists."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from core.errors import Refused
from customers.models import Customer
from features.building import record_shop
from recommendations.services import make_lists, train
from runs.models import ModelVersion
from runs.services import perform, request
from tests.shops.coming_in import bring_in
from tests.shops.planted import DAYS, FACTS, FIRST, rows
from transactions.models import Product
from transactions.services import update_mirror

AS_OF = (FIRST + timedelta(days=DAYS)).replace(tzinfo=UTC)
HEADER = "customer_id,order_id,occurred_at,sku,product_name,category,quantity,amount\n"


def line(customer: int, product: int, at: datetime, order: str) -> str:
    name, category = FACTS.names[product], FACTS.categories[product]
    return f"c{customer},{order},{at.isoformat()},P{product},{name} {product},{category},1,2.50\n"


def order_lines(table) -> str:
    """Days of the planted shop as a file; c0 … and P0 … are the positions."""
    return HEADER + "".join(
        line(c, p, FIRST + timedelta(days=d, hours=9), f"o{c}-{d}") for c, p, d in table.tolist()
    )


def carried_out(verb, **options):
    """The verb in a run of its own, as a worker does it; what it refuses is raised here."""
    found, refused = [], []

    def job(work):
        with work.step("recommendations") as step:
            try:
                found.append(verb(step=step, run=work.run, as_of=AS_OF, **options))
            except Refused as refusal:
                refused.append(refusal)
        return {}

    ended = perform(run=request(name="train", task="t", send=False), job=job)
    assert ended.error == ""
    if refused:
        raise refused[0]
    return found[0]


def learn(**options):
    return carried_out(train, shop=record_shop(), **options)


def lists():
    return carried_out(make_lists)


@pytest.fixture(scope="module")
def planted(django_db_setup, django_db_blocker, tmp_path_factory):
    """200 customers, of whom c7 bought nothing but one product; rolled back after the module.

    A test's own changes are rolled back to here.
    """
    table = rows()
    table = table[(table[:, 0] != 7) | (table[:, 1] == table[table[:, 0] == 7][0, 1])]
    folder = tmp_path_factory.mktemp("planted")
    with django_db_blocker.unblock(), transaction.atomic():
        Customer.objects.create(customer_id="nobody", load_id=1)
        Product.objects.create(
            sku="P99", name="thing of kind aaa 99", category="Block 0", load_id=1
        )
        bring_in(folder, order_lines(table))
        update_mirror()
        version = learn()
        lists()
        yield version
        transaction.set_rollback(True)


@pytest.fixture
def trained(planted, db):
    return ModelVersion.objects.get(pk=planted.pk)
