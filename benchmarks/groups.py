"""Segments of half a million customers: previews, who is a member of what, and lists going out."""

import resource
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import polars as pl
from django.db import connection

from benchmarks.measuring import CUSTOMERS, Result, measured, seconds
from core.bulk import copy_in
from core.encryption import encrypt
from core.services import configure_organisation
from customers.models import Customer
from features.models import FeatureSnapshot
from features.store import write_snapshot
from runs.services import perform, request
from segmentation.exports import member_csv
from segmentation.models import Membership, Segment
from segmentation.selectors import preview
from segmentation.services.membership import refresh_memberships, update_memberships
from transactions.mirror import PRODUCT_SCHEMA, PURCHASE_SCHEMA, purchases_path, root
from transactions.models import MirrorFile

LINES, PRODUCTS, DAYS = 10_000_000, 20_000, 365
SEGMENTS, CHANGED, EXPORTED = 50, 1_000, 100_000
AS_OF = datetime(2026, 1, 1, tzinfo=UTC)
ATTRIBUTES = {
    "all": [
        {"feature": "recency_days", "op": "<", "value": 60},
        {"feature": "purchase_monetary_value", "op": ">=", "value": 100},
        {"feature": "region", "op": "in", "value": ["West", "South"]},
    ]
}


def count_a_preview(home: Path) -> Result:
    """total + reachable + revenue + sample of three conditions over half a million customers."""
    _shop()
    took, worst = _asked([ATTRIBUTES] * 30)
    return measured("preview", took, None, "ms", f"p95 {worst:.1f} ms")


def count_a_preview_of_purchases(home: Path) -> Result:
    """The same of who bought a category, department or brand how often, over ten million lines."""
    _shop()
    _purchases()
    asked = [
        {"all": [{"event": "purchase", "where": {key: value}, "at_least": least,
                  "within_days": days}, {"feature": "recency_days", "op": "<", "value": 200}]}
        for key, value in (("category", "c7"), ("department", "d3"), ("brand", "b40"))
        for least, days in ((1, 60), (2, 60), (2, 365), (1, 365), (3, 200))
    ]  # fmt: skip
    took, worst = _asked(asked * 2)
    # Purchases without their lines are no mirror that another row could read.
    MirrorFile.objects.filter(path__endswith="-bench.parquet").delete()
    note = f"p95 {worst:.1f} ms; {LINES:,} lines, a department is a tenth of them"
    return measured("preview-events", took, None, "ms", note)


def keep_memberships(home: Path) -> Result:
    """The ledger of 50 segments from nothing, then unchanged, then of 1,000 changed customers."""
    _shop()
    _segments()
    ours = seconds(lambda: _ledger("full", refresh_memberships))
    rows = Membership.objects.filter(left_at=None).count()
    again = seconds(lambda: _ledger("again", refresh_memberships))
    pks = _change_some()
    few = seconds(lambda: _ledger("few", update_memberships, customer_pks=pks))
    moved = Membership.objects.exclude(left_at=None).count()
    note = (
        f"{rows:,} members entered; unchanged {again:.2f} s; {CHANGED:,} changed customers"
        f" {few:.2f} s, {moved:,} left"
    )
    return measured("membership", ours, None, "s", note)


def export_members(home: Path) -> Result:
    """100,000 members as CSV, rows a second; peer: COPY TO STDOUT of one flat table of them."""
    _shop()
    most = {"feature": "customer_share", "op": "<", "value": EXPORTED / CUSTOMERS}
    segment = Segment(slug="export", name="Export", definition=most)
    before = _peak()
    took, personal = (
        min(seconds(lambda p=p: _drained(member_csv(segment, personal=p))) for _ in range(5))
        for p in (False, True)
    )
    grown = _peak() - before
    peer = _copied_out(segment)
    note = (
        f"{EXPORTED:,} rows; +{grown:.0f} MB; with name, e-mail and telephone decrypted"
        f" {EXPORTED / personal:,.0f} rows/s; ratio above 1 is better"
    )
    return measured("export", EXPORTED / took, EXPORTED / peer, "rows/s", note)


