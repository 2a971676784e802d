"""A file that calls its customers by their e-mail address: each gets an id made of it."""

import polars as pl

from core.contracts.import_kind import LoadContext
from customers.addresses_as_ids import ids_of_addresses

ID = "customer_id"
# The option of a mapping; an id that is no address stays as it is.
BY_ADDRESS = "customers_by_email"


def with_ids(rows: pl.DataFrame, ids: dict[str, str], name: str = ID) -> pl.DataFrame:
    """The rows with ids in place of addresses. ``ids``: {address: id} of those that were met, to
    which the new ones are added."""
    if name not in rows.columns or rows.schema[name] != pl.String:
        return rows
    cells = pl.col(name).str.strip_chars()
    said = rows.select(cells.drop_nulls().unique(maintain_order=True)).to_series().to_list()
    ids |= ids_of_addresses(text for text in said if text not in ids)
    found = {text: ids[text] for text in said if text in ids}
    if not found:
        return rows
    return rows.with_columns(cells.replace(list(found), list(found.values())).alias(name))


class Addresses:
    """The customers of one file, batch after batch, where its mapping says so."""

    def __init__(self, context: LoadContext) -> None:
        self._looked_for = bool(context.options.get(BY_ADDRESS))
        self._ids: dict[str, str] = {}

    def taken_from(self, rows: pl.DataFrame) -> pl.DataFrame:
        return with_ids(rows, self._ids) if self._looked_for else rows

    @property
    def known(self) -> dict[str, str]:
        """{id: address}; of several spellings, the first."""
        return {self._ids[address]: address for address in reversed(self._ids)}
