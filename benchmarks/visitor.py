"""Somebody with a login of the demo, who opens pages."""

import html
import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path

PATIENCE = 60


class Demo:
    """A demo that runs: its address and its logins, as it says them itself."""

    def __init__(self, home: Path) -> None:
        said = json.loads((home / "demo.json").read_text())
        self.url = said["url"].replace("localhost", "127.0.0.1")
        self.logins = {login["role"]: login for login in said["logins"]}


class Visitor:
    """Signed in as one role. May open pages from several threads at once."""

    def __init__(self, url: str, login: dict[str, str]) -> None:
        self.role = login["role"]
        self._url = url
        self._jar = CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self._jar))
        self._sign_in(login)

    def seconds(self, path: str) -> float:
        began = time.perf_counter()
        with self._opener.open(self._url + path, timeout=PATIENCE) as answer:
            answer.read()
        return time.perf_counter() - began

    def words(self, path: str) -> str:
        """What stands on the page, without its marks, as one line."""
        with self._opener.open(self._url + path, timeout=PATIENCE) as answer:
            text = answer.read().decode()
        text = re.sub(r"(?s)<(script|style|template)\b.*?</\1>", " ", text)
        # A mark within a sentence is no space, a block is.
        text = re.sub(r"</?(?:b|strong|em|span|a|i)\b[^>]*>", "", text)
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())

    def is_page(self, path: str) -> bool:
        """Neither a file to keep, nor missing."""
        try:
            with self._opener.open(self._url + path, timeout=PATIENCE) as answer:
                return bool(answer.headers.get_content_type() == "text/html")
        except urllib.error.HTTPError:
            return False

    def links(self, path: str) -> list[str]:
        """The addresses of this site that the page names, as they stand there."""
        try:
            with self._opener.open(self._url + path, timeout=PATIENCE) as answer:
                text = answer.read().decode(errors="replace")
        except urllib.error.HTTPError:
            return []
        found = re.findall(r'(?:href|hx-get|action)="([^"#]+)', text)
        whole = [urllib.parse.urljoin(path, html.unescape(address)) for address in found]
        return [address for address in dict.fromkeys(whole) if address.startswith("/")]

    def _sign_in(self, login: dict[str, str]) -> None:
        address = f"{self._url}/accounts/login/"
        with self._opener.open(address, timeout=PATIENCE) as page:
            token = re.findall(r'csrfmiddlewaretoken" value="([^"]+)"', page.read().decode())[0]
        sent = {
            "csrfmiddlewaretoken": token,
            "login": login["email"],
            "password": login["password"],
        }
        body = urllib.parse.urlencode(sent).encode()
        with self._opener.open(address, data=body, timeout=PATIENCE) as page:
            assert "/accounts/" not in page.url, f"{self.role} cannot sign in"