def _asked(rules: list[dict[str, Any]]) -> tuple[float, float]:
    """Median and 95th percentile in ms; each once before, to map what is looked at."""
    for rule in rules:
        preview(rule)
    took = [seconds(lambda rule=rule: preview(rule)) * 1000 for rule in rules]
    return median(took), float(np.percentile(took, 95))


def _ledger(name: str, verb: Callable[..., int], **more: Any) -> None:
    def job(work: Any) -> dict[str, Any]:
        with work.step("memberships") as step:
            known = {"step": step} if verb is refresh_memberships else {}
            verb(as_of=AS_OF, run=work.run, **known, **more)
        return {}

    ended = perform(run=request(name=name, task="t", send=False), job=job)
    assert ended.error == ""


def _shop() -> None:
    """Half a million customers with names, and their snapshot; made once."""
    if Customer.objects.exists():
        return
    configure_organisation(currency="EUR")
    pks = np.arange(CUSTOMERS) + 1
    people = pl.DataFrame(
        {
            "id": pks,
            "customer_id": [f"C{pk:07}" for pk in pks],
            "load_id": 1,
            "name": _secrets(f"Customer {pk}" for pk in pks[:EXPORTED]),
            "email": _secrets(f"c{pk}@shop.example" for pk in pks[:EXPORTED]),
            "phone": _secrets(f"+49 30 {pk:08}" for pk in pks[:EXPORTED]),
        }
    )
    copy_in(table="customers_customer", frame=people)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE customers_customer")
    _publish(_snapshot_frame(pks))


def _secrets(texts: Iterable[str]) -> pl.Series:
    """Encrypted as an import does it, for COPY; nobody but those exported has one."""
    found = ["\\x" + encrypt(text).hex() for text in texts]
    return pl.Series(found + [None] * (CUSTOMERS - len(found)), dtype=pl.String)


def _snapshot_frame(pks: Any) -> pl.DataFrame:
    dice = np.random.default_rng(0)
    number = len(pks)
    regions = np.array(["West", "South", "North", "East"])
    return pl.DataFrame(
        {
            "customer_pk": pks,
            "customer_share": (pks - 1) / CUSTOMERS,
            "recency_days": dice.integers(0, 400, number).astype(np.int32),
            "purchase_frequency": dice.integers(1, 90, number).astype(np.int32),
            "purchase_monetary_value": dice.gamma(2, 300, number).round(2),
            "region": pl.Series(regions[dice.integers(0, 4, number)], dtype=pl.Categorical),
            **{f"reachable_{c}": dice.random(number) < 0.5 for c in ("email", "sms")},
        }
    )


def _publish(frame: pl.DataFrame) -> None:
    kinds = {"Int32": "int32", "Float64": "float64", "Categorical": "text", "Boolean": "boolean"}
    about = dict.fromkeys(
        ("definition", "source", "unit", "transformation", "reason", "family"), ""
    )
    catalogue = [
        {"name": n, "dtype": kinds[str(type(d).__name__)], **about}
        for n, d in frame.schema.items()
        if n != "customer_pk"
    ]
    FeatureSnapshot.objects.create(
        as_of=AS_OF, path=str(write_snapshot(frame)), rows=frame.height, catalogue=catalogue
    )


def _segments() -> None:
    """Ten groups by recency and six by orders, that everybody is in one of; and 34 rules."""
    rules: list[dict[str, Any]] = [
        {"feature": "recency_days", "op": "between", "value": [k * 40, k * 40 + 39]}
        for k in range(10)
    ]
    rules += [
        {"feature": "purchase_frequency", "op": "between", "value": [k * 15, k * 15 + 14]}
        for k in range(6)
    ]
    while len(rules) < SEGMENTS:
        k = len(rules)
        rules.append(
            {
                "all": [
                    {"feature": "purchase_monetary_value", "op": ">=", "value": 20 * k},
                    {"feature": "recency_days", "op": "<", "value": 100 + 4 * k},
                    {"feature": "region", "op": "in", "value": ["West", "South"]},
                ]
            }
        )
    Segment.objects.bulk_create(
        Segment(slug=f"s{k}", name=f"S{k}", kind="rule", definition=rule)
        for k, rule in enumerate(rules)
    )


