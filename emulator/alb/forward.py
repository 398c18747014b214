"""Send a request on to the target whose turn it is."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from email.utils import formatdate
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from ministack.core.responses import StreamingResponse
from ministack.services import alb

from emulator.alb import attributes
from emulator.alb.exchange import Broken, Exchange, Refused, Request, TimedOut
from emulator.alb.registry import TARGETS
from emulator.alb.target import Target
from emulator.alb.wiring import balancers_of
from emulator.asgi import Receive, Send

# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html
_CONNECT_SECONDS = 10
_HOP_BY_HOP = {
    "connection",
    "content-length",
    "keep-alive",
    "proxy-connection",
    "te",
    "transfer-encoding",
    "upgrade",
}
_log = logging.getLogger("sandbox.alb")

Response = tuple[int, dict[str, Any], Any]


async def to_group(
    original: Callable[..., Awaitable[Response]],
    group_arn: str,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
    query_params: Mapping[str, Any],
    raw_query_string: str | None = None,
    raw_path: str | None = None,
) -> Response:
    """Answer a forward action: 503 without a target, 502 if it fails, 504 if it takes too long."""
    group = alb._tgs.get(group_arn)
    if not group or group.get("TargetType") == "lambda":
        arguments = (group_arn, method, path, headers, body, query_params, raw_query_string, raw_path)
        return await original(*arguments)
    query = urlencode(query_params, doseq=True) if raw_query_string is None else raw_query_string
    request = Request(
        method=method.upper(),
        target=(raw_path or path) + (f"?{query}" if query else ""),
        headers=[(name, value) for name, value in headers.items() if name.lower() not in _HOP_BY_HOP],
        body=body or b"",
    )
    return await _to_first(TARGETS.candidates(group_arn), request, _idle_seconds(group_arn))


async def _to_first(candidates: list[Target], request: Request, idle_seconds: float) -> Response:
    if not candidates:
        return _error(HTTPStatus.SERVICE_UNAVAILABLE)
    for target in candidates:
        # Without a healthy target all are asked: no neighbour may answer for one that listens on nothing.
        if not (target.is_healthy or await TARGETS.answers_itself(target.address, target.port)):
            continue
        try:
            exchange = await Exchange.open(
                target.address,
                target.port,
                request,
                connect_seconds=_CONNECT_SECONDS,
                idle_seconds=idle_seconds,
            )
        except Refused:
            # Nothing was sent yet: a task that just died costs no request, only a look at the next one.
            continue
        except TimedOut:
            return _error(HTTPStatus.GATEWAY_TIMEOUT)
        except Broken:
            if await _is_closed(target):  # its program had just ended, and got nothing of the request
                continue
            return _error(HTTPStatus.BAD_GATEWAY)
        return exchange.status, _reply_headers(exchange), StreamingResponse(_relay(exchange))
    return _error(HTTPStatus.BAD_GATEWAY)


async def _is_closed(target: Target) -> bool:
    try:
        connecting = asyncio.open_connection(target.address, target.port)
        _, writer = await asyncio.wait_for(connecting, timeout=1)
    except OSError:
        return True
    writer.close()
    return False


def _relay(exchange: Exchange) -> Callable[..., Awaitable[None]]:
    """Pass the body on as it arrives; one that breaks off gets no end, so that the client notices."""

    async def relay(send: Send, receive: Receive) -> None:
        gone = asyncio.ensure_future(_client_gone(receive))
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


async def _client_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _reply_headers(exchange: Exchange) -> dict[str, Any]:
    """Keep the target's headers, a repeated one as a list, with the load balancer's own Date."""
    headers: dict[str, Any] = {}
    for name, value in exchange.headers:
        if name not in _HOP_BY_HOP or name == "content-length":
            headers.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in headers.items()} | {
        "date": formatdate(usegmt=True)
    }


def _error(status: HTTPStatus) -> Response:
    """Answer as the load balancer itself does; `server` tells it from the application."""
    title = f"{status.value} {status.phrase.replace('Timeout', 'Time-out')}"
    head, body = (
        f"<head><title>{title}</title></head>",
        f"<body>\r\n<center><h1>{title}</h1></center>\r\n</body>",
    )
    page = f"<html>\r\n{head}\r\n{body}\r\n</html>\r\n"
    return status.value, {"Content-Type": "text/html", "Server": "awselb/2.0"}, page.encode()


def _idle_seconds(group_arn: str) -> float:
    return min((attributes.idle_seconds(balancer) for balancer in balancers_of(group_arn)), default=60.0)
