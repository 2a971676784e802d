"""A shop that many tests open alike: brought in and refreshed once a process, and for every later
test put back as the rows and the files that this left, which takes a tenth of the time."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from tests.shops import nine_and_one
from tests.shops.coming_in import bring_in, refreshed

FILES = ("features", "mirror", "models", "uploads")
SEQUENCES = """
    SELECT quote_ident(table_name), pg_get_serial_sequence(quote_ident(table_name), column_name)
    FROM information_schema.columns WHERE table_schema = 'public' AND is_identity = 'YES'
"""


@dataclass(frozen=True)
class Left:
    """What an opening added: rows by table as COPY writes them, files by their path in the home."""

    rows: dict[str, list[str]]
    files: dict[Path, bytes]
    sequences: dict[str, int]


def opened_once(opening: Callable[[Path], None]) -> Callable[[Path], None]:
    """``opening`` adds to the record, whatever stands there, and changes nothing of it."""
    left: list[Left] = []

    @wraps(opening)
    def opened(folder: Path) -> None:
        if left:
            _put_back(left[0])
            return
        rows, files = _rows(), _files()
        opening(folder)
        left.append(_added(rows, files))

    return opened


def _rows() -> dict[str, list[str]]:
    return {table: _copied(table) for table in connection.introspection.table_names()}


def _copied(table: str) -> list[str]:
    text = io.StringIO()
    with connection.cursor() as cursor:
        cursor.cursor.copy_expert(f'COPY "{table}" TO STDOUT', text)
    return text.getvalue().splitlines(keepends=True)


def _files() -> dict[Path, bytes]:
    home = Path(settings.CBA_HOME)
    found = (path for name in FILES for path in (home / name).rglob("*") if path.is_file())
    return {path.relative_to(home): path.read_bytes() for path in found}


def _added(rows: dict[str, list[str]], files: dict[Path, bytes]) -> Left:
    now, added = _rows(), {}
    for table, lines in now.items():
        before = set(rows[table])
        assert before <= set(lines), f"the opening changed {table}"
        if new := [line for line in lines if line not in before]:
            added[table] = new
    kept = {path: data for path, data in _files().items() if files.get(path) != data}
    return Left(rows=added, files=kept, sequences=_sequences(set(added)))


def _sequences(tables: set[str]) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(SEQUENCES)
        names = {table: sequence for table, sequence in cursor.fetchall() if table in tables}
        last = {}
        for sequence in names.values():
            cursor.execute(f"SELECT last_value FROM {sequence}")
            last[sequence] = cursor.fetchone()[0]
    return last


def _put_back(left: Left) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for table, lines in left.rows.items():
            cursor.cursor.copy_expert(f'COPY "{table}" FROM STDIN', io.StringIO("".join(lines)))
        # A test may have set them back: what is made next must not meet what is put back here.
        for sequence, last in left.sequences.items():
            cursor.execute(f"SELECT setval('{sequence}', greatest(nextval('{sequence}'), {last}))")
    for path, data in left.files.items():
        _write(Path(settings.CBA_HOME) / path, data)


def _write(path: Path, data: bytes) -> None:
    """Whoever has mapped the file keeps what was mapped."""
    if path.is_file() and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.back")
    beside.write_bytes(data)
    beside.replace(path)


@opened_once
def open_nine_and_one(folder: Path) -> None:
    bring_in(folder, nine_and_one.ORDER_LINES)
    refreshed(nine_and_one.AS_OF)


@opened_once
def open_nine_in_groups(folder: Path) -> None:
    """Without models and scores."""
    bring_in(folder, nine_and_one.ORDER_LINES)
    refreshed(nine_and_one.AS_OF, only=["features", "segments"])
