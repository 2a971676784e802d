"""A quick look at a file: its first rows as texts, and how it seems to be written."""

import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from core.contracts.file_format import Finding
from core.errors import NotFound
from ingestion.encodings import UnreadableFile
from ingestion.parsing import opened

# Looks at files that a process keeps, fifty rows each.
REMEMBERED = 16


@dataclass(frozen=True)
class Preview:
    """``findings`` by option: what was found out, how sure, and what else it may be."""

    form: str
    headers: list[str]
    rows: list[list[str]]
    findings: dict[str, Finding] = field(default_factory=dict)

    @property
    def sample(self) -> dict[str, list[str]]:
        """{header: its first values}."""
        return {header: [row[at] for row in self.rows] for at, header in enumerate(self.headers)}

    @property
    def detected(self) -> dict[str, Any]:
        return {option: finding.value for option, finding in self.findings.items()}


def quick_look(path: Path | str, options: dict[str, Any]) -> Preview:
    """The first rows under the given options; what they leave open is found out.

    A workbook has to be read whole for that: each way of reading a file is looked at once.
    """
    if not Path(path).exists():
        raise NotFound("The file is no longer here. Bring it in again.")
    kept = Path(path).stat()
    return _looked(str(path), kept.st_mtime_ns, kept.st_size, json.dumps(options, sort_keys=True))


@lru_cache(maxsize=REMEMBERED)
def _looked(path: str, changed_at: int, size: int, options: str) -> Preview:
    """Anew whenever the file has changed, as it does when somebody's rows are taken out of it."""
    file = opened(Path(path), json.loads(options))
    headers = file.look.columns
    texts = file.look.rows.select(pl.col(headers).cast(pl.String).fill_null(""))
    return Preview(
        form=file.format.title,
        headers=headers,
        rows=[list(row) for row in texts.rows()],
        findings={finding.option: finding for finding in file.look.findings},
    )


def first_findings(path: Path | str, options: dict[str, Any]) -> dict[str, Finding]:
    """What a file shows by itself; nothing where it cannot be read unless somebody says how."""
    try:
        return quick_look(path, options).findings
    except UnreadableFile:
        return {}
