"""What is in front of FastAPI: the hot path for `GET /`, and the guard of everything else. Plain ASGI."""

import time
from bisect import bisect_left
from collections.abc import Callable
from typing import Literal

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.artifact_format import MAX_TOP
from service.errors import DamagedError
from service.loading import Current
from service.log import logger
from service.metrics import BOUNDS, Metrics
from service.problems import problem

AccessLog = Literal["off", "errors", "all"]
Ready = Callable[[bytes], bytes | None]

_JSON = (b"content-type", b"application/json")
# A thousand item ids of 128 bytes take 131,000 bytes. Every other request waits while Python parses a body:
# 7 ms at worst.
_MAX_BODY_BYTES = 160 << 10
# Our clients send two, and a proxy may add a few. FastAPI parses all of them for every route.
_MAX_PARAMETERS = 32
# For the people who run the service, not for its users.
_MANAGEMENT = frozenset({"/metrics", "/openapi.json"})


def ready_path(current: Current, metrics: Metrics, *, base_path: str = "") -> Ready:
    """Return a function from the URL of a GET to its answer's body; None if `hot_path` must decide.

    For the protocol (service.ready). The function counts the requests that it answers, all of the form
    `/?uid=…` with an alphanumeric user.
    """
    paths = frozenset({b"/", f"{base_path}/".encode()})
    timing = metrics.timing("/", 200)
    counts = timing.counts
    clock = time.perf_counter

    def ready(url: bytes) -> bytes | None:
        started = clock()
        path, _, user = url.partition(b"?uid=")
        model = current.model
        if not user.isalnum() or path not in paths or model is None:
            return None
        body = model.ready(user)
        if body is not None:
            # Timing.add, inlined: the call would cost more than its work.
            seconds = clock() - started
            counts[bisect_left(BOUNDS, seconds)] += 1
            timing.total += seconds
        return body

    return ready


def hot_path(
    rest: ASGIApp, current: Current, metrics: Metrics, *, access_log: AccessLog = "off", base_path: str = ""
) -> ASGIApp:
    """Answer `GET /?uid=…` for a known alphanumeric user from ready bytes; pass everything else to `rest`.

    `rest` gives the same answers, and also handles what is unusual: an error, an escape, a repeated
    parameter, HEAD. FastAPI and Starlette cost 100 µs a request, this 5 µs.
    """
    paths = frozenset({"/", f"{base_path}/"})
    timing = metrics.timing("/", 200)
    counts = timing.counts
    clock = time.perf_counter

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] in paths and scope["method"] == "GET":
            started = clock()
            model = current.model
            query: bytes = scope["query_string"]
            if model is not None and query[:4] == b"uid=":
                user = query[4:]
                if user.isalnum():
                    body = model.ready(user)
                else:
                    user, _, n = user.partition(b"&n=")
                    plain = user.isalnum() and n.isdigit() and len(n) <= 3 and 1 <= int(n) <= MAX_TOP
                    try:
                        body = model.body(user, int(n)) if plain else None
                    except DamagedError:  # `rest` raises it again, and answers 503.
                        body = None
                if body is not None:
                    headers = [_JSON, (b"content-length", b"%d" % len(body))]
                    await send({"type": "http.response.start", "status": 200, "headers": headers})
                    await send({"type": "http.response.body", "body": body})
                    seconds = clock() - started
                    # Timing.add, inlined.
                    counts[bisect_left(BOUNDS, seconds)] += 1
                    timing.total += seconds
                    if access_log == "all":
                        _log_access(scope, 200, seconds)
                    return
        if base_path and scope["type"] == "http" and scope["path"].startswith(f"{base_path}/"):
            scope = {**scope, "path": scope["path"][len(base_path) :]}
        await rest(scope, receive, send)

    return app


def guard(
    app: ASGIApp, metrics: Metrics, *, access_log: AccessLog = "off", management_port: int | None = None
) -> ASGIApp:
    """Time and count each request, answer HEAD as GET without its body, refuse bodies over 160 KiB.

    /metrics and /openapi.json are answered on `management_port` alone.
    """

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500
        head = scope["method"] == "HEAD"

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            elif head:
                message = {**message, "body": b""}
            await send(message)

        refusal = _refused(scope)
        if scope["path"] in _MANAGEMENT and scope["server"][1] != management_port:
            refusal = problem(404)
        try:
            await (refusal or app)({**scope, "method": "GET"} if head else scope, receive, watched)
        finally:
            seconds = time.perf_counter() - started
            metrics.timing(scope["path"], status).add(seconds)
            # 503 says that the model is still loading: a log line for each health check would be noise.
            if access_log == "all" or (access_log == "errors" and status >= 500 and status != 503):
                _log_access(scope, status, seconds)

    return guarded


def _refused(scope: Scope) -> ASGIApp | None:
    """Return the refusal of a request by its head, before its body is read or its query parsed."""
    parameters = scope["query_string"].count(b"&") + 1
    if parameters > _MAX_PARAMETERS:
        return problem(422, f"A query must have at most {_MAX_PARAMETERS} parameters, got {parameters:,}.")
    headers = dict(scope["headers"])
    if b"transfer-encoding" in headers:
        return problem(411, "A body must come with its Content-Length.")
    length = headers.get(b"content-length", b"0")
    if not length.isdigit() or len(length) > 9 or int(length) > _MAX_BODY_BYTES:
        return problem(413, f"A body must be at most {_MAX_BODY_BYTES:,} bytes long.")
    return None


def _log_access(scope: Scope, status: int, seconds: float) -> None:
    fields = {
        "method": scope["method"],
        "path": scope["path"],
        "query": scope["query_string"].decode("latin-1")[:200],
        "status": status,
        "milliseconds": round(seconds * 1000, 3),
    }
    # The load balancer's own log has the same id for the request.
    if trace := dict(scope["headers"]).get(b"x-amzn-trace-id"):
        fields["trace"] = trace.decode("latin-1")[:200]
    logger.info("request", extra={"fields": fields})
