"""Messages as files: in the demo, and where no mail server is named, nothing leaves."""

import os
import time
from collections.abc import Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage as Parsed
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend


def folder() -> Path:
    """Campaigns' messages have names; the codes that people sign in with lie beside them, and are
    shown to nobody.
    """
    return Path(settings.EMAIL_FILE_PATH)


class CampaignMail(EmailMultiAlternatives):
    """A message with the name of the file that it is where messages are files."""

    outbox_name = ""


class FileBackend(BaseEmailBackend):
    """One .eml file a message, whole or not there; the same message twice is one file."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            self._write(message)
        return len(email_messages)

    def _write(self, message: EmailMessage) -> None:
        named = message.outbox_name if isinstance(message, CampaignMail) else ""
        name = named or f"{time.time_ns()}-{uuid4().hex}.eml"
        path = folder() / name
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.part")
        part.write_bytes(message.message().as_bytes(linesep="\r\n"))
        part.replace(path)


def file_of_message(message_pk: int) -> str:
    return f"message-{message_pk}.eml"


def file_of_test(user_pk: int, customer_pk: int | None) -> str:
    return f"test-{user_pk}-{customer_pk or 0}-{time.time_ns()}.eml"


def written(name: str) -> Parsed | None:
    """What was written under a name; None where it was not, or was erased."""
    path = folder() / name
    return _parsed(path) if path.exists() else None


def tests_of(user_pk: int, most: int) -> list[tuple[str, Parsed]]:
    """The newest messages that somebody sent to themselves."""
    found = sorted(folder().glob(f"test-{user_pk}-*.eml"), key=_written_at, reverse=True)
    return [(path.name, _parsed(path)) for path in found[:most]]


def erase(*, message_pks: Sequence[int], customer_pk: int) -> int:
    """Remove what was written to or about a customer; how many files."""
    gone = [folder() / file_of_message(pk) for pk in message_pks]
    gone += folder().glob(f"test-*-{customer_pk}-*.eml")
    there = [path for path in gone if path.exists()]
    for path in there:
        path.unlink(missing_ok=True)
    return len(there)


def _written_at(path: Path) -> int:
    return int(path.stem.rpartition("-")[2])


def _parsed(path: Path) -> Parsed:
    return message_from_bytes(path.read_bytes(), policy=policy.default)
