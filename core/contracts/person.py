"""Door 3: what each app that stores something about customers can do with one person.

An app answers in its ``people.py`` with one child of ``PersonVerbs``. From the top down they are
run by pipelines; a test walks every model with a path to Customer and every store of files.
"""

from abc import ABC, abstractmethod
from typing import Any, ClassVar


class PersonVerbs(ABC):
    """One app's part. ``models`` are "app.Model" labels, ``stores`` names of folders of files.

    ``audited`` are the verbs of audit entries whose subject is a customer_id. ``forget`` may be
    called again after it was interrupted: it then finishes. ``stays`` says of models whose rows do
    not move when two customers are merged, why.
    """

    key: ClassVar[str]
    models: ClassVar[tuple[str, ...]] = ()
    stores: ClassVar[tuple[str, ...]] = ()
    audited: ClassVar[tuple[str, ...]] = ()
    stays: ClassVar[dict[str, str]] = {}

    @abstractmethod
    def forget(self, customer_pk: int) -> dict[str, int]:
        """Erase everything about the person; {what: rows}."""

    @abstractmethod
    def disclose(self, customer_pk: int) -> dict[str, Any]:
        """Everything about the person, ready for JSON."""

    def movable(self, source_pk: int, target_pk: int) -> list[Any]:
        """The rows of one customer that another can take, a queryset for each model.

        Where a constraint lets only one of the two have a row, the target's counts, and the
        source's stays behind until the merge is taken back.
        """
        return []

    @abstractmethod
    def repoint(self, source_pk: int, target_pk: int) -> dict[str, list[int]]:
        """Give the movable rows to the target; the journal {model: row ids} undoes it.

        What it wrote beside them stands there under a name without a dot.
        """

    @abstractmethod
    def repoint_back(self, journal: dict[str, list[int]], source_pk: int, target_pk: int) -> None:
        """Give the journal's rows back to the source that had them, where the target has them."""

    def holds(self, load_id: int) -> str | None:
        """Why an undo of this load must wait; None when nothing of this app stands in its way."""
        return None
