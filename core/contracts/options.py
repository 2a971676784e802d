"""Options of a plugin: dataclass fields with their limits, and values from outside checked."""

from collections.abc import Mapping
from dataclasses import MISSING, Field, field, fields
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


class BadOption(ValueError):
    """A name that the plugin does not know, or a value that it cannot take; says what it can."""

    def __init__(self, message: str, name: str) -> None:
        super().__init__(message)
        self.name = name


def option(default: Any, *, least: float | None = None, most: float | None = None) -> Any:
    """A field with a default and the limits between which a value from outside must lie."""
    return field(default=default, metadata={"least": least, "most": most})


def option_names(plugin: type[Any]) -> tuple[str, ...]:
    return tuple(entry.name for entry in fields(plugin))


def configured(plugin: type[T], given: Mapping[str, Any], *, called: str) -> T:
    """The plugin with these options; ``called`` is its name in the words of a refusal."""
    known = {entry.name: entry for entry in fields(plugin)}  # type: ignore[arg-type]  # a dataclass
    kinds = get_type_hints(plugin)
    for name, value in given.items():
        if name not in known:
            listed = ", ".join(known) or "none"
            raise BadOption(f"{called} has no option {name}. Its options are: {listed}.", name)
        _check(known[name], kinds[name], value, called)
    required = [entry.name for entry in known.values() if _is_needed(entry)]
    lacking = [name for name in required if name not in given]
    if lacking:
        raise BadOption(f"{called} needs the option {lacking[0]}.", lacking[0])
    return plugin(**{name: _kept(value) for name, value in given.items()})


def described(plugin: type[Any]) -> list[dict[str, Any]]:
    """Each option in words: {name, type, default, choices, least, most}; for forms and the API."""
    kinds = get_type_hints(plugin)
    told = []
    for entry in fields(plugin):
        kind = kinds[entry.name]
        each = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
        choices = [choice for one in each if get_origin(one) is Literal for choice in get_args(one)]
        told.append(
            {
                "name": entry.name,
                "type": " or ".join(_words(one) for one in each),
                "needed": _is_needed(entry),
                "default": _default(entry),
                "choices": choices,
                "least": entry.metadata.get("least"),
                "most": entry.metadata.get("most"),
            }
        )
    return told


def _is_needed(entry: Field[Any]) -> bool:
    return entry.default is MISSING and entry.default_factory is MISSING


def _default(entry: Field[Any]) -> Any:
    if entry.default_factory is not MISSING:
        return entry.default_factory()
    return None if entry.default is MISSING else entry.default


def _kept(value: Any) -> Any:
    """A list becomes a tuple: an option does not change once it is said."""
    return tuple(value) if isinstance(value, list) else value


def _check(entry: Field[Any], kind: Any, value: Any, called: str) -> None:
    kinds = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    if not any(_is(value, each) for each in kinds):
        listed = " or ".join(_words(each) for each in kinds)
        raise BadOption(f"{entry.name} of {called} is {listed}, not {value!r}.", entry.name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return
    least, most = entry.metadata.get("least"), entry.metadata.get("most")
    if (least is not None and value < least) or (most is not None and value > most):
        limits = " and ".join(
            [f"at least {least}"] * (least is not None) + [f"at most {most}"] * (most is not None)
        )
        raise BadOption(f"{entry.name} of {called} is {limits}, not {value}.", entry.name)


def _is(value: Any, kind: Any) -> bool:
    if get_origin(kind) is Literal:
        return value in get_args(kind)
    if get_origin(kind) is tuple:
        return isinstance(value, list | tuple) and all(_is(v, get_args(kind)[0]) for v in value)
    if get_origin(kind) is dict:
        inner = get_args(kind)[1]
        return isinstance(value, dict) and all(_is(v, inner) for v in value.values())
    if kind is float:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return number and abs(value) < float("inf")
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, kind)


def _words(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(map(str, get_args(kind)))
    if get_origin(kind) is tuple:
        return "a list of texts" if get_args(kind)[0] is str else "a list of numbers"
    if get_origin(kind) is dict:
        return "an object of texts"
    known = {int: "a whole number", float: "a number", bool: "true or false", NoneType: "null"}
    return known.get(kind, "text")
