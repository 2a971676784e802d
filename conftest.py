"""Browser journeys need a Chromium. Without one the rest runs, and the end names what did not."""

import os
import shutil

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NOT_RUN = pytest.StashKey[list[str]]()


def chromium() -> str | None:
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    config.stash[NOT_RUN] = []
    if chromium():
        return
    journeys = [item for item in items if item.get_closest_marker("browser")]
    if journeys and os.environ.get("CBA_REQUIRE_BROWSER") == "1":
        raise pytest.UsageError("CBA_REQUIRE_BROWSER=1, and there is no Chromium on this machine.")
    config.stash[NOT_RUN] = [item.nodeid for item in journeys]
    config.hook.pytest_deselected(items=journeys)
    items[:] = [item for item in items if item not in journeys]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    config = terminalreporter.config
    worker = not hasattr(config, "workerinput")
    if worker and not chromium():
        terminalreporter.section("browser journeys did not run")
        terminalreporter.write_line("There is no Chromium here. On Debian: apt install chromium")
        for name in config.stash.get(NOT_RUN, []):
            terminalreporter.write_line(f"  {name}")
