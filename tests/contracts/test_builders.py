"""What every feature family must hold; a new file in features/builders is found and tested."""

from datetime import timedelta

import narwhals as nw
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.contracts.builder import NARWHALS_DTYPES, Builder
from core.registry import plugins
from tests.features.builders import oracle
from tests.shops.frames import built, inputs, line_frame, ten_customers_inputs
from tests.shops.ten_customers import AS_OF

CHANNELS = ("store", "web")
BUILDERS = plugins(packages=["features.builders"], contract=Builder)
PRODUCTS = [
    {"product_pk": 1, "sku": "A1", "category": "Drinks"},
    {"product_pk": 2, "sku": "B2", "category": "Bakery"},
    {"product_pk": 3, "sku": "C3", "category": "Bakery"},
    {"product_pk": 4, "sku": "D4", "category": None},
]
CUSTOMERS = [
    {"customer_pk": 1, "customer_id": "c1", "region": "North"},
    {"customer_pk": 2, "customer_id": "c2", "consent_email": True, "reachable_email": True},
]
# The edges of the windows and of the days, and a microsecond to both sides of them.
EDGES = [
    AS_OF - timedelta(days=days) + timedelta(microseconds=more)
    for days in (0, 1, 7, 14, 30, 31, 60, 90, 91, 180, 400)
    for more in (-1, 0, 1)
]

times = st.one_of(
    st.sampled_from(EDGES), st.datetimes(AS_OF - timedelta(days=763), AS_OF + timedelta(days=3))
)
order = st.fixed_dictionaries(
    {
        "customer_pk": st.integers(1, 4),
        "local_at": times,
        "channel": st.sampled_from([*CHANNELS, None]),
    }
)
line = st.fixed_dictionaries(
    {
        "product_pk": st.sampled_from([1, 2, 3, 4, None]),
        "quantity": st.sampled_from([1.0, 2.5, 0.0, -1.0, None]),
        "amount_minor": st.integers(-2_000, 100_000),
        "discount_minor": st.sampled_from([0, 0, 150]),
        "returned": st.sampled_from([False, False, False, True]),
    }
)


who = st.integers(1, 4)
event = st.fixed_dictionaries(
    {
        "customer_pk": who,
        "local_at": times,
        "kind": st.sampled_from(["visit", "product_view", "search", "sent", "opened", "clicked"]),
        "campaign": st.sampled_from(["spring", "autumn", None]),
        "channel": st.sampled_from(["email", "email", "sms"]),
    }
)
contact = st.fixed_dictionaries({"customer_pk": who, "local_at": times})
answer = st.fixed_dictionaries(
    {
        "customer_pk": who,
        "local_at": times,
        "kind": st.sampled_from(["nps", "nps", "csat"]),
        "score": st.integers(0, 10),
    }
)


def said_once(rows):
    """The record holds one answer of a kind at a moment."""
    return list({(r["customer_pk"], r["local_at"], r["kind"]): r for r in rows}.values())


@st.composite
def shops(draw):
    """{lines, events, contacts, answers}."""
    return {
        "lines": draw(ordered()),
        "events": draw(st.lists(event, max_size=8)),
        "contacts": draw(st.lists(contact, max_size=6)),
        "answers": said_once(draw(st.lists(answer, max_size=6))),
    }


def only(shop, test):
    """The shop's rows that pass."""
    return {name: [row for row in rows if test(row)] for name, rows in shop.items()}


@st.composite
def ordered(draw):
    """Order lines of up to eight orders; those of one order share its customer and time."""
    orders = draw(st.lists(order, max_size=8))
    return [
        {**head, **body, "order_pk": number, "line_pk": 100 * number + place, "store": None}
        for number, head in enumerate(orders)
        for place, body in enumerate(draw(st.lists(line, min_size=1, max_size=4)))
    ]


@pytest.fixture(params=sorted(BUILDERS))
def builder(request) -> Builder:
    return BUILDERS[request.param].for_shop(CHANNELS)


def told(builder, shop, *, as_of=AS_OF, **options):
    given_ = inputs(as_of=as_of, products=PRODUCTS, customers=CUSTOMERS, **shop, **options)
    return built(builder, given_)


