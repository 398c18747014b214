"""Forward a request to a target of a target group."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from email.utils import formatdate
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from ministack.core.responses import StreamingResponse
from ministack.services import alb

from emulator.alb import attributes, counting
from emulator.alb.body import Body
from emulator.alb.exchange import Broken, Exchange, Headers, Refused, Request, TimedOut
from emulator.alb.forwards import balancers_of
from emulator.alb.registry import TARGETS
from emulator.alb.target import Target
from emulator.alb.websocket import WebSocket
from emulator.asgi import Receive, Send

# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html
_CONNECT_SECONDS = 10
_HOP_BY_HOP = {"connection", "keep-alive", "proxy-connection", "te", "upgrade"}
_FRAMING = ("content-length", "transfer-encoding")
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
_MOST_BYTES_OF_LAMBDA = 1024 * 1024
_log = logging.getLogger("sandbox.alb")

Response = tuple[int, dict[str, Any], Any]


async def to_group(
    original: Callable[..., Awaitable[Response]],
    group_arn: str,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: Body | WebSocket,
    query_params: Mapping[str, Any],
    raw_query_string: str | None = None,
    raw_path: str | None = None,
) -> Response:
    """Answer a forward action: 503 without a target, 502 if it fails, 504 if it takes too long."""
    group = alb._tgs.get(group_arn)
    if not group or group.get("TargetType") == "lambda":
        whole = await body.whole(most=_MOST_BYTES_OF_LAMBDA) if isinstance(body, Body) else b""
        if whole is None:
            return error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        arguments = (group_arn, method, path, headers, whole, query_params, raw_query_string, raw_path)
        return await original(*arguments)
    query = urlencode(query_params, doseq=True) if raw_query_string is None else raw_query_string
    request = Request(
        method=method.upper(),
        target=(raw_path or path) + (f"?{query}" if query else ""),
        headers=[(name, value) for name, value in headers.items() if name.lower() not in _HOP_BY_HOP],
    )
    candidates, idle_seconds = TARGETS.candidates(group_arn), _idle_seconds(group_arn)
    counting.chosen(group_arn, len(candidates))
    if isinstance(body, WebSocket):
        return await _to_first(candidates, partial(_to_websocket, body, request, idle_seconds))
    if any(name in headers for name in _FRAMING):
        request = replace(request, body=body)
    else:
        await body.drop()
    return await _to_first(candidates, partial(_exchanged, request, body, idle_seconds), body)


async def _to_first(
    candidates: list[Target], ask: Callable[[Target], Awaitable[Response]], body: Body | None = None
) -> Response:
    """Return the answer of the first target that answers; a body can be sent only to one target."""
    if not candidates:
        return error(HTTPStatus.SERVICE_UNAVAILABLE)
    for target in candidates:
        # Without a healthy target all are tried. A process on 0.0.0.0 must not answer for another task's
        # address.
        if not (target.is_healthy or await TARGETS.answers_itself(target.address, target.port)):
            continue
        try:
            return await ask(target)
        except Refused:
            # Nothing was sent yet, so a request is not lost with a task that has just ended.
            continue
        except TimedOut:
            return error(HTTPStatus.GATEWAY_TIMEOUT)
        except Broken:
            # The program has just ended, and has read nothing of the request.
            if not (body and body.is_sent) and await _is_closed(target):
                continue
            return error(HTTPStatus.BAD_GATEWAY)
    return error(HTTPStatus.BAD_GATEWAY)


async def _exchanged(request: Request, body: Body, idle_seconds: float, target: Target) -> Response:
    began = time.perf_counter()
    exchange = await Exchange.open(
        target.address, target.port, request, connect_seconds=_CONNECT_SECONDS, idle_seconds=idle_seconds
    )
    counting.answered(exchange.status, time.perf_counter() - began)
    return exchange.status, _reply_headers(exchange.headers), StreamingResponse(_relay(exchange, body))


async def _to_websocket(
    websocket: WebSocket, request: Request, idle_seconds: float, target: Target
) -> Response:
    began = time.perf_counter()
    opened = await websocket.open(
        target.address, target.port, request, connect_seconds=_CONNECT_SECONDS, idle_seconds=idle_seconds
    )
    counting.answered(opened.status, time.perf_counter() - began)
    if opened.status == HTTPStatus.SWITCHING_PROTOCOLS:
        return opened.status, _reply_headers(opened.headers), StreamingResponse(opened.relay)
    opened.close()
    headers = [pair for pair in opened.headers if pair[0] not in _FRAMING]
    return opened.status, _reply_headers(headers), opened.body


async def _is_closed(target: Target) -> bool:
    try:
        connecting = asyncio.open_connection(target.address, target.port)
        _, writer = await asyncio.wait_for(connecting, timeout=1)
    except OSError:
        return True
    writer.close()
    return False


def _relay(exchange: Exchange, body: Body) -> Callable[..., Awaitable[None]]:
    """Stream the reply's body; if it breaks off, send no end, so that the client notices."""

    async def relay(send: Send, receive: Receive) -> None:
        gone = asyncio.ensure_future(body.client_is_gone())
        relaying = asyncio.ensure_future(_send_all(exchange, send))
        try:
            await asyncio.wait({gone, relaying}, return_when=asyncio.FIRST_COMPLETED)
            if relaying.done():
                await relaying
        except (Broken, TimedOut) as error:
            _log.warning("the reply of a target broke off: %r", error)
        finally:
            for task in (gone, relaying):
                task.cancel()
                with suppress(asyncio.CancelledError, Broken, TimedOut):
                    await task
            exchange.close()

    return relay


async def _send_all(exchange: Exchange, send: Send) -> None:
    async for chunk in exchange.chunks():
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _reply_headers(received: Headers) -> dict[str, Any]:
    """Return the target's headers, a repeated one as a list, with the load balancer's own Date."""
    headers: dict[str, Any] = {}
    for name, value in received:
        if name not in _HOP_BY_HOP and name != "transfer-encoding":
            headers.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in headers.items()} | {
        "date": formatdate(usegmt=True)
    }


def error(status: HTTPStatus) -> Response:
    """Return a load balancer's own error; its header `server` shows that it is not the application's."""
    title = f"{status.value} {status.phrase.replace('Timeout', 'Time-out')}"
    head, body = (
        f"<head><title>{title}</title></head>",
        f"<body>\r\n<center><h1>{title}</h1></center>\r\n</body>",
    )
    page = f"<html>\r\n{head}\r\n{body}\r\n</html>\r\n"
    return status.value, {"Content-Type": "text/html", "Server": "awselb/2.0"}, page.encode()


def _idle_seconds(group_arn: str) -> float:
    return min((attributes.idle_seconds(balancer) for balancer in balancers_of(group_arn)), default=60.0)
