"""Money in another currency than the shop's: said once of a whole file, with the ways out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.text import get_text_list

from core.contracts.import_kind import COUNTS_IN, ImportKind
from core.formats import whole
from core.selectors import organisation
from ingestion.joined import Said, headers_said
from ingestion.models import Load
from ingestion.rules.amounts import foreign_marks
from ingestion.selectors import rejected_because
from transactions.selectors import last_order_at

CURRENCY = "currency"
# Fewer rows than one of so many are dirt, each with its own reason.
ONE_OF = 10
MOST_NAMED = 4


@dataclass(frozen=True)
class ForeignMoney:
    """``words``: how much of the file it is; ``ways``: what can be done about it, best first."""

    words: str
    ways: list[str] = field(default_factory=list)


def foreign_in_sample(
    kind: ImportKind, columns: Mapping[str, Said], sample: Mapping[str, Sequence[str]]
) -> ForeignMoney | None:
    """What the first rows show, by the columns as they are chosen."""
    ours = organisation().currency
    for header in headers_said(columns.get(CURRENCY)):
        said = _filled(sample.get(header, ()))
        foreign = [code.upper() for code in said if code.upper() != ours]
        return _told(foreign, len(foreign), len(said), ours, header)
    money = [column.name for column in kind.columns if column.dtype == "money"]
    for header in [header for name in money for header in headers_said(columns.get(name))]:
        said = _filled(sample.get(header, ()))
        foreign = foreign_marks(said, ours)
        told = _told(foreign, len(foreign), len(said), ours, "")
        if told:
            return told
    return None


def foreign_in_load(load: Load) -> ForeignMoney | None:
    """What a load has rejected for its currency, all rows of the file counted."""
    rows, found = rejected_because(load, COUNTS_IN) if load.rejected else (0, [])
    if not rows:
        return None
    ours = found[0][2].rpartition(" ")[2]
    named = [value.upper() for column, value, _ in found if column == CURRENCY]
    marked = foreign_marks([value for column, value, _ in found if column != CURRENCY], ours)
    header = headers_said(load.mapping.get("columns", {}).get(CURRENCY)) or [CURRENCY]
    return _told(
        named or marked, rows, load.read, ours, header[0] if named else "", whole_file=True
    )


def _filled(values: Iterable[str]) -> list[str]:
    return [value.strip() for value in values if value.strip()]


def _told(
    codes: Sequence[str], rows: int, of: int, ours: str, header: str, *, whole_file: bool = False
) -> ForeignMoney | None:
    """``rows`` of ``of`` are foreign; ``header``: the column that says so, where one does."""
    if not rows or rows * ONE_OF < of:
        return None
    named = _codes(codes)
    amounts = "amount" if of == 1 else f"{whole(of)} amounts"
    amounts = amounts if whole_file else f"first {amounts}"
    if of == 1:
        many, are = f"The {amounts}", "is"
    elif rows == of:
        many, are = f"All {'' if whole_file else 'of the '}{amounts}", "are"
    else:
        many, are = f"{whole(rows)} of the {amounts}", "is" if rows == 1 else "are"
    return ForeignMoney(
        f"{many} {are} in {get_text_list(named, 'and')}; this shop counts in {ours}. As"
        " they are, none of them can be loaded.",
        list(_ways(named, ours, header)),
    )


def _codes(foreign: Iterable[str]) -> list[str]:
    named = sorted(dict.fromkeys(foreign))
    return named if len(named) <= MOST_NAMED else [*named[:MOST_NAMED], "others"]


def _ways(codes: Sequence[str], ours: str, header: str) -> Iterable[str]:
    yield (
        f"Convert the amounts to {ours} where the file is written, or in a spreadsheet, and bring"
        " it in again."
    )
    if len(codes) == 1 and last_order_at() is None:
        yield (
            f"If the shop itself counts in {codes[0]}: an administrator can say so under Settings"
            " as long as no order is recorded."
        )
    if header:
        yield (
            f"Only if the amounts are in {ours} already and {header} is wrong: leave that column"
            " out."
        )
