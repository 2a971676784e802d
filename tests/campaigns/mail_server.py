"""A real SMTP server that refuses, breaks off or falls silent where a seed says so."""

import asyncio
import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from cba_site.local.postgres import free_port

# What the server does with a message, and whether it has taken it then.
MISCHIEF = (
    "refuse_sender", "refuse_recipient", "break_before_data", "refuse_data",
    "break_before_taking", "silent_before_taking", "take_and_break", "take_and_be_silent",
)  # fmt: skip
TAKES = {"take", "take_and_break", "take_and_be_silent"}
SILENCE = 60


@dataclass
class MailServer:
    """``share`` of the messages, drawn by ``seed``, meets a mischief: one of ``kinds`` in turn."""

    seed: int = 0
    share: float = 0.0
    kinds: tuple[str, ...] = MISCHIEF
    port: int = 0
    taken: list[tuple[str, EmailMessage]] = field(default_factory=list)
    done: Counter = field(default_factory=Counter)
    connections: int = 0
    # Set: the next message waits in DATA, before it is taken, and says so.
    hold_in_data: threading.Event = field(default_factory=threading.Event)
    in_data: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._turns = 0

    def plan(self) -> str:
        if self._random.random() >= self.share:
            return "take"
        self._turns += 1
        return self.kinds[self._turns % len(self.kinds)]

    def addresses(self) -> Counter:
        return Counter(address for address, _ in self.taken)

    async def handle_EHLO(self, server, session: Session, envelope, hostname, responses):  # noqa: N802
        session.host_name = hostname
        self.connections += 1
        return responses

    async def handle_MAIL(self, server: SMTP, session, envelope: Envelope, address, options):  # noqa: N802
        envelope.mail_from = address
        envelope.plan = self.plan()
        if envelope.plan == "refuse_sender":
            return self._did("refuse_sender", "451 4.3.0 Try again later")
        return "250 OK"

    async def handle_RCPT(self, server: SMTP, session, envelope: Envelope, address, options):  # noqa: N802
        if envelope.plan == "refuse_recipient":
            return self._did("refuse_recipient", "450 4.2.1 Mailbox busy")
        if envelope.plan == "refuse_for_good":
            return self._did("refuse_for_good", "550 5.1.1 No such mailbox")
        if envelope.plan == "break_before_data":
            server.transport.abort()
            return self._did("break_before_data", "250 OK")
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session, envelope: Envelope):  # noqa: N802
        if self.hold_in_data.is_set():
            self.hold_in_data.clear()
            self.in_data.set()
            await asyncio.sleep(SILENCE)
            server.transport.abort()
            return "421 Too late"
        plan = envelope.plan
        if plan in TAKES:
            message = message_from_bytes(envelope.content, policy=policy.default)
            self.taken.append((envelope.rcpt_tos[0], message))
        if plan == "refuse_data":
            return self._did(plan, "452 4.3.1 No room now")
        if plan in ("break_before_taking", "take_and_break"):
            server.transport.abort()
        if plan in ("silent_before_taking", "take_and_be_silent"):
            self.done[plan] += 1
            await asyncio.sleep(SILENCE)
            server.transport.abort()
            return "421 Too late"
        return self._did(plan, "250 OK")

    def _did(self, plan: str, answer: str) -> str:
        self.done[plan] += 1
        return answer


@contextmanager
def mail_server(**options) -> Iterator[MailServer]:
    server = MailServer(**options)
    server.port = free_port()
    controller = Controller(server, hostname="127.0.0.1", port=server.port, ready_timeout=30)
    controller.start()
    try:
        yield server
    finally:
        controller.stop(no_assert=True)
