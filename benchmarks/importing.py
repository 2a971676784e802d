"""Bringing a shop's dirty export in, beside \\copy of the same files into flat tables."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection

from benchmarks.dirty_shop import DirtyShop, write_dirty_shop
from benchmarks.measuring import Result

MANAGE = Path(__file__).parent.parent / "manage.py"
KINDS = ("customers", "products", "order_lines")
# What the record's secondary indexes are on, in the columns of the file.
FLAT_INDEXES = {
    "customers": ("customer_id", "email", "phone", "name"),
    "products": ("sku",),
    "order_lines": ("order_id, line_number", "customer_id", "occurred_at", "sku"),
}
SIZES = (1_000_000, 10_000_000)
FURTHER = 100_000
TABLES = """
    transactions_orderline, transactions_order, transactions_product, transactions_event,
    customers_customer, ingestion_load, ingestion_reject, transactions_mirrorfile
"""


@dataclass(frozen=True)
class Took:
    """One command: wall seconds, CPU seconds of it and of the server, the peak of its process in
    MB, and what it answered.
    """

    seconds: float
    cpu: float
    peak_mb: float
    said: str

    @property
    def answer(self) -> dict[str, Any]:
        return json.loads(self.said)


def bring_in_dirty_files(home: Path) -> Iterator[Result]:
    """A million and ten million lines, each into an empty record; then 100,000 lines more."""
    sizes = [int(n) for n in os.environ.get("BENCH_LINES", "").split(",") if n] or SIZES
    each_line = 0.0
    for lines in sizes:
        _empty_the_record()
        shop = write_dirty_shop(home / f"dirty-{lines}", lines=lines, seed=1)
        for kind in KINDS:
            found = _beside_flat_copy(shop, kind)
            yield found
        each_line = found.ours / shop.lines
    more = write_dirty_shop(
        home / "further", lines=FURTHER, seed=2, customers=sizes[-1] // 24, after_order=sizes[-1]
    )
    took = _import(more, "order_lines")
    share = each_line * more.lines
    note = f"CPU {took.cpu:.1f}; peer: its share of the load before"
    yield _result("import-further", took, share, note)
    _empty_the_record()


def _beside_flat_copy(shop: DirtyShop, kind: str) -> Result:
    took = _import(shop, kind)
    if kind == "order_lines":
        _check(shop, took.answer)
    flat = _flat_copy(shop.path(kind), kind)
    steps = ", ".join(f"{step['step']} {step['seconds']:.1f}" for step in _steps(took.answer))
    cpu = f"CPU {took.cpu:.1f} beside {flat.cpu:.1f}"
    name = f"import-{kind.replace('_', '-')}-{round(shop.lines / 1_000_000)}m"
    return _result(name, took, flat.seconds, f"{took.answer['read']:,} rows; {cpu}; {steps}")


def _result(name: str, took: Took, peer: float, note: str) -> Result:
    ours, beside = round(took.seconds, 2), round(peer, 2)
    return Result(name, ours, beside, round(ours / beside, 2), "s", round(took.peak_mb), note)


def _import(shop: DirtyShop, kind: str) -> Took:
    """``manage.py import_file`` in a process of its own, from its start to its end."""
    path = str(shop.path(kind))
    return _apart([sys.executable, str(MANAGE), "import_file", path, "--kind", kind, "--json"])


def _apart(command: list[str]) -> Took:
    before = _server_cpu()
    asked = [sys.executable, "-m", "benchmarks.apart", *command]
    told = json.loads(subprocess.run(asked, stdout=subprocess.PIPE, check=True).stdout)
    # The server counts a connection's time when it has ended.
    time.sleep(1)
    return Took(**{**told, "cpu": told["cpu"] + _server_cpu() - before})


def _server_cpu() -> float:
    """CPU seconds of all ended connections of the server, which runs on this machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (ours,) = cursor.fetchone()
    parent = _stat(ours)[1]
    user, system = _stat(int(parent))[13:15]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str]:
    """What proc(5) calls fields 3 and on."""
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()


def _check(shop: DirtyShop, answer: dict[str, Any]) -> None:
    """A load that is quick and wrong is no figure."""
    assert answer["read"] == shop.lines, answer
    assert answer["rejected"] == shop.rejected, answer
    assert answer["duplicate"] == shop.duplicate, answer
    assert answer["loaded"] == shop.lines - shop.rejected - shop.duplicate, answer


def _steps(answer: dict[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT steps FROM runs_run WHERE id = %s", [answer["run"]])
        (steps,) = cursor.fetchone()
    return json.loads(steps) if isinstance(steps, str) else steps


def _flat_copy(path: Path, kind: str) -> Took:
    """psql's own \\copy into one flat table of text, then the same secondary indexes."""
    with path.open() as file:
        header = file.readline().strip().split(",")
    columns = ", ".join(f"{name} text" for name in header)
    # \copy knows no ragged rows: they are cut off before the clock starts.
    plain = path.with_suffix(".plain.csv")
    with path.open() as source, plain.open("w") as target:
        target.writelines(line for line in source if line.count(",") == len(header) - 1)
    at = connection.settings_dict
    address = f"postgres://{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT']}/{at['NAME']}"
    statements = [f"CREATE TABLE flat ({columns})", f"\\copy flat from '{plain}' csv header"]
    statements += [f"CREATE INDEX ON flat ({wanted})" for wanted in FLAT_INDEXES[kind]]
    command = ["psql", address, "-q", "-v", "ON_ERROR_STOP=1"]
    took = _apart([*command, *(f"-c{one}" for one in statements)])
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE flat")
    plain.unlink()
    return took


def _empty_the_record() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {TABLES} CASCADE")
        cursor.execute("DELETE FROM runs_run")
        cursor.execute("CHECKPOINT")
