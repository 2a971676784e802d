"""Lists of a campaign that leave the house: the receipt, and the list of a channel without mail."""

from collections.abc import Iterator

import polars as pl

from campaigns.frames import list_frame, receipt_frame
from campaigns.models import Campaign
from segmentation.exports import CHUNK_ROWS, formula_safe, with_people


def receipt_csv(campaign: Campaign, *, personal: bool) -> Iterator[bytes]:
    """customer_id, decision, reason, variant; names where one may see them."""
    return _csv(receipt_frame(campaign.pk), personal=personal)


def list_csv(campaign: Campaign, *, personal: bool) -> Iterator[bytes]:
    """customer_id and variant of whoever is on the list that was handed over."""
    return _csv(list_frame(campaign.pk), personal=personal)


def _csv(frame: pl.DataFrame, *, personal: bool) -> Iterator[bytes]:
    for start in range(0, max(frame.height, 1), CHUNK_ROWS):
        chunk = with_people(frame.slice(start, CHUNK_ROWS), personal=personal)
        yield formula_safe(chunk).write_csv(include_header=start == 0).encode()
