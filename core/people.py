"""The registered verbs of all installed apps, the uppermost app first."""

from importlib import import_module
from importlib.util import find_spec

from django.apps import apps

from core.contracts.person import PersonVerbs


def person_verbs() -> list[PersonVerbs]:
    """One object an app that has a ``people.py``. Apps are installed from the bottom up."""
    found = []
    for app in reversed(list(apps.get_app_configs())):
        if find_spec(f"{app.name}.people"):
            module = import_module(f"{app.name}.people")
            found += [
                cls()
                for cls in vars(module).values()
                if isinstance(cls, type)
                and issubclass(cls, PersonVerbs)
                and cls.__module__ == module.__name__
            ]
    return found


def what_holds(load_id: int) -> str | None:
    """The first reason of any app why an undo of this load must wait."""
    return next(filter(None, (verbs.holds(load_id) for verbs in person_verbs())), None)


def audited_verbs() -> list[str]:
    """The verbs of audit entries that are about a customer."""
    return sorted({verb for verbs in person_verbs() for verb in verbs.audited})
