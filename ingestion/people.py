from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from core.contracts.person import PersonVerbs
from customers.selectors import Identity, identity
from ingestion.kept_files import UNREADABLE, Whose, delete_file, empty_rows, rows_about
from ingestion.models import Draft, Load, Reject
from ingestion.rule_examples import take_examples_out
from transactions.selectors import visitors_of


class IngestionPeople(PersonVerbs):
    """The kept files, and what the reports quote of rows that did not enter.

    It works while the customer's own row is still there, which names what is looked for.
    """

    key: ClassVar[str] = "ingestion"
    stores: ClassVar[tuple[str, ...]] = ("uploads",)

    def forget(self, customer_pk: int) -> dict[str, int]:
        person = identity(customer_pk)
        if person is None:
            return {}
        quoted = _quoted(person).update(value="")
        emptied = deleted = 0
        for kept in (*Load.objects.order_by("pk"), *Draft.objects.order_by("pk")):
            try:
                rows = empty_rows(kept, _whose(person))
                emptied += len(rows)
                if isinstance(kept, Load):
                    take_examples_out(kept, rows if Path(kept.file_path).exists() else None)
            except UNREADABLE:
                deleted += delete_file(kept, {person.customer_id, *person.texts})
                if isinstance(kept, Load):
                    take_examples_out(kept)
        return {
            "rejected rows": quoted,
            "rows of files": emptied,
            "unreadable files": deleted,
            "fixed values": _forget_fixes(person),
        }

    def disclose(self, customer_pk: int) -> dict[str, Any]:
        person = identity(customer_pk)
        told = _quoted(person).select_related("load") if person else ()
        return {
            "rejected_rows": [
                {"file": r.load.file_name, "row": r.row, "column": r.column, "value": r.value}
                for r in told
            ]
        }

    def repoint(self, source_pk: int, target_pk: int) -> dict[str, list[int]]:
        """Files and reports say what they said."""
        return {}

    def repoint_back(self, journal: dict[str, list[int]], source_pk: int, target_pk: int) -> None:
        """Nothing was moved."""


def _forget_fixes(person: Identity) -> int:
    """Take what was typed about the person beside rejected values out of the mappings."""
    theirs = {text.casefold() for text in (person.customer_id, *person.texts)}
    gone = 0
    for kept in (*_with_fixes(Load), *_with_fixes(Draft)):
        left = {
            name: {
                value: instead
                for value, instead in values.items()
                if not theirs & {value.casefold(), instead.casefold()}
            }
            for name, values in kept.mapping["fixes"].items()
        }
        if left != kept.mapping["fixes"]:
            gone += sum(map(len, kept.mapping["fixes"].values())) - sum(map(len, left.values()))
            type(kept).objects.filter(pk=kept.pk).update(mapping={**kept.mapping, "fixes": left})
    return gone


def _with_fixes(model: type[Load] | type[Draft]) -> Any:
    return model.objects.filter(mapping__has_key="fixes").order_by("pk")


def _quoted(person: Identity) -> Any:
    """Rejects that quote a row about the person, found by the rows of the kept files."""
    about = dict(_rows_of_files(person))
    pks = [
        reject.pk
        for reject in Reject.objects.filter(load__in=about).exclude(value="")
        if reject.row in about[reject.load_id]
    ]
    return Reject.objects.filter(pk__in=pks).order_by("load", "row", "pk")


def _rows_of_files(person: Identity) -> Iterator[tuple[int, set[int]]]:
    for load in Load.objects.filter(rejected__gt=0):
        try:
            yield load.pk, set(rows_about(load, _whose(person)))
        except UNREADABLE:
            continue


def _whose(person: Identity) -> Whose:
    return Whose(
        meant=lambda ids: {person.customer_id}.intersection(ids),
        texts=frozenset(text.casefold() for text in person.texts),
        visitors=visitors_of(person.customer_pk).intersection,
    )
