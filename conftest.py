"""What needs a program of the machine: journeys a Chromium, some sources a MariaDB.

Where it lacks, the rest runs, and the end names what did not.
"""

import os
import shutil
from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Need:
    """Tests marked ``mark`` need one of these programs."""

    mark: str
    programs: tuple[str, ...]
    required: str
    title: str
    advice: str

    def is_there(self) -> bool:
        return any(map(shutil.which, self.programs))


NEEDS = (
    Need(
        "browser",
        ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
        "CBA_REQUIRE_BROWSER",
        "browser journeys that did not run",
        "There is no Chromium here. On Debian: apt install chromium",
    ),
    Need(
        "mariadb",
        ("mariadbd",),
        "CBA_REQUIRE_MARIADB",
        "tests of MariaDB that did not run",
        "There is no MariaDB here. On Debian: apt install mariadb-server",
    ),
)
LEFT_OUT = pytest.StashKey[dict[str, set[str]]]()


def chromium() -> str | None:
    return next(filter(None, map(shutil.which, NEEDS[0].programs)), None)


def pytest_configure(config: pytest.Config) -> None:
    config.stash[LEFT_OUT] = {need.mark: set() for need in NEEDS}
    for need in NEEDS:
        if os.environ.get(need.required) == "1" and not need.is_there():
            raise pytest.UsageError(
                f"{need.required}=1, and there is none of these here: {' '.join(need.programs)}"
            )


# Last: what -m and -k have left out is nobody's concern.
@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for need in NEEDS:
        if need.is_there():
            continue
        without = [item for item in items if item.get_closest_marker(need.mark)]
        config.stash[LEFT_OUT][need.mark] |= {item.nodeid for item in without}
        config.hook.pytest_deselected(items=without)
        items[:] = [item for item in items if item not in without]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object) -> None:
    """A worker of pytest-xdist collected for us, and tells what it left out."""
    for mark, told in getattr(node, "workeroutput", {}).get("left_out", {}).items():
        node.config.stash[LEFT_OUT][mark] |= set(told)


def pytest_sessionfinish(session: pytest.Session) -> None:
    told = getattr(session.config, "workeroutput", None)
    if told is not None:
        left_out = session.config.stash[LEFT_OUT]
        told["left_out"] = {mark: sorted(names) for mark, names in left_out.items()}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for need in NEEDS:
        left_out = terminalreporter.config.stash[LEFT_OUT][need.mark]
        if left_out:
            terminalreporter.section(need.title)
            terminalreporter.write_line(need.advice)
            for name in sorted(left_out):
                terminalreporter.write_line(f"  {name}")
