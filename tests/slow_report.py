"""Writes what `make test-slow` found to docs/test-slow.md; loaded by `-p tests.slow_report`."""

import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "docs" / "test-slow.md"
INTRODUCTION = """# The last run of the slow tests

Written by `make test-slow`: long kills, fuzz and seeded faults.
"""
BEGAN, FOUND = pytest.StashKey[float](), pytest.StashKey[dict[str, object]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[BEGAN] = time.monotonic()
    config.stash[FOUND] = {}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    """What a test records as a property, such as how many faults were caught."""
    report = yield
    if report.when == "call":
        item.config.stash[FOUND] |= dict(report.user_properties)
    return report


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    counts = Counter({name: len(reports) for name, reports in terminalreporter.stats.items()})
    rows = {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "passed": counts["passed"],
        "failed": counts["failed"] + counts["error"],
        "seconds": round(time.monotonic() - config.stash[BEGAN]),
        **config.stash[FOUND],
    }
    table = "".join(f"| {name} | {value} |\n" for name, value in rows.items())
    PAGE.write_text(f"{INTRODUCTION}\n| | |\n|---|---|\n{table}")
