"""One process under the supervisor: how it starts, comes back, and stops."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from cba_site.local import tied
from cba_site.local.home import CHECKOUT

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 8.0
# A child that lived this long has recovered: its next crash starts with the short pause again.
RECOVERED_AFTER = 30.0
LOG_BYTES = 10 * 1024**2


@dataclass
class Child:
    """``patience``: seconds between the request to stop and the kill."""

    name: str
    command: list[str]
    env: dict[str, str] = field(default_factory=dict)
    patience: float = 10.0
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = FIRST_PAUSE

    def start(self, logs: Path) -> None:
        path = logs / f"{self.name}.log"
        if path.exists() and path.stat().st_size > LOG_BYTES:
            path.replace(path.with_suffix(".log.1"))
        with path.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-S", tied.__file__, str(os.getpid()), *self.command],
                env={**os.environ, **self.env},
                cwd=CHECKOUT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.started = time.monotonic()

    def revive(self, logs: Path) -> bool:
        """Start again if it crashed and its pause is over. True when it was started."""
        if self.process is None or self.process.poll() is None:
            return False
        lived = time.monotonic() - self.started
        if lived > RECOVERED_AFTER:
            self.pause = FIRST_PAUSE
        elif lived < self.pause:
            return False
        self._end_group()
        self.pause = min(self.pause * 2, LONGEST_PAUSE)
        self.start(logs)
        return True

    def stop(self) -> None:
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(self.patience)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._end_group()

    def _end_group(self) -> None:
        """A crashed master leaves its own children: they share its session's group."""
        assert self.process is not None
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