def _change_some() -> list[int]:
    """Publishes new figures of a thousand customers beside the snapshot."""
    published = FeatureSnapshot.objects.get()
    pks = np.random.default_rng(1).choice(CUSTOMERS, CHANGED, replace=False) + 1
    pks.sort()
    published.delta_path = str(write_snapshot(_snapshot_frame(pks)))
    published.save()
    return [int(pk) for pk in pks]


def _purchases() -> None:
    """Ten million lines of a year in the mirror, and the products that they are of."""
    dice = np.random.default_rng(2)
    numbers = np.arange(PRODUCTS) + 1
    named = {"category": ("c", 200), "department": ("d", 10), "brand": ("b", 500)}
    texts = {key: [f"{w}{n % many}" for n in numbers] for key, (w, many) in named.items()}
    products = pl.DataFrame({"product_pk": numbers, "sku": [f"p{n}" for n in numbers], **texts})
    products = products.with_columns(name=pl.col("sku")).select(*PRODUCT_SCHEMA)
    orders = np.sort(dice.integers(0, LINES // 4, LINES))
    customer, second = (dice.integers(0, most, LINES // 4) for most in (CUSTOMERS, DAYS * 86_400))
    start = np.datetime64(AS_OF.replace(tzinfo=None) - timedelta(days=DAYS), "us")
    times = start + (second[orders] * 1_000_000).astype("timedelta64[us]")
    # A few products are in most baskets.
    product = (PRODUCTS * dice.random(LINES) ** 2).astype(np.int64) + 1
    rows = pl.DataFrame(
        {"product_pk": product, "local_at": times, "customer_pk": customer[orders] + 1,
         "order_pk": orders + 1}, schema=PURCHASE_SCHEMA,
    ).unique().sort("product_pk", "local_at", "order_pk")  # fmt: skip
    _into_mirror("lines", 1, rows)
    _into_mirror("products", 0, products)


def _into_mirror(kind: str, load: int, rows: pl.DataFrame) -> None:
    path = root() / kind / f"{load}-bench.parquet"
    for folder in (path.parent, purchases_path(path).parent):
        folder.mkdir(parents=True, exist_ok=True)
    rows.write_parquet(path)
    if kind == "lines":
        rows.rechunk().write_ipc(purchases_path(path), record_batch_size=rows.height)
    MirrorFile.objects.update_or_create(
        kind=kind, load_id=load, defaults={"path": str(path), "rows": rows.height}
    )


def _copied_out(segment: Segment) -> float:
    """The same columns and rows, flat, by COPY."""
    columns = ", ".join(("customer_id text", "recency_days int", "purchase_frequency int",
                         "purchase_monetary_value float8", "region text",
                         "reachable_email text", "reachable_sms text"))  # fmt: skip
    text = b"".join(member_csv(segment, personal=False))
    with connection.cursor() as cursor, Path("/dev/null").open("wb") as nowhere:
        cursor.execute(f"CREATE TABLE flat_members ({columns})")
        cursor.cursor.copy_expert(
            "COPY flat_members FROM STDIN (FORMAT csv, HEADER)", BytesIO(text)
        )
        return seconds(
            lambda: cursor.cursor.copy_expert("COPY flat_members TO STDOUT (FORMAT csv)", nowhere)
        )


def _drained(rows: Iterable[bytes]) -> None:
    assert sum(chunk.count(b"\n") for chunk in rows) == EXPORTED + 1


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
