"""A file that calls its customers by their e-mail address: each gets an id made of it."""

import polars as pl

from core.contracts.import_kind import LoadContext
from customers.addresses_as_ids import ids_of_addresses

ID = "customer_id"
# The option of a mapping; an id that is no address stays as it is.
BY_ADDRESS = "customers_by_email"


def with_ids(rows: pl.DataFrame, name: str = ID) -> tuple[pl.DataFrame, dict[str, str]]:
    """The rows with ids in place of addresses, and {id: address}."""
    if name not in rows.columns or rows.schema[name] != pl.String:
        return rows, {}
    cells = pl.col(name).str.strip_chars()
    found = ids_of_addresses(
        rows.select(cells.drop_nulls().unique(maintain_order=True)).to_series()
    )
    if not found:
        return rows, {}
    ids = cells.replace(list(found), list(found.values())).alias(name)
    # Of several spellings, the first.
    return rows.with_columns(ids), {found[address]: address for address in reversed(found)}


class Addresses:
    """The customers of one file, batch after batch, where its mapping says that they are so named;
    ``known``: {id: address}."""

    def __init__(self, context: LoadContext) -> None:
        self._looked_for = bool(context.options.get(BY_ADDRESS))
        self.known: dict[str, str] = {}

    def taken_from(self, rows: pl.DataFrame) -> pl.DataFrame:
        if not self._looked_for:
            return rows
        rows, found = with_ids(rows)
        self.known = {**found, **self.known}
        return rows
