"""What a write-only key may bring: a few rows at once, of a few columns and kinds of events.

Whoever reads a page has its key, so that it neither names products nor says of whole orders what
only the shop knows.
"""

from accounts.models import ApiKey
from accounts.write_keys import Sends
from core.errors import Refused
from ingestion.posted import AT_ONCE_ROWS, Posted, TooManyRows

COLUMNS = {
    Sends.EVENTS: ("customer_id", "visitor_id", "kind", "at", "sku", "url", "properties"),
    Sends.ORDERS: (
        "customer_id", "order_id", "line_number", "occurred_at", "sku", "quantity", "unit_price",
        "amount", "discount", "currency",
    ),
}  # fmt: skip


class NotThisKeys(Refused):
    code = "not_this_keys"


def refuse_beyond(posted: Posted, *, sends: Sends, key: ApiKey) -> None:
    if posted.rows is None or not posted.enters_at_once:
        raise TooManyRows(f"This key sends at most {AT_ONCE_ROWS:,} rows at once.")
    for place, row in posted.rows:
        if not isinstance(row, dict):
            continue
        names = {name.casefold(): name for name in row}
        if len(names) < len(row):
            raise NotThisKeys(f"Row {place} has a field twice.")
        beyond = [names[low] for low in names if low not in COLUMNS[sends]]
        if beyond:
            raise NotThisKeys(
                f"Row {place}: this key does not send {beyond[0][:60]}.",
                fields={beyond[0][:60]: f"row {place}"},
            )
        if sends == Sends.EVENTS:
            _refuse_kind(place, row[names["kind"]] if "kind" in names else "", key)


def _refuse_kind(place: int, kind: object, key: ApiKey) -> None:
    if not isinstance(kind, str) or kind.strip().lower() not in key.event_kinds:
        raise NotThisKeys(
            f"Row {place}: this key sends {', '.join(key.event_kinds)} and no other events.",
            fields={"kind": f"row {place}"},
        )
