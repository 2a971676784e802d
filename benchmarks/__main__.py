"""`make bench [ROW=…]`: our figures beside their peers', from the same run on the same machine."""

import atexit
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

RESULTS = Path(__file__).parent / "results.json"


def main(wanted: list[str]) -> None:
    home = tempfile.mkdtemp(prefix="cba-bench-")
    # Before the database registers its own end: the folder goes when nobody is in it any more.
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    Path(home).chmod(0o755)
    os.environ |= {"CBA_HOME": home, "DJANGO_SETTINGS_MODULE": "cba_site.settings"}
    from cba_site.local import database

    database.ensure()
    import django

    django.setup()
    database.migrate_if_needed()
    from benchmarks.measuring import Result
    from benchmarks.rows import ROWS

    chosen: dict[str, Callable] = {n: row for n, row in ROWS.items() if n in wanted or not wanted}
    results = []
    for row in chosen.values():
        answer = row(Path(home))
        for result in [answer] if isinstance(answer, Result) else answer:
            results.append(asdict(result))
            print(
                f"{result.name:<24}{result.ours:>12.3f} {result.unit:<8} peer {result.peer} "
                f"ratio {result.ratio}  {result.peak_rss_mb} MB  {result.note}",
                flush=True,
            )
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main([word for word in sys.argv[1:] if word])
