"""A shop on another origin, with a strict policy, loads the snippet: nothing before the visitor
agrees, everything once after."""

import threading
import time
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Page, Route, expect

from accounts.write_keys import create_write_key
from customers.models import Customer
from ingestion.models import Load, PostedRows
from ingestion.posted_queue import keep_entering
from runs.models import MOVING, Run
from tests.conftest import person
from tests.journeys.steps import sign_in
from transactions.models import Event, Order, OrderLine

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PATIENCE_SECONDS = 30
PAGE = """<!doctype html><html lang="en"><head><title>Shop</title>
<meta name="cba-product" content="p1">
<script src="{cba}/static/dist/snippet.js" data-key="{key}" data-ask="May we see?" defer></script>
<script src="/shop.js" defer></script></head>
<body><h1>Shop</h1><button id="in">Sign in</button><button id="buy">Buy</button></body></html>"""
SCRIPT = """document.getElementById("in").onclick = () => cba("identify", "A");
document.getElementById("buy").onclick = () => cba("order", {
  order_id: "o1", lines: [{ sku: "p1", quantity: 2, amount: 12.5 }] });"""


class Shop(BaseHTTPRequestHandler):
    """The shop's own server. ``site`` is filled in once the key is known."""

    def __init__(self, site: dict[str, str], *args: object) -> None:
        self.site = site
        super().__init__(*args)

    def do_GET(self) -> None:
        script = self.path == "/shop.js"
        text = SCRIPT if script else PAGE.format(**self.site)
        self.send_response(200 if self.path in ("/", "/shop.js", "/thanks") else 404)
        self.send_header("Content-Type", "text/javascript" if script else "text/html")
        cba = self.site["cba"]
        policy = f"default-src 'none'; script-src 'self' {cba}; connect-src {cba}"
        self.send_header("Content-Security-Policy", policy)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def shop(live_server):
    site = {"cba": live_server.url}
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Shop, site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    _, site["key"] = create_write_key(
        email=person("ann").email, name="shop", origins=[address], orders=True
    )
    stop = threading.Event()
    entering = threading.Thread(target=keep_entering, args=[stop])
    entering.start()
    yield address
    stop.set()
    entering.join()
    server.shutdown()
    server.server_close()


def sent(page: Page) -> list[str]:
    """What the page asks of our addresses from now on."""
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url) if "/api/" in r.url else None)
    return asked


def received(page: Page, waiting: int = 0) -> None:
    """Wait until so many rows wait in the browser, and none with us; its policy forbids
    Playwright's own way."""
    until = time.monotonic() + PATIENCE_SECONDS
    while page.evaluate("JSON.parse(localStorage.cba || '{}').q?.length") != waiting:
        assert time.monotonic() < until, page.evaluate("localStorage.cba")
        page.wait_for_timeout(50)
    while PostedRows.objects.exists() or Run.objects.filter(state__in=MOVING).exists():
        assert time.monotonic() < until
        page.wait_for_timeout(50)


@pytest.mark.parametrize("page", ["wide"], indirect=True)
def test_nothing_is_kept_or_sent_before_a_visitor_agrees_and_all_of_it_once_after(
    page, shop, live_server
):
    asked = sent(page)
    page.goto(shop)
    expect(page.get_by_role("region", name="May we see?")).to_be_visible()
    page.click("#in")
    page.reload()
    expect(page.get_by_role("button", name="Allow")).to_be_visible()
    assert (asked, page.evaluate("localStorage.length"), page.context.cookies()) == ([], 0, [])
    assert not Load.objects.exists()

    page.get_by_role("button", name="Allow").click()
    received(page)
    kinds = Event.objects.order_by("at").values_list("kind", "sku", "url", "customer")
    assert list(kinds) == [
        ("visit", None, f"{shop}/", None),
        ("product_view", "p1", f"{shop}/", None),
    ]

    page.click("#in")
    page.click("#buy")
    received(page)
    customer = Customer.objects.get(customer_id="A")
    order = Order.objects.select_related("customer", "source").get()
    assert (order.order_id, order.customer, order.source.name) == ("o1", customer, "web: shop")
    assert OrderLine.objects.get().amount_minor == 1250
    # Who came without a name is known from now on.
    assert set(Event.objects.values_list("kind", "customer")) == {
        (kind, customer.pk) for kind in ("visit", "product_view", "sign_in", "order")
    }

    page.click("#buy")
    page.goto(f"{shop}/thanks")
    page.click("#buy")
    page.evaluate("cba('order', {order_id: 'o2', lines: [{sku: 'p2', amount: 1}]})")
    received(page)
    assert sorted(Order.objects.values_list("order_id", flat=True)) == ["o1", "o2"]
    assert Event.objects.filter(kind="order").count() == 2
    assert page.errors == []

    sign_in(page, live_server, "mara")
    page.goto(f"{live_server.url}/customers/A/")
    expect(page.get_by_text("p2").first).to_be_visible()


@pytest.mark.parametrize("page", ["wide"], indirect=True)
def test_what_was_not_received_is_sent_again_and_counts_once(page, shop):
    page.goto(shop)
    lost = []

    def lose_the_answer(route: Route) -> None:
        lost.append(route.fetch().status)
        route.abort()

    page.route("**/api/**", lose_the_answer, times=1)
    page.get_by_role("button", name="Allow").click()
    received(page)
    assert lost == [204]
    assert sorted(Event.objects.values_list("kind", flat=True)) == ["product_view", "visit"]
    assert Load.objects.count() == 2

    page.route("**/api/**", lambda route: route.abort())
    page.click("#in")
    received(page, waiting=1)
    page.unroute("**/api/**")
    # It is sent on leaving, where no answer is heard, and again from the next page.
    page.goto(f"{shop}/thanks")
    received(page)
    found = sorted(Event.objects.values_list("kind", flat=True))
    assert found == ["product_view", "product_view", "sign_in", "visit", "visit"]


@pytest.mark.parametrize("page", ["phone"], indirect=True)
def test_who_says_no_is_left_alone(page, shop):
    asked = sent(page)
    page.goto(shop)
    page.get_by_role("button", name="No, thanks").click()
    page.click("#in")
    page.click("#buy")
    page.goto(f"{shop}/thanks")
    assert page.get_by_role("button", name="Allow").count() == 0
    assert page.evaluate("localStorage.cba") == '{"ok":false}'
    assert (asked, Load.objects.count(), page.errors) == ([], 0, [])


@pytest.mark.parametrize("page", ["phone"], indirect=True)
def test_the_page_shows_the_lines_and_what_has_arrived(page, shop, live_server, accessible):
    page.goto(shop)
    page.get_by_role("button", name="Allow").click()
    received(page)
    sign_in(page, live_server, "ann")
    page.goto(f"{live_server.url}/imports/snippet/")
    expect(page.get_by_role("heading", level=1)).to_have_text("shop sent 2 rows in 24 hours.")
    expect(page.get_by_role("row").filter(has_text="product view")).to_be_visible()
    accessible(page)
