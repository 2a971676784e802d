"""Reads a tutorial's own text and does what it says, literally, on a real installation.

What it understands is what a reader would do: a block of `sh` is typed into one terminal, one with
a title into another that stays open; `text` is what the block before it has shown, with … for
whatever differs; `page` opens an address as somebody, and says what stands on that page.
"""

import os
import re
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from benchmarks.visitor import Visitor

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r'^```(\w*)(?: title="([^"]*)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)
OPENED = re.compile(r"open (\S+) as (\S+)")
PEOPLE = re.compile(r'echo "(.+)" \| cba create_user (\S+) --role (\w+)')
DONE = "the block is done:"
# Any command that fails within a block is a fault of the tutorial, not the last one alone.
MANNERS = "set -E -o pipefail; trap 'failed=1' ERR\n"
PATIENCE = 120.0


@dataclass(frozen=True)
class Block:
    kind: str
    title: str
    text: str
    line: int


class NotAsTold(AssertionError):
    """The tutorial says one thing and the installation another."""


def blocks(markdown: str) -> list[Block]:
    return [
        Block(found[1], found[2] or "", found[3], markdown.count("\n", 0, found.start()) + 1)
        for found in FENCE.finditer(markdown)
    ]


def lacking(told: str, shown: str) -> str | None:
    """The first line of what was told that is not shown, each one after the one before."""
    place = 0
    for wanted in filter(None, map(str.strip, told.splitlines())):
        pattern = re.compile(".*?".join(map(re.escape, wanted.split("…"))))
        found = pattern.search(shown, place)
        if found is None:
            return wanted
        place = found.end()
    return None


class Terminals:
    """One that is typed into, and others that keep running."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = {**env}
        self._shell = subprocess.Popen(
            ["bash", "--noprofile", "--norc"], cwd=ROOT, env=self._env, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self._type(MANNERS)
        self._others: list[tuple[subprocess.Popen[str], Path]] = []
        self._folder = tempfile.TemporaryDirectory(prefix="cba-tutorial-")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for other, _said in reversed(self._others):
            other.terminate()
            other.wait(60)
        self._shell.kill()
        self._shell.wait()
        self._folder.cleanup()

    def run(self, text: str) -> str:
        """What it shows. Fails where any of its commands does."""
        typed = Path(self._folder.name) / "typed.sh"
        typed.write_text(text)
        self._type(f'failed=0; . "{typed}" </dev/null; printf "\\n{DONE} %s\\n" "$failed"\n')
        shown = []
        assert self._shell.stdout is not None
        for line in self._shell.stdout:
            if line.startswith(DONE):
                break
            shown.append(line)
        else:
            raise NotAsTold(f"The terminal closed:\n{''.join(shown)}")
        if line.split()[-1] != "0":
            raise NotAsTold(f"{text}\nfailed:\n{''.join(shown)}")
        return "".join(shown)

    def leave_running(self, text: str, until: str) -> None:
        """In a terminal of its own, until it has shown that."""
        said = Path(self._folder.name) / f"terminal-{len(self._others)}"
        with said.open("w") as out:
            # exec: what is ended is the last command itself, as Ctrl-C would.
            *before, last = text.strip().splitlines()
            words = "\n".join([*before, f"exec {last}"])
            started = subprocess.Popen(
                ["bash", "-c", words], cwd=ROOT, env=self._env, text=True,
                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
            )  # fmt: skip
        self._others.append((started, said))
        deadline = time.monotonic() + PATIENCE
        while wanted := lacking(until, said.read_text()):
            if started.poll() is not None or time.monotonic() > deadline:
                raise NotAsTold(f"{text}\nnever said {wanted!r}:\n{said.read_text()}")
            time.sleep(0.1)

    def _type(self, text: str) -> None:
        assert self._shell.stdin is not None
        self._shell.stdin.write(text)
        self._shell.stdin.flush()


def follow(markdown: str, *, env: Mapping[str, str]) -> int:
    """Do all of it; how many blocks. ``env`` names a home and a port."""
    told = blocks(markdown)
    passwords = {who: (word, role) for word, who, role in PEOPLE.findall(markdown)}
    shown = ""
    with Terminals(env) as terminals:
        for place, block in enumerate(told):
            after = told[place + 1] if place + 1 < len(told) else None
            if block.kind == "sh" and block.title:
                assert after is not None
                terminals.leave_running(block.text, until=after.text)
                shown = after.text
            elif block.kind == "sh":
                shown = terminals.run(block.text)
            elif block.kind == "text":
                _hold(block, shown)
            elif block.kind == "page":
                _look(block, terminals, env["PORT"], passwords)
            else:
                raise NotAsTold(f"line {block.line}: nobody knows what {block.kind!r} is")
    return len(told)


def _hold(block: Block, shown: str) -> None:
    told = OPENED.sub("", block.text)
    if wanted := lacking(told, shown):
        raise NotAsTold(f"line {block.line}: {wanted!r} is not in\n{shown}")


def _look(
    block: Block, terminals: Terminals, port: str, passwords: dict[str, tuple[str, str]]
) -> None:
    """Look again until the page says it: a worker may still be at it."""
    found = OPENED.match(block.text)
    if found is None:
        raise NotAsTold(f"line {block.line}: a page block begins with 'open ADDRESS as SOMEBODY'")
    path = terminals.run(f'echo "{found[1]}"').strip()
    word, role = passwords[found[2]]
    login = {"role": role, "email": found[2], "password": word}
    visitor = Visitor(f"http://127.0.0.1:{port}", login)
    deadline = time.monotonic() + PATIENCE
    told = block.text.partition("\n")[2]
    while lacking(told, visitor.words(path)) and time.monotonic() < deadline:
        time.sleep(0.5)
    _hold(block, visitor.words(path))


def environment(home: Path, port: int) -> dict[str, str]:
    """Ours without what tests have put into it, with that home and port."""
    theirs = {"DATABASE_URL", "REDIS_URL", "LOG_FILE", "DJANGO_SETTINGS_MODULE", "CBA_TEST_HOME"}
    mine = {name: value for name, value in os.environ.items() if name not in theirs}
    return {**mine, "CBA_HOME": str(home), "PORT": str(port)}
