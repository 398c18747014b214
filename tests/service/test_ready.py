"""Answers of the protocol itself equal those of the application, byte for byte, and are counted."""

import re
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from service.app import create_app
from service.front import ready_path
from service.loading import Current
from service.metrics import Metrics
from service.protocol import MAX_PIPELINED, BoundedProtocol
from service.ready import ready_protocol
from service.settings import Settings
from tests.service.test_hot_path import QUERIES
from tests.service.test_protocol import Running, read_one, status

DATE = re.compile(rb"date: [^\r]*")
HEAD = b"GET /?uid=20 HTTP/1.1\r\nHost: x\r\n"
CLOSE = b"Connection: close\r\n\r\n"


@pytest.fixture(scope="module")
def metrics(current: Current) -> Metrics:
    return Metrics(current)


@pytest.fixture(scope="module")
def ways(settings: Settings, current: Current, metrics: Metrics) -> Iterator[Sequence[Running]]:
    """The same application behind both protocols, also under a base path."""
    based = settings.model_copy(update={"base_path": "/movies"})
    ready = ready_protocol(ready_path(current, metrics, base_path="/movies"))
    servers = [
        Running(create_app(based, current, metrics=metrics), ready),
        Running(create_app(based, current), BoundedProtocol),
    ]
    yield servers
    for server in servers:
        server.close()


def same(ways: Sequence[Running], *pieces: bytes) -> bytes:
    """Send the same bytes to both, until the connection ends; the answers must be equal."""
    short, long = (DATE.sub(b"", server.exchange(*pieces)) for server in ways)
    assert short == long
    return short


@pytest.mark.parametrize(
    ("request_", "count"),
    [
        (HEAD + b"\r\n" + HEAD + CLOSE, 2),
        (HEAD + CLOSE, 1),
        (b"GET /?uid=20 HTTP/1.0\r\n\r\n", 1),
        (b"GET /?uid=20 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 1),
        (b"GET /movies/?uid=20 HTTP/1.1\r\n\r\n" + HEAD + CLOSE, 2),
        (b"GET /movies?uid=20 HTTP/1.1\r\n\r\n" + HEAD + CLOSE, 2),
        (b"GET http://x/?uid=20 HTTP/1.1\r\nHost: x\r\n\r\n" + HEAD + CLOSE, 2),
        (b"HEAD /?uid=20 HTTP/1.1\r\n\r\n" + HEAD + CLOSE, 2),
        (b"POST /?uid=20 HTTP/1.1\r\nContent-Length: 2\r\n\r\nxx" + HEAD + CLOSE, 2),
        (HEAD + b"Content-Length: 5\r\n\r\nhello" + HEAD + CLOSE, 2),
        (HEAD + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello" + HEAD + CLOSE, 2),
        (HEAD + b"\r\nGET /health HTTP/1.1\r\n\r\n" + HEAD + b"\r\n" + HEAD + CLOSE, 4),
        (b"GET /?uid=full HTTP/1.1\r\n\r\n" + HEAD + CLOSE, 2),
        (b"GET /?uid=nobody HTTP/1.1\r\n\r\n" + HEAD + CLOSE, 2),
        (b"GET /?uid=20#part HTTP/1.1\r\n\r\n" + HEAD + CLOSE, 2),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 1),
    ],
)
def test_a_connection_gets_the_same_on_both_ways(
    ways: Sequence[Running], request_: bytes, count: int
) -> None:
    """Answers come in the order of their requests, and both connections end at the same point."""
    assert same(ways, request_).count(b"HTTP/1.1 ") == count


@hypothesis(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(query=QUERIES, path=st.sampled_from([b"/", b"/movies/", b"//", b"/health"]))
def test_any_query_gets_the_same_on_both_ways(ways: Sequence[Running], query: bytes, path: bytes) -> None:
    """This holds for known and unknown users, escapes, and invalid URLs."""
    same(ways, b"GET " + path + b"?" + query + b" HTTP/1.1\r\nHost: x\r\n" + CLOSE)
    same(ways, b"GET " + path + b"?" + query + b" HTTP/1.1\r\nHost: x\r\n\r\n", HEAD + CLOSE)


def test_answers_are_counted_on_either_way(ways: Sequence[Running], metrics: Metrics) -> None:
    """The same histogram contains both."""
    counts = metrics.timing("/", 200).counts
    before = sum(counts)
    same(ways, HEAD + b"\r\n" + HEAD + CLOSE)
    assert sum(counts) == before + 2


def test_one_packet_of_many_requests_gives_way(ways: Sequence[Running]) -> None:
    """A bounded number is answered at once, the rest in turn with other connections."""
    with ways[0].connect() as client:
        client.sendall((HEAD + b"\r\n") * 2 * MAX_PIPELINED)
        answer = b""
        while answer.count(b"]]}") < 2 * MAX_PIPELINED:
            answer += client.recv(65536)
        assert answer.count(b"HTTP/1.1 200 OK") == 2 * MAX_PIPELINED


def test_an_idle_connection_ends_as_on_the_long_way(ways: Sequence[Running]) -> None:
    """After an answer, only the time limit of kept connections runs."""
    for server in ways:
        with server.connect() as client:
            client.sendall(HEAD + b"\r\n")
            assert status(read_one(client)) == 200
            *_, connection = server.server.server_state.connections
            assert connection.timeout_keep_alive_task is not None  # type: ignore[union-attr]
            assert connection._request_timer is None  # type: ignore[union-attr]
