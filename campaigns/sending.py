"""Speaks to the mail server, and says of each message what is certain about it afterwards."""

import logging
import smtplib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Any, Self

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.smtp import EmailBackend as SmtpBackend

from campaigns.outbox import FileBackend
from core.selectors import organisation

log = logging.getLogger(__name__)

OUTBOX = "campaigns.outbox.FileBackend"


class Fate(StrEnum):
    SENT = "sent"
    # Certainly not accepted: it may be tried again.
    AGAIN = "again"
    FAILED = "failed"
    # It may have been accepted: nobody may try it again by themselves.
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Answer:
    """What became of a message; ``away``: the server itself did not answer."""

    fate: Fate
    reason: str = ""
    away: bool = False


SENT = Answer(Fate.SENT)


def backend() -> str:
    """The demo's people are made up: whatever is set, nothing of it leaves."""
    return OUTBOX if organisation().is_demo else settings.EMAIL_BACKEND


class Postman:
    """One connection for many messages, opened at the first and again after it was lost."""

    def __init__(self) -> None:
        self._connection: Any = get_connection(backend())
        self._carried = 0
        # True from the moment in which the server could have taken the message.
        self._in_data = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._leave()

    def hand_over(self, message: EmailMessage) -> Answer:
        used_before = self._carried > 0
        answer = self._try(message)
        # Servers end a connection after so many messages: a new one, and once more at once.
        if answer.away and used_before:
            answer = self._try(message)
        return answer

    def _try(self, message: EmailMessage) -> Answer:
        try:
            self._open()
        except OSError as error:  # Also every SMTPException.
            self._drop()
            return Answer(Fate.AGAIN, f"The mail server cannot be reached: {_words(error)}", True)
        try:
            self._connection.send_messages([message])
        except smtplib.SMTPRecipientsRefused as refused:
            code, said = next(iter(refused.recipients.values()))
            return self._refused(code, said)
        except smtplib.SMTPResponseException as refused:
            return self._refused(refused.smtp_code, refused.smtp_error)
        except (smtplib.SMTPNotSupportedError, ValueError) as error:
            return Answer(Fate.FAILED, f"It cannot be written as an e-mail: {_words(error)}")
        except OSError as error:
            return self._lost(error)
        self._carried += 1
        return SENT

    def _open(self) -> None:
        self._in_data = not isinstance(self._connection, SmtpBackend | FileBackend)
        if not self._connection.open() or not isinstance(self._connection, SmtpBackend):
            return
        smtp = self._connection.connection
        smtp.data = self._noting(smtp.data)
        self._carried = 0

    def _noting(self, data: Callable[..., Any]) -> Callable[..., Any]:
        def noted(message: bytes) -> Any:
            self._in_data = True
            return data(message)

        return noted

    def _refused(self, code: int, said: bytes | str) -> Answer:
        words = said.decode(errors="replace") if isinstance(said, bytes) else said
        reason = f"The mail server answered {code} {words}"[:500]
        if code == 421:
            self._drop()
            return Answer(Fate.AGAIN, reason, away=True)
        if 400 <= code < 500:
            return Answer(Fate.AGAIN, reason)
        if code >= 500:
            return Answer(Fate.FAILED, reason)
        return self._lost(smtplib.SMTPException(f"{code} {words}"))

    def _lost(self, error: OSError) -> Answer:
        in_data = self._in_data
        self._drop()
        if in_data:
            reason = f"The mail server fell silent after it was handed over: {_words(error)}"
            return Answer(Fate.UNKNOWN, reason)
        return Answer(Fate.AGAIN, f"The mail server was lost: {_words(error)}", away=True)

    def _leave(self) -> None:
        """A polite end; what was accepted stays so, whatever becomes of it."""
        try:
            self._connection.close()
        except OSError as error:
            log.warning("The mail server did not say goodbye: %s", error)

    def _drop(self) -> None:
        """No goodbye to a server that has fallen silent: it would cost the timeout once more."""
        smtp = getattr(self._connection, "connection", None)
        if smtp is not None:
            smtp.close()
            self._connection.connection = None
        self._carried = 0


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]
