"""Finds plugins: one file with one class each, in packages named by the caller."""

import importlib
import importlib.util
import inspect
import pkgutil
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import ClassVar, Protocol, TypeVar


class Plugin(Protocol):
    """What all contracts share: the name under which a plugin is found."""

    key: ClassVar[str]


T = TypeVar("T", bound=Plugin)


class DuplicatePlugin(Exception):
    """Two files claim one key, so neither may win by the order of the file system."""


def plugins(*, packages: Iterable[str], contract: type[T]) -> dict[str, type[T]]:
    """Import every module of ``packages`` and return its concrete classes by their ``key``.

    A package that does not exist brings nothing: an app without plugins has no such folder.
    """
    found: dict[str, type[T]] = {}
    for package in packages:
        for module in _modules(package):
            for cls in _concrete(module, contract):
                if cls.key in found:
                    raise DuplicatePlugin(f"{cls.key}: {found[cls.key]} and {cls}")
                found[cls.key] = cls
    return dict(sorted(found.items()))


def _modules(package: str) -> Iterator[ModuleType]:
    if importlib.util.find_spec(package) is None:
        return
    parent = importlib.import_module(package)
    for info in pkgutil.iter_modules(parent.__path__):
        yield importlib.import_module(f"{package}.{info.name}")


def _concrete(module: ModuleType, contract: type[T]) -> list[type[T]]:
    return [
        cls
        for _, cls in inspect.getmembers(module, inspect.isclass)
        if issubclass(cls, contract)
        and not inspect.isabstract(cls)
        and cls.__module__ == module.__name__
    ]
