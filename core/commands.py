"""What all commands share: --json, one line for a refusal, and exit codes 0, 1 and 2."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from tqdm import tqdm

from core.errors import Refused


class ProductCommand(BaseCommand):
    """Answers with one object. Exit 0: done or answered; 1: refused or failed; 2: wrong usage.

    Children implement ``answer``; ``say`` puts the answer into words where JSON was not asked for.
    """

    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        # Django turns a wrong usage into an exception when it is called from Python; exit 2 here.
        parser.called_from_command_line = True
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        return parser

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            answer = self.answer(**options)
        except Refused as refusal:
            self._refuse(refusal, as_json=options["json"])
        else:
            text = json.dumps(answer, default=str) if options["json"] else self.say(answer)
            self.stdout.write(text)
            self.end(answer)

    def answer(self, **options: Any) -> dict[str, Any]:
        raise NotImplementedError

    def say(self, answer: dict[str, Any]) -> str:
        return "\n".join(f"{name}: {value}" for name, value in answer.items())

    def end(self, answer: dict[str, Any]) -> None:
        """Exit with 1 where the answer reports something that failed, or waits for a decision."""
        if answer.get("state") in ("failed", "cancelled", "held"):
            sys.exit(1)

    def _refuse(self, refusal: Refused, *, as_json: bool) -> None:
        if as_json:
            error = {"code": refusal.code, "message": refusal.message, "fields": refusal.fields}
            self.stdout.write(json.dumps({"error": error}))
        self.stderr.write(refusal.message)
        sys.exit(1)


class CannotWrite(Refused):
    code = "cannot_write"


@contextmanager
def written_whole(out: Path) -> Iterator[Path]:
    """A draft beside ``out`` that takes its name once it is whole; refused where it cannot be."""
    # A pipe or a terminal takes what comes; only a file can be replaced.
    special = out.exists() and not out.is_file() and not out.is_dir()
    draft = out if special else out.with_name(f".{out.name}.{os.getpid()}.draft")
    try:
        if out.is_dir():
            raise IsADirectoryError(f"{out} is a folder")
        yield draft
        if not special:
            draft.replace(out)
    except OSError as error:
        why = error.strerror or str(error)
        raise CannotWrite(
            f"{out} cannot be written: {why}. Name a file in a folder that is there.",
            fields={"out": str(out)},
        ) from error
    finally:
        if not special:
            draft.unlink(missing_ok=True)


class TerminalProgress:
    """A bar on stderr that follows a run: one bar, named by the step. Silent without a terminal."""

    def __init__(self) -> None:
        self._bar = tqdm(total=100, disable=None, bar_format="{desc:<24}{bar}{n:>4.0f} %")

    def __call__(self, run: Any) -> None:
        self._bar.set_description_str(run.step or run.state)
        self._bar.n = round(run.progress * 100)
        self._bar.refresh()

    def close(self) -> None:
        self._bar.close()
