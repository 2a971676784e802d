"""A file on its way in, as `import_file` does it."""

from datetime import datetime
from pathlib import Path

from ingestion.models import Load
from ingestion.services import load_file, load_numbered, receive_file
from pipelines.services import refresh, request_refresh
from runs.models import Run
from runs.services import perform


def bring_in(folder: Path, text: str, kind: str = "order_lines", **options) -> Load:
    """Load a CSV text and return the load as it ended."""
    path = folder / f"{kind}.csv"
    path.write_text(text)
    load = receive_file(path=path, kind=kind, send=False, **options)
    perform(run=load.run, job=load_file)
    return load_numbered(load.pk)


def refreshed(as_of: datetime, **arguments) -> Run:
    """A whole refresh as of a moment, carried out here; fails the test where it fails."""
    run = request_refresh(as_of=as_of, send=False)
    run.arguments.update(arguments)
    run.save()
    ended = perform(run=run, job=refresh)
    assert ended.error == ""
    return ended