def test_the_families_are_found():
    assert set(BUILDERS) >= {
        "activity", "calendar", "channels", "engagement", "gaps", "habits", "profile", "purchases",
        "variety", "windows",
    }  # fmt: skip


def test_no_two_families_claim_a_name():
    names = [f.name for cls in BUILDERS.values() for f in cls.for_shop(CHANNELS).features]

    assert len(names) == len(set(names))


def test_each_feature_says_what_it_is(builder):
    for feature in builder.features:
        assert feature.definition
        assert feature.source
        assert feature.transformation
        assert feature.reason


def test_it_has_the_declared_columns_in_the_declared_types(builder):
    frame = nw.from_native(told(builder, {"lines": ten_customers_lines()}))

    assert dict(frame.schema) == declared(builder)


def test_it_has_them_for_an_empty_shop_too(builder):
    empty = nw.from_native(built(builder, inputs([], as_of=AS_OF)))

    assert len(empty) == 0
    assert dict(empty.schema) == declared(builder)


def test_it_stays_lazy(builder):
    assert isinstance(builder.build(ten_customers_inputs(as_of=AS_OF)), nw.LazyFrame)


@settings(max_examples=25, deadline=None)
@given(shop=shops())
@pytest.mark.parametrize("key", sorted(BUILDERS))
def test_it_is_blind_to_what_comes_at_or_after_as_of(key, shop):
    builder = BUILDERS[key].for_shop(CHANNELS)
    past = only(shop, lambda row: row["local_at"] < AS_OF)

    assert told(builder, shop).equals(told(builder, past))


@settings(max_examples=25, deadline=None)
@given(shop=shops(), dice=st.randoms(use_true_random=False))
@pytest.mark.parametrize("key", sorted(BUILDERS))
def test_the_order_of_rows_changes_no_bit(key, shop, dice):
    builder = BUILDERS[key].for_shop(CHANNELS)
    shuffled = {name: dice.sample(rows, len(rows)) for name, rows in shop.items()}

    assert told(builder, shop).equals(told(builder, shuffled))


@settings(max_examples=25, deadline=None)
@given(shop=shops())
@pytest.mark.parametrize("key", sorted(set(BUILDERS) - {"profile"}))
def test_one_customers_values_do_not_hang_on_the_others(key, shop):
    builder = BUILDERS[key].for_shop(CHANNELS)
    alone = only(shop, lambda row: row["customer_pk"] == 1)

    together = told(builder, shop).filter(pl.col("customer_pk") == 1)

    assert together.equals(told(builder, alone))


@settings(max_examples=25, deadline=None)
@given(shop=shops())
@pytest.mark.parametrize("key", sorted(BUILDERS))
def test_a_customer_has_one_row(key, shop):
    frame = told(BUILDERS[key].for_shop(CHANNELS), shop)

    assert frame["customer_pk"].is_duplicated().sum() == 0
    assert frame["customer_pk"].null_count() == 0


@settings(max_examples=80, deadline=None)
@given(shop=shops())
@pytest.mark.parametrize("key", sorted(set(BUILDERS) - {"profile"}))
def test_the_numbers_are_those_of_plain_python(key, shop):
    builder = BUILDERS[key].for_shop(CHANNELS)
    names = [feature.name for feature in builder.features]
    expected = {
        customer: {f.name: close(row.get(f.name), f.dtype) for f in builder.features}
        for customer, row in oracle.features(shop, PRODUCTS, as_of=AS_OF, channels=CHANNELS).items()
    }

    frame = told(builder, shop)

    rows = {row.pop("customer_pk"): row for row in frame.to_dicts()}
    nothing = dict.fromkeys(names)
    for customer, row in expected.items():
        assert rows.pop(customer, nothing) == row
    assert rows == {}


def close(value, dtype):
    """Texts, counts and money exactly; a share as near as its float type allows."""
    if value is None or dtype == "text":
        return value
    return pytest.approx(float(value), rel=1e-6) if dtype == "float32" else float(value)


def declared(builder):
    columns = {f.name: NARWHALS_DTYPES[f.dtype] for f in builder.features}
    return {"customer_pk": nw.Int64, **columns}


def ten_customers_lines():
    return line_frame(nw.to_native(ten_customers_inputs(as_of=AS_OF).lines).collect())
