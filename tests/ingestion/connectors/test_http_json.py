"""A service that tires, lies, hangs and stops: what can be waited for is, the rest is said."""

import threading

import pytest

from core.contracts.connector import Reach, SourceRefused
from core.errors import Refused
from core.outbound import Unreachable, is_public
from ingestion.connectors.http_json import HttpJson
from tests.neighbours import service as services

HERE = Reach(hosts=("127.0.0.1",))
ROWS = [{"order_id": n, "changed_at": f"2026-02-0{n}"} for n in range(1, 6)]


@pytest.fixture
def service():
    with services.service() as other:
        other.rows = list(ROWS)
        yield other


def reader(service, **options) -> HttpJson:
    words = {"url": f"{service.url}/orders", "token": services.KEY, **options}
    return HttpJson(**words)


def rows(connector, cursor=None, reach=HERE) -> list:
    return [row for batch in connector.read(cursor or {}, reach) for row in batch.objects]


@pytest.mark.parametrize(
    "tired",
    [
        lambda s: s.then(429, Retry_After="0"),
        lambda s: s.then(429, Retry_After="Sat, 01 Jan 2000 00:00:00 GMT"),
        lambda s: (s.then(503), s.then(500)),
        lambda s: s.then_stop_in_the_middle(),
    ],
)
def test_a_server_that_is_tired_is_asked_again(service, tired):
    tired(service)
    assert rows(reader(service)) == ROWS


@pytest.mark.parametrize(
    ("lie", "words"),
    [
        (lambda s: s.then(200, "<html>sign in</html>"), "answers with a web page, not with JSON"),
        (lambda s: s.then(200, '{"orders": [{"order'), "something else than JSON"),
        (lambda s: s.then(200, '{"orders": {"1": 2}}'), "holds no list of objects"),
        (lambda s: s.then(200, "[1, 2]"), "holds no list of objects"),
        (lambda s: s.then(200, '{"a": [], "b": []}'), 'if they are in it: {"a": []'),
        (lambda s: s.then(200, '{"error": "quota used up"}'), "quota used up"),
        (lambda s: s.then(401), "refuses the key (401)"),
        (lambda s: s.then(404), "There is nothing at"),
        (lambda s: s.then(302, Location="http://other.example/"), "sends on to http://other.ex"),
        (lambda s: s.then(418, "short and stout"), "answers with 418: short and stout"),
        (lambda s: s.then(429, Retry_After="9999"), "asks to wait for 167 minutes"),
        (
            lambda s: s.then(200, "[]", Link='<http://elsewhere.example/>; rel="next"'),
            "The next page lies elsewhere, at elsewhere.example",
        ),
        (
            lambda s: s.then(200, "[]", Link='</orders>; rel="next"'),
            "leads from page to page in a circle, back to",
        ),
    ],
)
def test_what_a_server_says_wrongly_is_told_with_the_way_out(service, lie, words):
    lie(service)
    with pytest.raises(Refused) as refused:
        rows(reader(service))
    assert words in refused.value.message
    assert services.KEY not in refused.value.message


def test_pages_that_lead_in_a_circle_end(service):
    service.then(200, '[{"order_id": 1}]', Link='</orders?page=2>; rel="next"')
    service.then(200, '[{"order_id": 2}]', Link='</orders>; rel="next"')
    with pytest.raises(SourceRefused, match="in a circle, back to .*/orders"):
        rows(reader(service))


def test_a_server_that_does_not_count_pages_is_not_read_for_ever(service):
    for _ in range(2):
        service.then(200, '[{"order_id": 1}]')
    with pytest.raises(SourceRefused, match="does not count pages by page"):
        rows(reader(service, pagination="page"))


def test_letters_that_are_no_json_are_told(service):
    def answer(handler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write('[{"store": "Köln"}]'.encode("cp1252"))

    service.answers.append(answer)
    with pytest.raises(SourceRefused, match="not UTF-8"):
        rows(reader(service))


def test_a_server_that_breaks_on_the_second_page_leaves_the_first(service):
    batches = reader(service, batch_rows=2).read({}, HERE)
    first = next(batches)
    for _ in range(5):
        service.then(503)
    with pytest.raises(SourceRefused, match="answers with 503"):
        next(batches)
    assert rows(reader(service), first.cursor) == ROWS[2:]


def test_a_server_that_says_nothing_is_not_waited_for_for_ever(service):
    released = threading.Event()
    service.then_hang(released.wait)
    service.then_hang(released.wait)
    with pytest.raises(Unreachable, match="does not answer in time"):
        rows(reader(service, timeout_seconds=1))
    released.set()


def test_only_what_is_new_is_asked_for_and_late_rows_of_the_last_moment_come(service):
    connector = reader(service, since_parameter="since", since_field="changed_at")
    (batch,) = connector.read({}, HERE)
    assert batch.cursor["since"] == "2026-02-05"
    late = {"order_id": 9, "changed_at": "2026-02-05"}
    service.rows += [late, {"order_id": 10, "changed_at": "2026-02-06"}]
    service.asked.clear()
    assert rows(connector, batch.cursor) == service.rows[-2:]
    assert service.asked[0] == "/orders?since=2026-02-05"


def test_objects_in_rows_are_taken_apart_where_asked(service):
    service.rows = [{"order_id": 1, "changed_at": "1", "customer": {"id": 5, "at": {"zip": "1"}}}]
    assert rows(reader(service, flat=True)) == [
        {"order_id": 1, "changed_at": "1", "customer.id": 5, "customer.at.zip": "1"}
    ]


def test_a_service_inside_the_network_is_not_called_unless_it_is_allowed(service):
    with pytest.raises(Unreachable, match="lies inside this network"):
        rows(reader(service), reach=Reach())
    name = service.url.replace("127.0.0.1", "localhost")
    with pytest.raises(Unreachable, match="localhost lies inside this network"):
        rows(reader(service, url=name), reach=HERE)
    assert service.asked == []


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://a.example", "shop", "http://", "http://a b"]
)
def test_what_is_no_address_is_said(url):
    with pytest.raises(Refused):
        rows(HttpJson(url=url))


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("10.0.0.8", False),
        ("127.0.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.8", False),
        ("64:ff9b::a00:8", False),
    ],
)
def test_which_addresses_are_public(address, public):
    assert is_public(address) is public
