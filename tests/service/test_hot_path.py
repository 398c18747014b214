"""For any bytes, the hot path and FastAPI's route answer alike."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from starlette.types import ASGIApp

from service.app import create_app, create_rest
from service.front import guard
from service.loading import Current
from service.metrics import Metrics
from service.settings import Settings
from tests.service.asgi import call
from tests.service.models import ODD_USERS

# Bytes with a meaning in a query string, known users, similar names, and anything else.
MARKS = (
    b"uid=",
    b"n=",
    b"&",
    b"=",
    b"+",
    b"%",
    b"%00",
    b"%2",
    b"%C3",
    b";",
    b"-",
    b"\0",
    b"\xff",
    b"\xd9\xa5",
)
USERS = (b"20", b"1", b"0", b"100", b"full", b"nearly", *(user.encode() for user in ODD_USERS))
PIECES = st.sampled_from((*MARKS, *USERS))
QUERIES = st.one_of(
    st.binary(max_size=40),
    st.binary(max_size=20).map(lambda tail: b"uid=" + tail),
    st.lists(PIECES, max_size=8).map(b"".join),
    st.lists(PIECES, max_size=6).map(lambda pieces: b"uid=20" + b"".join(pieces)),
)


@pytest.fixture(scope="module")
def both(settings: Settings, current: Current) -> tuple[ASGIApp, ASGIApp]:
    metrics = Metrics(current)
    return create_app(settings, current), guard(create_rest(settings, current, metrics), metrics)


@settings(max_examples=500, suppress_health_check=[HealthCheck.too_slow])
@given(query=QUERIES)
@example(query=b"uid=20&n=10")
@example(query=b"uid=20&n=000")
@example(query=b"uid=20&n=\xb2")
def test_any_bytes_get_the_same_answer(both: tuple[ASGIApp, ASGIApp], query: bytes) -> None:
    """Every query string gives 200, 404 or 422, with the same bytes on both paths."""
    hot, rest = (call(app, query=query) for app in both)
    assert hot == rest
    assert hot.status in (200, 404, 422)
    assert hot.json["success"] == (hot.status == 200)


@settings(max_examples=200)
@given(method=st.sampled_from(["GET", "HEAD", "POST", "OPTIONS", "get", "X"]), path=st.text(max_size=5))
def test_any_method_and_path_get_an_answer(both: tuple[ASGIApp, ASGIApp], method: str, path: str) -> None:
    """No request raises an exception, and errors keep their form."""
    reply = call(both[0], f"/{path}", b"uid=20", method=method)
    assert reply.status in (200, 404, 405)
    if reply.status != 200 and method != "HEAD":
        assert reply.json.keys() == {"success", "error", "message"}
