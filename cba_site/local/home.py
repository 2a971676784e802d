"""CBA_HOME: the one folder of all local state, and the secrets kept in it."""

import base64
import os
import secrets
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


def cba_home() -> Path:
    """The folder of all local state, made when absent; ``.cba`` in the checkout by default."""
    home = Path(os.environ.get("CBA_HOME") or CHECKOUT / ".cba").expanduser().resolve()
    home.mkdir(parents=True, exist_ok=True)
    return home


def secret(name: str) -> str:
    """The installation's secret of that name: 32 random bytes as base64, made once, mode 0600."""
    path = cba_home() / "keys" / name
    path.parent.mkdir(mode=0o700, exist_ok=True)
    value = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text()
    with os.fdopen(descriptor, "w") as file:
        file.write(value)
    return value
