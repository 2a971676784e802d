"""The contract of a preset: how a known program writes its files. One file is one preset."""

from typing import Any, ClassVar


class Preset:
    """Per kind: glossary name → source column, and how the file is written.

    A kind that is not named has the glossary's own names; one whose columns all stand in a file
    tells the file by them.
    """

    key: ClassVar[str]
    title: ClassVar[str]
    columns: ClassVar[dict[str, dict[str, str]]] = {}
    options: ClassVar[dict[str, Any]] = {}
    # Per kind its cleaning rules, in place of the kind's usual ones.
    rules: ClassVar[dict[str, list[dict[str, Any]]]] = {}
    # What somebody who chooses it has to know.
    note: ClassVar[str] = ""
