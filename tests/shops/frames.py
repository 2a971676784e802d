"""Shops as the frames that builders read, with the mirror's columns and types."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import narwhals as nw
import polars as pl

from core.contracts.builder import Builder, Inputs
from customers.frames import ANSWER_SCHEMA, CONTACT_SCHEMA, PROFILE_SCHEMA
from tests.shops import ten_customers
from transactions.frames import EVENT_SCHEMA
from transactions.mirror import DERIVED_SCHEMA, LINE_SCHEMA, PRODUCT_SCHEMA


def inputs(
    lines: Iterable[dict[str, Any]] | pl.DataFrame,
    *,
    as_of: datetime,
    products: Iterable[dict[str, Any]] = (),
    customers: Iterable[dict[str, Any]] = (),
    events: Iterable[dict[str, Any]] = (),
    contacts: Iterable[dict[str, Any]] = (),
    answers: Iterable[dict[str, Any]] = (),
    **options: Any,
) -> Inputs:
    """What is missing in a row is NULL; day and hour are derived as the mirror derives them."""
    return Inputs(
        lines=nw.from_native(line_frame(lines).lazy()),
        products=_given(products, PRODUCT_SCHEMA),
        customers=_given(customers, PROFILE_SCHEMA),
        events=_given(events, EVENT_SCHEMA),
        contacts=_given(contacts, CONTACT_SCHEMA),
        answers=_given(answers, ANSWER_SCHEMA),
        as_of=as_of,
        **options,
    )


def _given(rows: Iterable[dict[str, Any]], schema: dict[str, Any]) -> Any:
    return nw.from_native(pl.DataFrame(list(rows), schema=schema).lazy())


def line_frame(lines: Iterable[dict[str, Any]] | pl.DataFrame) -> pl.DataFrame:
    if isinstance(lines, pl.DataFrame):
        return lines
    return pl.DataFrame(list(lines), schema=LINE_SCHEMA).with_columns(
        pl.col("local_at").dt.date().cast(DERIVED_SCHEMA["local_day"]).alias("local_day"),
        pl.col("local_at").dt.hour().cast(DERIVED_SCHEMA["local_hour"]).alias("local_hour"),
    )


def built(builder: Builder, given: Inputs) -> pl.DataFrame:
    return nw.to_native(builder.build(given)).collect().sort("customer_pk")


def ten_customers_inputs(*, as_of: datetime) -> Inputs:
    """The hand-made shop; customer c01 has customer_pk 1, and so on."""
    products = _read(ten_customers.PRODUCTS_CSV).with_row_index("product_pk", offset=1)
    product_pks = dict(zip(products["sku"], products["product_pk"], strict=True))
    reachable = (
        ten_customers.REACHABLE
        if as_of == ten_customers.AS_OF
        else ten_customers.REACHABLE_NEXT_DAY
    )
    return inputs(
        [
            {**_line(row), "line_pk": number, "product_pk": product_pks.get(row["sku"])}
            for number, row in enumerate(_read(ten_customers.ORDER_LINES_CSV).to_dicts())
        ],
        as_of=as_of,
        products=products.with_columns(pl.col("product_pk").cast(pl.Int64)).to_dicts(),
        customers=[
            {
                "customer_pk": int(customer_id[1:]),
                "customer_id": customer_id,
                "region": region,
                "acquisition_channel": source,
                **{
                    f"{word}_{channel}": channel in reachable.get(customer_id, ())
                    for word in ("consent", "reachable")
                    for channel in ("email", "sms", "phone", "post")
                },
            }
            for customer_id, (region, source) in ten_customers.PROFILES.items()
        ],
    )


def days(number: float) -> timedelta:
    return timedelta(days=number)


def _read(text: str) -> pl.DataFrame:
    return pl.read_csv(StringIO(text), infer_schema=False)


def _line(row: dict[str, str | None]) -> dict[str, Any]:
    return {
        "customer_pk": int((row["customer_id"] or "")[1:]),
        "order_pk": int((row["order_id"] or "")[1:]),
        "local_at": datetime.fromisoformat(row["occurred_at"] or ""),
        "quantity": float(row["quantity"] or 1),
        "amount_minor": round(float(row["amount"] or 0) * 100),
        "discount_minor": round(float(row["discount"] or 0) * 100),
        "returned": row["returned"] == "true",
        "channel": row["channel"],
    }
