"""The import kinds of all installed apps, found through the registry; ingestion names none."""

from functools import cache

from django.apps import apps

from core.contracts.import_kind import ImportKind
from core.errors import Refused
from core.registry import plugins


class UnknownKind(Refused):
    code = "unknown_kind"


@cache
def kinds() -> dict[str, type[ImportKind]]:
    packages = [f"{app.name}.kinds" for app in apps.get_app_configs()]
    return plugins(packages=packages, contract=ImportKind)


def kind_named(key: str) -> ImportKind:
    found = kinds().get(key)
    if found is None:
        known = ", ".join(kinds())
        raise UnknownKind(
            f"There is no kind {key!r}. Kinds are: {known}.", fields={"kind": f"one of {known}"}
        )
    return found()
