"""What an export holds: which columns go out, which are withheld from a role and why, and whom it
leaves out. What is said here before the download is what the download does."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from core.formats import counted, whole
from segmentation.exports import FEATURES, NEEDS, REACH, Terms
from segmentation.frames import members
from segmentation.models import Segment

LABELS = {
    "customer_id": "Customer number", "name": "Name", "email": "E-mail", "phone": "Telephone",
    "rfm_group": "Group", "cluster": "Cluster", "recency_days": "Days since the last order",
    "purchase_frequency": "Orders", "purchase_monetary_value": "Spent", "region": "Region",
    "age_band": "Age band", "reachable_email": "May be e-mailed", "reachable_sms": "May be texted",
    "reachable_phone": "May be called", "reachable_post": "May be written to by post",
}  # fmt: skip
PERSONAL = ("name", "email", "phone")
MARKED, LEFT_OUT = "marked", "left_out"
# What no list holds, with the reason.
NEVER = (
    ("Birth date", "kept for the age band only"),
    ("Address", "kept encrypted; campaigns by post have lists of their own"),
    ("Texts of support requests and answers", "no purpose in a list"),
    ("Chances and expected money", "for whoever works here, not for lists"),
)


@dataclass(frozen=True)
class Counted:
    """How many rows go out, how many are left out, and how many have each column."""

    rows: int
    unreachable: int
    filled: dict[str, int]


def offered(*, personal: bool) -> tuple[str, ...]:
    """The columns that a role may take; the number comes first and always."""
    return ("customer_id", *(PERSONAL if personal else ()), *FEATURES)


def terms_of(chosen: Sequence[str], *, personal: bool, unreachable: str) -> Terms:
    """Of a form; without a choice every column goes out."""
    may = offered(personal=personal)
    asked = [name for name in may if name in chosen] if chosen else list(may)
    columns = tuple(dict.fromkeys(["customer_id", *asked]))
    return Terms(columns, only_reachable=unreachable == LEFT_OUT)


def counted_terms(segment: Segment) -> Counted:
    """Over everybody in the segment, whether or not they may be reached."""
    inside = members(segment.definition)
    known = [name for name in REACH if name in inside.collect_schema().names()]
    reach = pl.any_horizontal(known).fill_null(value=False) if known else pl.lit(value=False)
    row = inside.select(
        pl.len().alias("rows"),
        (~reach).sum().alias("unreachable"),
        *(
            pl.any_horizontal([c for c in needs if c in known] or [pl.lit(value=False)])
            .sum()
            .alias(name)
            for name, needs in NEEDS.items()
        ),
    ).collect().row(0, named=True)  # fmt: skip
    rows = int(row["rows"])
    return Counted(rows, int(row["unreachable"] or 0), {n: int(row[n] or 0) for n in NEEDS})


def going_out(found: Counted, *, personal: bool) -> list[dict[str, Any]]:
    """{name, label, how many}: what may be taken."""
    return [
        {
            "name": name,
            "label": LABELS[name],
            "many": f"{whole(found.filled.get(name, found.rows))} of {whole(found.rows)}",
            "fixed": name == "customer_id",
        }
        for name in offered(personal=personal)
    ]


def withheld(found: Counted, *, personal: bool) -> list[tuple[str, str]]:
    """(what, why)."""
    if not personal:
        rows = [("Name, e-mail and telephone", "your role may not see personal data")]
    else:
        lacking = {name: found.rows - many for name, many in found.filled.items()}
        rows = [
            (counted(lacking["phone"], "telephone number"), "no consent to calls or texts"),
            (counted(lacking["email"], "e-mail address", "e-mail addresses"), "no consent to"
             " e-mail"),
        ]  # fmt: skip
        rows = [row for row, name in zip(rows, ("phone", "email"), strict=True) if lacking[name]]
    return rows + list(NEVER)
