"""Cleaning rules that the first rows of a file speak for; somebody adds them, or does not."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ingestion.previews import Preview

CANCELLED, PLAIN = re.compile(r"C\d+"), re.compile(r"\d+")


def proposed_rules(
    columns: Mapping[str, str], look: Preview, said: Sequence[Mapping[str, Any]]
) -> list[dict[str, str]]:
    """Each with the words for it and the values of its form; none that works already."""
    orders = [cell.strip() for cell in look.sample.get(columns.get("order_id", ""), [])]
    cancelled = next(filter(CANCELLED.fullmatch, orders), "")
    plain = next(filter(PLAIN.fullmatch, orders), "")
    known = any(one["rule"] == "returns" and one.get("by") == "prefix" for one in said)
    if known or not (cancelled and plain):
        return []
    return [
        {
            "words": f"Order numbers like {cancelled} stand beside such as {plain}: lines of those"
            " that begin with C look like cancellations.",
            "verb": "Count them as returned",
            "rule": "returns",
            "by": "prefix",
            "prefix": "C",
        }
    ]
