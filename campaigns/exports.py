"""Lists of a campaign that leave the house: the receipt, and the list of a channel without mail."""

from collections.abc import Iterator

import polars as pl

from campaigns.frames import list_frame, receipt_frame
from campaigns.models import Campaign
from customers.models import Channel, Customer
from segmentation.exports import CHUNK_ROWS, formula_safe, with_people


def receipt_csv(campaign: Campaign, *, personal: bool) -> Iterator[bytes]:
    """customer_id, decision, reason, variant; names where one may see them."""
    return _csv(receipt_frame(campaign.pk), personal=personal)


def list_csv(campaign: Campaign, *, personal: bool) -> Iterator[bytes]:
    """customer_id and variant of whoever is on the list that was handed over; as the receipt.

    Whoever may see addresses gets them for a campaign by post.
    """
    by_post = personal and campaign.channel == Channel.POST
    return _csv(list_frame(campaign.pk), personal=personal, address=by_post)


def _csv(frame: pl.DataFrame, *, personal: bool, address: bool = False) -> Iterator[bytes]:
    for start in range(0, max(frame.height, 1), CHUNK_ROWS):
        chunk = frame.slice(start, CHUNK_ROWS)
        chunk = _with_address(chunk) if address else chunk
        shown = formula_safe(with_people(chunk, personal=personal))
        yield shown.write_csv(include_header=start == 0).encode()


def _with_address(chunk: pl.DataFrame) -> pl.DataFrame:
    pks = chunk["customer_pk"].to_list()
    known = dict(Customer.objects.filter(pk__in=pks).values_list("pk", "address"))
    return chunk.with_columns(pl.Series("address", [known.get(pk) for pk in pks], pl.String))
