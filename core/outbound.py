"""What is fetched by HTTP: time limits, further tries, bounded answers, no way to the inside.

Whoever names an address is not who runs the machine: hosts whose address is internal are called
only where they are allowed by name. The address that was checked is the one that is called.
"""

import random
import socket
import ssl
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import httpx

from core.errors import Refused

TRIES = 5
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 120.0
MOST_BYTES = 64 * 1024**2
BUSY = {429, 500, 502, 503, 504}
# An IPv4 address behind a translator of addresses.
TRANSLATED = ip_network("64:ff9b::/96")


class Unreachable(Refused):
    """Nobody answers there, or nobody there may be called."""

    code = "unreachable"
    status = 502


@dataclass(frozen=True)
class Answer:
    """A whole answer; ``url`` is where it came from."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    links: Mapping[str, str] = field(default_factory=dict)


class Outbound:
    """One client for several calls; closed at the end of its ``with``.

    ``timeout``: seconds for each part of an answer; a whole one may take ten times as long.
    """

    def __init__(self, timeout: float = 30.0, internal_hosts: Collection[str] = ()) -> None:
        self._timeout = timeout
        self._client = httpx.Client(transport=Guarded(internal_hosts), timeout=timeout)

    def __enter__(self) -> "Outbound":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, url: str, headers: Mapping[str, str]) -> Answer:
        """The answer, whatever its status; busy servers are asked again. Redirects are told.

        Raises Unreachable.
        """
        if not url.startswith(("http://", "https://")):
            raise Unreachable(f"{url} is no address: it begins with https:// or http://")
        for attempt in range(1, TRIES + 1):
            try:
                answer = self._once(url, headers)
            except httpx.HTTPError as error:
                # Whoever is silent is waited for twice, not five times.
                silent = isinstance(error, httpx.TimeoutException) and attempt > 1
                if silent or attempt == TRIES:
                    raise Unreachable(f"{host_of(url)} {_words(error)}") from error
                pause = _pause(attempt)
            except (httpx.InvalidURL, UnicodeError) as error:
                raise Unreachable(f"{url} is no address: {error}") from error
            else:
                if answer.status not in BUSY or attempt == TRIES:
                    return answer
                asked = _asked_pause(answer)
                pause = _pause(attempt) if asked is None else asked
            time.sleep(pause)
        raise AssertionError("the last try returns or raises")

    def _once(self, url: str, headers: Mapping[str, str]) -> Answer:
        deadline = time.monotonic() + 10 * self._timeout
        body = bytearray()
        with self._client.stream("GET", url, headers=dict(headers)) as response:
            for part in response.iter_bytes():
                body += part
                if len(body) > MOST_BYTES:
                    limit = MOST_BYTES // 1024**2
                    raise Unreachable(f"{host_of(url)} sends more than {limit} MB in one answer.")
                if time.monotonic() > deadline:
                    raise httpx.ReadTimeout("the whole answer")
            links = {rel: str(link.get("url", "")) for rel, link in response.links.items() if rel}
            return Answer(url, response.status_code, response.headers, bytes(body), links)


class Guarded(httpx.BaseTransport):
    """Calls the address that was looked at, under the host's name."""

    def __init__(self, internal_hosts: Collection[str]) -> None:
        self._inner = httpx.HTTPTransport(verify=_trusted())
        self._internal_hosts = internal_hosts

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        address = checked_address(host, self._internal_hosts)
        request.extensions = {**request.extensions, "sni_hostname": host}
        request.url = request.url.copy_with(host=address)
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


def checked_address(host: str, internal_hosts: Collection[str]) -> str:
    """An address of the host; refused where one of them is internal and the host not allowed."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Unreachable(f"There is no host {host}: {error.strerror}.") from error
    addresses = [str(entry[4][0]) for entry in found]
    if host not in internal_hosts and not all(map(is_public, addresses)):
        raise Unreachable(
            f"{host} lies inside this network, where it may not be called. Whoever runs this"
            " installation allows it by SOURCE_HOSTS."
        )
    return addresses[0]


def is_public(address: str) -> bool:
    found: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        if found in TRANSLATED:
            return False
        found = found.ipv4_mapped or found
    return found.is_global and not found.is_multicast


@cache
def _trusted() -> ssl.SSLContext:
    """Reading the authorities takes longer than a call."""
    return httpx.create_ssl_context()


def host_of(url: str) -> str:
    try:
        return httpx.URL(url).host or url
    except httpx.InvalidURL:
        return url


def _pause(attempt: int) -> float:
    """Twice as long each time, and not all at the same moment."""
    return FIRST_PAUSE * 2 ** (attempt - 1) * random.uniform(0.75, 1.25)  # noqa: S311  (a pause, not a secret)


def _asked_pause(answer: Answer) -> float | None:
    """As the server asks for it: seconds, or a moment."""
    said = answer.headers.get("retry-after", "")
    try:
        seconds = float(said)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            return None
    if seconds > LONGEST_PAUSE:
        raise Unreachable(
            f"{host_of(answer.url)} asks to wait for {seconds / 60:.0f} minutes before the next"
            " call. The next reading goes on from here."
        )
    return max(seconds, 0.0)


def _words(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "does not answer in time."
    if isinstance(error, httpx.RemoteProtocolError | httpx.ReadError):
        return "stopped in the middle of its answer."
    if isinstance(error, httpx.DecodingError):
        return "sends an answer that cannot be unpacked."
    return f"cannot be reached: {error or type(error).__name__}."
