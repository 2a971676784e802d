"""CBA_HOME: the one folder of all local state, and the secrets kept in it."""

import base64
import os
import secrets
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


class CannotStart(Exception):
    """One line for the terminal: what is in the way, and what to do."""


def cba_home() -> Path:
    """The folder of all local state, made when absent; ``.cba`` in the checkout by default."""
    home = Path(os.environ.get("CBA_HOME") or CHECKOUT / ".cba").expanduser().resolve()
    advice = "Set CBA_HOME to a folder of yours, or clone the project to one."
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotStart(f"{home} cannot be made ({error.strerror}). {advice}") from error
    if not os.access(home, os.W_OK | os.X_OK):
        raise CannotStart(f"{home} belongs to another user of this machine. {advice}")
    return home


def secret(name: str) -> str:
    """The installation's secret of that name: 32 random bytes as base64, made once, mode 0600."""
    path = cba_home() / "keys" / name
    if path.exists():
        return path.read_text()
    path.parent.mkdir(mode=0o700, exist_ok=True)
    draft = path.with_name(f"{name}.{os.getpid()}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_text(base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
    try:
        # A link appears with its whole content, and only once: nobody reads half a secret.
        path.hardlink_to(draft)
    except FileExistsError:
        return path.read_text()
    finally:
        draft.unlink()
    return path.read_text()
