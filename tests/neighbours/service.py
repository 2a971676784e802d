"""A web service on this machine that pages, tires, lies and stops, as it is told."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

PAGE_ROWS = 2
KEY = "key-of-a-service"


@dataclass
class Service:
    """``rows`` are served in pages; ``answers`` are given first, one a request."""

    url: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    answers: list[Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def then(self, status: int, body: str = "", **headers: str) -> None:
        """Answer so once."""

        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            for name, value in headers.items():
                handler.send_header(name.replace("_", "-"), value)
            handler.send_header("Content-Length", str(len(body.encode())))
            handler.end_headers()
            handler.wfile.write(body.encode())

        self.answers.append(answer)

    def then_stop_in_the_middle(self) -> None:
        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(200)
            handler.send_header("Content-Length", "1000")
            handler.end_headers()
            handler.wfile.write(b'[{"order_id": 1')

        self.answers.append(answer)

    def then_hang(self, until: Callable[[], object]) -> None:
        self.answers.append(lambda _: until() and None)


@contextmanager
def service() -> Iterator[Service]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known.asked.append(self.path)
            if known.answers:
                known.answers.pop(0)(self)
                return
            if self.headers.get("Authorization") != f"Bearer {KEY}":
                known.then(401)
                known.answers.pop()(self)
                return
            _serve(self, known)

        def log_message(self, *_: object) -> None:
            """Nothing is said on the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    known = Service(f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever, args=[0.02])
    thread.start()
    try:
        yield known
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _serve(handler: BaseHTTPRequestHandler, known: Service) -> None:
    """Pages by number, with the next one in the Link header and in the answer."""
    query = {name: values[0] for name, values in parse_qs(urlsplit(handler.path).query).items()}
    since = query.get("since", "")
    rows = [row for row in known.rows if str(row["changed_at"]) >= since]
    page = int(query.get("page", 1))
    shown = rows[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]
    more = page * PAGE_ROWS < len(rows)
    following = f"/orders?since={since}&page={page + 1}"
    body = json.dumps({"orders": shown, "meta": {"next": page + 1 if more else None}}).encode()
    handler.send_response(200)
    if more:
        handler.send_header("Link", f'<{following}>; rel="next", </orders>; rel="first"')
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)
