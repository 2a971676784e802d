"""Browser journeys need a Chromium. Without one the rest runs, and the end names what did not."""

import os
import shutil

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
REQUIRED = "CBA_REQUIRE_BROWSER"
LEFT_OUT = pytest.StashKey[set[str]]()


def chromium() -> str | None:
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def pytest_configure(config: pytest.Config) -> None:
    config.stash[LEFT_OUT] = set()
    if os.environ.get(REQUIRED) == "1" and not chromium():
        raise pytest.UsageError(
            f"{REQUIRED}=1, and there is no Chromium here: {' '.join(BROWSERS)}"
        )


# Last: what -m and -k have left out is nobody's concern.
@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if chromium():
        return
    journeys = [item for item in items if item.get_closest_marker("browser")]
    config.stash[LEFT_OUT] |= {item.nodeid for item in journeys}
    config.hook.pytest_deselected(items=journeys)
    items[:] = [item for item in items if item not in journeys]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object) -> None:
    """A worker of pytest-xdist collected for us, and tells what it left out."""
    told = getattr(node, "workeroutput", {}).get("left_out", [])
    node.config.stash[LEFT_OUT] |= set(told)


def pytest_sessionfinish(session: pytest.Session) -> None:
    told = getattr(session.config, "workeroutput", None)
    if told is not None:
        told["left_out"] = sorted(session.config.stash[LEFT_OUT])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    left_out = terminalreporter.config.stash[LEFT_OUT]
    if left_out:
        terminalreporter.section("browser journeys that did not run")
        terminalreporter.write_line("There is no Chromium here. On Debian: apt install chromium")
        for name in sorted(left_out):
            terminalreporter.write_line(f"  {name}")
