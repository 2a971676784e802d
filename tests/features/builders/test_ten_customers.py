"""Every builder on the shop that was worked out by hand."""

from datetime import datetime

import pytest

from core.contracts.builder import Builder
from core.registry import plugins
from tests.shops import ten_customers
from tests.shops.frames import built, ten_customers_inputs

BUILDERS = {
    key: cls.for_shop(ten_customers.CHANNELS)
    for key, cls in plugins(packages=["features.builders"], contract=Builder).items()
}
NAMES = tuple(f.name for builder in BUILDERS.values() for f in builder.features)


@pytest.fixture(scope="module", params=["as_of", "next_day"])
def as_of(request) -> datetime:
    return ten_customers.AS_OF if request.param == "as_of" else ten_customers.NEXT_DAY


@pytest.fixture(scope="module")
def values(as_of):
    """{(customer_id, feature): value} as the builders say; None where there is no row."""
    found = {}
    for builder in BUILDERS.values():
        frame = built(builder, ten_customers_inputs(as_of=as_of))
        rows = {f"c{row['customer_pk']:02}": row for row in frame.to_dicts()}
        for customer_id in ten_customers.CUSTOMER_IDS:
            row = rows.get(customer_id, {})
            found.update({(customer_id, f.name): row.get(f.name) for f in builder.features})
    return found


@pytest.mark.parametrize("customer_id", ten_customers.CUSTOMER_IDS)
def test_each_feature_is_what_was_worked_out_by_hand(customer_id, as_of, values):
    expected = ten_customers.features(customer_id, as_of=as_of)

    assert {name: values[customer_id, name] for name in NAMES} == {
        name: pytest.approx(value, rel=1e-6) if isinstance(value, float) else value
        for name, value in expected.items()
    }
