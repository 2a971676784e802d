"""The connectors, found through the registry, and what this installation lets them reach."""

import json
from functools import cache
from typing import Any

from django.conf import settings

from core.contracts.connector import Connector, Reach, secret_names
from core.contracts.options import BadOption, configured
from core.errors import Refused
from core.registry import plugins
from ingestion.source_models import Source


class UnknownConnector(Refused):
    code = "unknown_connector"


class BadSource(Refused):
    code = "bad_source"


@cache
def connectors() -> dict[str, type[Connector]]:
    return plugins(packages=["ingestion.connectors"], contract=Connector)


def connector_named(key: str) -> type[Connector]:
    found = connectors().get(key)
    if found is None:
        known = ", ".join(connectors())
        raise UnknownConnector(
            f"There is no connector {key!r}. Connectors are: {known}.",
            fields={"connector": f"one of {known}"},
        )
    return found


def made_connector(key: str, options: dict[str, Any]) -> Connector:
    """The connector with these options, secrets included; refused where one does not fit."""
    plugin = connector_named(key)
    try:
        return configured(plugin, options, called=plugin.title)
    except BadOption as error:
        raise BadSource(str(error), fields={error.name: str(error)}) from error


def connector_of(source: Source) -> Connector:
    return made_connector(source.connector, {**source.options, **secrets_of(source)})


def secrets_of(source: Source) -> dict[str, str]:
    kept: dict[str, str] = json.loads(source.secrets)
    return kept


def parted(key: str, given: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Options, and the secrets among them that were given anew."""
    hidden = secret_names(connector_named(key))
    options = {name: value for name, value in given.items() if name not in hidden}
    return options, {name: given[name] for name in hidden if given.get(name)}


def reach() -> Reach:
    return Reach(tuple(settings.SOURCE_FOLDERS), tuple(settings.SOURCE_HOSTS))
