"""What the audience builder says of those whom a rule finds."""

from typing import Any

import polars as pl

from core.formats import counted, money, of_100, whole
from customers.models import Channel
from customers.selectors import people
from personas.writing import CHANNEL_NAMES
from segmentation.frames import REVENUE
from segmentation.models import SegmentKind
from segmentation.pages import css_of
from segmentation.rule_words import CHANNELS as REACHED_BY
from segmentation.selectors import segments

SAMPLE = 8


def preview_words(found: dict[str, Any], everyone: int) -> dict[str, Any]:
    total = found["total"]
    return {
        "total": whole(total),
        "share": f"customers, {of_100(total / everyone) if everyone else 0} of 100",
        "revenue": money(found["revenue"]),
        "took": f"{whole(everyone)} customers, took {found['took_ms']:.0f} ms",
        "reach": [
            {
                "label": CHANNEL_NAMES[channel],
                "value": whole(found["reachable"].get(channel, 0)),
                "width": f"{found['reachable'].get(channel, 0) / max(total, 1) * 100:.1f}",
            }
            for channel in Channel.values
        ],
    }


def sample(inside: pl.LazyFrame, total: int, *, personal: bool) -> dict[str, Any]:
    """Those who spent most of them."""
    wanted = ["customer_pk", "rfm_group", "recency_days", "purchase_frequency", REVENUE]
    reach = [f"reachable_{channel}" for channel in Channel.values]
    known = inside.collect_schema().names()
    frame = inside.select(n for n in (*wanted, *reach) if n in known)
    by = [REVENUE, "customer_pk"] if REVENUE in known else ["customer_pk"]
    rows = frame.sort(by, descending=[True, False][: len(by)], nulls_last=True).head(SAMPLE)
    found = list(rows.collect().iter_rows(named=True))
    persons = people([row["customer_pk"] for row in found], personal=personal)
    css = {s.name: css_of(s) for s in segments().filter(kind=SegmentKind.RFM)}
    return {
        "finding": f"{counted(total, 'customer')}, who spent most first",
        "synthetic": any(person.is_synthetic for person in persons.values()),
        "rows": [
            {
                "person": persons[row["customer_pk"]],
                "group": row.get("rfm_group") or "–",
                "css": css.get(row.get("rfm_group") or "", ""),
                "silent": whole(row.get("recency_days")),
                "orders": whole(row.get("purchase_frequency")),
                "spent": money(row.get(REVENUE)),
                "reach": ", ".join(
                    REACHED_BY[c] for c in Channel.values if row.get(f"reachable_{c}")
                )
                or "–",
            }
            for row in found
            if row["customer_pk"] in persons
        ],
    }
