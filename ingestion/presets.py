"""Mappings that come with the product: which column of a known file is which of the glossary's."""

from core.contracts.preset import Preset
from core.registry import plugins

GENERIC = "generic"


class Generic(Preset):
    key = GENERIC
    title = "None: by the names of the columns"


PRESETS: dict[str, type[Preset]] = {
    GENERIC: Generic,
    **plugins(packages=["ingestion.programs"], contract=Preset),
}
