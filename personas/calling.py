"""What one reads of a customer before writing or calling: why, how likely to leave, how sure."""

from collections.abc import Sequence
from typing import Any

import polars as pl

import features.frames
from core.formats import money, of_100, whole
from customers.selectors import Person, people
from personas.doubt import Churn, churn_in_use, range_at, short_range
from predictions.selectors import ChurnReason, churn_reasons_of
from segmentation.pages import css_of
from segmentation.selectors import segments

TOLD = {
    "rfm_group": pl.String(), "purchase_frequency": pl.Int64(),
    "recency_days": pl.Int64(), "gap_days_longest": pl.Float64(),
    "gap_days_median": pl.Float64(), "purchase_monetary_value": pl.Float64(),
    "churn_probability": pl.Float64(), "reachable_email": pl.Boolean(),
    "reachable_phone": pl.Boolean(), "reachable_post": pl.Boolean(),
}  # fmt: skip
# The silence is said in our own words; of the model's other reasons those of late activity help.
ACTIVITY = ("order_days_", "orders_", "spend_")


def figures_frame() -> pl.LazyFrame:
    """customer_pk and the columns of TOLD of everybody; null where nothing is known."""
    snapshot = features.frames.snapshot()
    known = snapshot.collect_schema().names()
    return snapshot.select(
        "customer_pk",
        *(
            (pl.col(name) if name in known else pl.lit(None)).cast(dtype).alias(name)
            for name, dtype in TOLD.items()
        ),
    )


def with_figures(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows of customer_pk with the columns of TOLD, in their order."""
    told = figures_frame().filter(pl.col("customer_pk").is_in(frame["customer_pk"].implode()))
    return frame.join(told.collect(), on="customer_pk", how="left", maintain_order="left")


def calling_rows(frame: pl.DataFrame, *, personal: bool) -> list[dict[str, Any]]:
    """A row a customer for tables; ``frame`` as with_figures gives it. Who is gone is left out."""
    pks = frame["customer_pk"].to_list()
    known, reasons, churn = people(pks, personal=personal), churn_reasons_of(pks), churn_in_use()
    css = {segment.name: css_of(segment) for segment in segments().filter(kind="rfm")}
    return [
        {
            **row,
            "person": known[row["customer_pk"]],
            "group": row["rfm_group"] or "–",
            "css": css.get(row["rfm_group"] or "", ""),
            "why": silence_words(row),
            "why_too": second_reason(reasons.get(row["customer_pk"], ())),
            "silent": whole(row["recency_days"]),
            "spent": money(row["purchase_monetary_value"]),
            **risk_of(row["churn_probability"], churn),
            **_ways(row, known[row["customer_pk"]]),
        }
        for row in frame.iter_rows(named=True)
        if row["customer_pk"] in known
    ]


def silence_words(row: dict[str, Any]) -> str:
    """Silent 59 days, never over 13 before; Last order 3 days ago, usually every 5."""
    silent, longest, usual = (
        row[n] for n in ("recency_days", "gap_days_longest", "gap_days_median")
    )
    if silent is None:
        return "Has not bought yet"
    days = "day" if silent == 1 else "days"
    if longest and silent > longest:
        return f"Silent {silent} {days}, never over {longest:.0f} before"
    if usual and silent > 2 * usual:
        return f"Silent {silent} {days}, usually every {usual:.0f}"
    since = f"Last order {silent} {days} ago" if silent else "Last order today"
    return f"{since}, usually every {usual:.0f}" if usual else f"{since}; one order day so far"


def second_reason(reasons: Sequence[ChurnReason]) -> str:
    """What else speaks for leaving, in the model's words; nothing where nothing does."""
    found = [r for r in reasons if r.contribution > 0 and r.feature.startswith(ACTIVITY)]
    return f"{found[0].words[:1].upper()}{found[0].words[1:]}" if found else ""


def risk_of(score: float | None, churn: Churn) -> dict[str, Any]:
    """The probability to leave in words of a hundred, with its range drawn beside the base rate."""
    if score is None:
        return {"risk": "–", "risk_range": "", "risk_at": {}}
    doubt = churn.doubt(score)
    return {
        "risk": of_100(score),
        "risk_range": short_range(doubt),
        "risk_at": range_at(score, doubt, churn.mean),
    }


def _ways(row: dict[str, Any], person: Person) -> dict[str, Any]:
    """How one may reach them now; addresses only of those who agreed, and to who may see them."""
    phone, mail = bool(row["reachable_phone"]), bool(row["reachable_email"])
    shown = not person.masked
    return {
        "may_call": phone,
        "may_write": mail,
        "phone": person.phone if phone and shown else "",
        "mail": person.email if mail and shown else "",
        "post_only": bool(row["reachable_post"]) and not (phone or mail),
    }
