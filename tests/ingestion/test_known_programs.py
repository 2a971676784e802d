"""Files of known programs are read by their presets."""

import io
from datetime import UTC, datetime

import pytest

from core.services import configure_organisation
from customers.models import Customer
from features.frames import customer_features
from ingestion.drafts import begin_draft, say_columns, say_how_read, try_draft
from ingestion.guesses import columns_proposed, options_proposed
from ingestion.models import Reject
from ingestion.previews import quick_look
from ingestion.services import load_file, load_numbered
from runs.services import perform
from tests.shops import online_retail as shop
from tests.shops.coming_in import bring_in, refreshed
from transactions.models import OrderLine

pytestmark = pytest.mark.django_db(transaction=True)

SHOPIFY = (
    "Name,Email,Financial Status,Currency,Created at,Lineitem quantity,Lineitem name,"
    "Lineitem price,Lineitem sku,Lineitem discount,Source,Billing Country\n"
    "#1001,kim@example.com,paid,USD,2026-01-05 12:04:18 -0500,2,Tea,4.50,T1,0.00,web,US\n"
    "#1001,kim@example.com,,,2026-01-05 12:04:18 -0500,1,Cup,9.00,C1,1.00,,\n"
)
WOOCOMMERCE = (
    "Order Number,Order Status,Order Date,Email (Billing),Country Code (Billing),Order Currency,"
    "Item #,SKU,Item Name,Category,Quantity (- Refund),Item Cost,Discount Amount\n"
    "77,Completed,2026-01-05 12:04,kim@example.com,DE,USD,1,T1,Tea,Drinks,2,4.50,0\n"
    "77,Completed,2026-01-05 12:04,kim@example.com,DE,USD,2,C1,Cup,Dishes,1,9.00,0\n"
)
MAGENTO = (
    "ID,Purchase Point,Purchase Date,Bill-to Name,Grand Total (Base),Grand Total (Purchased),"
    "Status,Customer Email\n"
    "000000012,Main Website,2026-01-05 17:04:18,Kim,18.00,18.00,complete,kim@example.com\n"
)


def test_online_retail_goes_where_the_report_says(tmp_path):
    configure_organisation(time_zone="Europe/London", currency="USD")
    load = bring_in(tmp_path, shop.ORDER_LINES, preset="online-retail")
    assert (load.read, load.loaded, load.rejected) == (10, 8, 2)
    rejects = Reject.objects.filter(load=load).values_list("row", "column", "reason")
    assert list(rejects) == [(8, "customer_id", "empty"), (9, "customer_id", "empty")]
    returned = OrderLine.objects.filter(returned=True).order_by("order__order_id")
    assert list(returned.values_list("order__order_id", "amount_minor")) == [
        ("536369", -338),
        ("C536379", -2750),
    ]
    assert OrderLine.objects.get(quantity=0).returned is False
    last = OrderLine.objects.get(order__order_id="541431").order.occurred_at
    assert last == datetime(2011, 6, 14, 23, 30, tzinfo=UTC)
    said = [(line["title"], line["changed"]) for line in load.notes["rules"]]
    assert said[1:] == [("Returns and cancellations", 1), ("Returns and cancellations", 2)]


def test_the_features_of_online_retail_are_those_worked_out_on_paper(tmp_path):
    configure_organisation(time_zone="Europe/London", currency="USD")
    bring_in(tmp_path, shop.ORDER_LINES, preset="online-retail")
    refreshed(shop.AS_OF)
    names = (
        "recency_days", "purchase_frequency", "purchase_monetary_value", "line_count", "region",
    )  # fmt: skip
    found = {}
    for customer in Customer.objects.all():
        features = customer_features(customer.pk)
        found[customer.customer_id] = tuple(features[name] for name in names)
    assert found == shop.FEATURES


@pytest.mark.parametrize(
    ("text", "preset", "amounts"),
    [
        (SHOPIFY, "shopify", [900, 900]),
        (WOOCOMMERCE, "woocommerce", [900, 900]),
        (MAGENTO, "magento", [1800]),
        (shop.ORDER_LINES, "online-retail", [-2750, -338, 0, 416, 1110, 1530, 2034, 5408]),
    ],
)
def test_a_known_program_is_told_and_read_without_a_change(text, preset, amounts):
    draft = begin_draft(upload=io.BytesIO(text.encode()), file_name="export.csv")
    assert (draft.kind, draft.preset) == ("order_lines", preset)
    look = quick_look(draft.file_path, {})
    options, doubts = options_proposed(draft.kind, draft.preset, look)
    assert doubts == {}
    kept = {name: value for name, value in options.items() if name not in look.detected}
    draft = say_how_read(
        draft=draft, kind=draft.kind, preset=draft.preset, source="shop", options=kept
    )
    columns = columns_proposed(draft.kind, draft.preset, look)
    draft = say_columns(
        draft=draft, columns={name: p.header for name, p in columns.items()}, known_by={}
    )
    load = try_draft(draft=draft, dry_run=False, send=False)
    perform(run=load.run, job=load_file)
    assert load_numbered(load.pk).run.error == ""
    found = OrderLine.objects.order_by("amount_minor").values_list("amount_minor", flat=True)
    assert list(found) == amounts
