"""The application on the load balancers' port."""

import json
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ministack import app as ministack_app
from ministack.core.responses import StreamingResponse, set_request_account_id, set_request_region
from ministack.services import alb

from emulator.alb import attributes, counting, forward
from emulator.alb.body import Body, Gone, TooSlow
from emulator.alb.trace import HEADER, traced
from emulator.alb.websocket import WebSocket
from emulator.asgi import Message, Receive, Send
from emulator.refusal import heard

_MOST_BYTES_OF_LINE = _MOST_BYTES_OF_HEADER = 16 * 1024
_SUBPROTOCOL = b"sec-websocket-protocol"
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html
_CALLER_GAVE_UP = 460


async def app(scope: Message, receive: Receive, send: Send) -> None:
    """Answer one request as the load balancer that its Host header names, or as the only one.

    A WebSocket is forwarded to a target, or refused like any other request.
    """
    set_request_account_id("")
    set_request_region(None)
    headers = _headers(scope)
    balancer = _balancer(headers.get("host", ""))
    idle_seconds = attributes.idle_seconds(balancer["LoadBalancerArn"]) if balancer else 60.0
    counting.REQUEST.set(counting.Counted(balancer["LoadBalancerArn"]) if balancer else None)
    body: Body | WebSocket = Body(receive, idle_seconds=idle_seconds)
    if scope["type"] == "websocket":
        await receive()  # the event websocket.connect, which has no content
        body, send = WebSocket(subprotocols=scope["subprotocols"]), _before_the_handshake(send)
    try:
        response = await _answered(balancer, scope, headers, body)
    except Gone:
        counting.ended(_CALLER_GAVE_UP)
        return
    except TooSlow:
        response = forward.error(HTTPStatus.REQUEST_TIMEOUT)
    status, reply_headers, reply = response
    counting.ended(status)
    if isinstance(reply, StreamingResponse):
        await ministack_app._send_streaming_response(send, receive, status, reply_headers, reply)
    else:
        await ministack_app._send_response(
            send, status, reply_headers, reply, head=scope.get("method") == "HEAD"
        )


async def _answered(
    balancer: Any, scope: Message, headers: dict[str, str], body: Body | WebSocket
) -> tuple[int, dict[str, Any], Any]:
    """Return the answer; if it isn't a target's, first read the rest of the body."""
    if wrong := _too_long(scope):
        response = forward.error(wrong)
    elif balancer is None:
        response = _without_balancer()
    else:
        # https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html
        headers.setdefault("host", balancer["DNSName"])
        headers[HEADER] = traced(headers.get(HEADER))
        response = await _answer(balancer, scope, headers, body)
    if isinstance(body, Body) and not isinstance(response[2], StreamingResponse):
        await body.drop()
    return response


def _before_the_handshake(send: Send) -> Send:
    """Convert the events of an HTTP response to those that refuse a WebSocket's handshake."""

    async def say(message: Message) -> None:
        kind = message["type"]
        if kind == "http.response.start" and message["status"] == HTTPStatus.SWITCHING_PROTOCOLS:
            named = dict(message["headers"]).get(_SUBPROTOCOL)
            headers = [pair for pair in message["headers"] if pair[0] != _SUBPROTOCOL]
            chosen = named.decode("latin-1") if named else None
            await send({"type": "websocket.accept", "subprotocol": chosen, "headers": headers})
        else:
            await send({**message, "type": f"websocket.{kind}"} if kind.startswith("http.") else message)

    return say


def _too_long(scope: Message) -> HTTPStatus | None:
    """Return the status for a request line or headers that are longer than a load balancer accepts.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
    """
    line = len(scope["raw_path"]) + len(scope["query_string"])
    if line > _MOST_BYTES_OF_LINE:
        return HTTPStatus.REQUEST_URI_TOO_LONG
    longest = max((len(name) + len(value) for name, value in scope["headers"]), default=0)
    return HTTPStatus.BAD_REQUEST if longest > _MOST_BYTES_OF_HEADER else None


async def refuse(scope: Message, receive: Receive, send: Send, message: str) -> None:
    """Refuse a request before a load balancer gets it."""
    await heard(receive)
    status, headers, body = _own_answer(403, "refused", message)
    await ministack_app._send_response(send, status, headers, body, head=scope["method"] == "HEAD")


def is_named(scope: Message) -> bool:
    """Return whether a request's Host header is a load balancer's own DNS name."""
    host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
    return alb.find_lb_for_host(host) is not None


async def _answer(balancer: Any, scope: Message, headers: dict[str, str], body: Body | WebSocket) -> Any:
    """Answer as the listener with the lowest port and, if it redirects to another port, as that listener.

    The sandbox terminates no TLS, so a caller gets what a client that follows redirects gets on AWS.
    """
    listeners = [
        item for item in alb._listeners.values() if item["LoadBalancerArn"] == balancer["LoadBalancerArn"]
    ]
    secure = {int(item["Port"]) for item in listeners if item["Protocol"] == "HTTPS"}
    first = min((int(item["Port"]) for item in listeners), default=80)
    response = await _answer_on(first, balancer, scope, headers, body)
    status, reply_headers, reply = response
    # A redirect of a target, and not of a rule, is a streaming response, which stays as it is.
    if status in (301, 302) and not isinstance(reply, StreamingResponse):
        location = urlsplit(reply_headers.get("Location", ""))
        if location.scheme == "https" and location.port in secure:
            return await _answer_on(location.port, balancer, scope, headers, body)
    return response


async def _answer_on(
    port: int, balancer: Any, scope: Message, headers: dict[str, str], body: Body | WebSocket
) -> Any:
    query = scope["query_string"].decode("latin-1")
    return await alb.dispatch_request(
        balancer,
        scope.get("method", "GET"),
        scope["path"],
        headers,
        body,
        parse_qs(query, keep_blank_values=True),
        port,
        client_ip=(scope.get("client") or ("127.0.0.1",))[0],
        raw_query_string=query,
        raw_path=scope["raw_path"].decode("latin-1"),
    )


def _balancer(host: str) -> Any:
    """Return the load balancer that the Host header names, or the only one."""
    named = alb.find_lb_for_host(host)
    existing = list(alb._lbs.values())
    return named or (existing[0] if len(existing) == 1 else None)


def _without_balancer() -> tuple[int, dict[str, str], bytes]:
    names = ", ".join(f"{lb['LoadBalancerName']}.alb.localhost" for lb in alb._lbs.values())
    message = (
        f"The Host header must name one of the load balancers: {names}."
        if names
        else "This sandbox has no load balancer yet; apply the environment first."
    )
    return _own_answer(503, "no_load_balancer", message)


def _own_answer(status: int, error: str, message: str) -> tuple[int, dict[str, str], bytes]:
    body = json.dumps({"success": False, "error": error, "message": message})
    return status, {"Content-Type": "application/json", "Server": "awselb/2.0"}, body.encode()


def _headers(scope: Message) -> dict[str, str]:
    """Join repeated headers as RFC 9110 allows, cookies as RFC 9113 does."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        glue = "; " if name == "cookie" else ", "
        headers[name] = f"{headers[name]}{glue}{value}" if name in headers else value
    return headers
