"""The emulator's server: two ports in one event loop, for the AWS API and for the load balancers."""

import asyncio
import json
import logging
import os
import resource
import signal
from collections.abc import Awaitable, Callable
from functools import partial

from hypercorn.asyncio import serve as serve_asgi
from hypercorn.config import Config
from ministack import app as ministack_app

from emulator.alb import forwards, listener, prober
from emulator.asgi import App, Message, Receive, Send
from emulator.callers import Headers, wrong_for_api, wrong_for_balancer
from emulator.calls import Calls
from emulator.faults import refusing
from emulator.pages import in_pages
from emulator.refusal import refuse
from emulator.runtime.engine import Engine
from emulator.runtime.relay import join
from emulator.settings import IDENTITY, Settings
from emulator.signed import Signed

Refuse = Callable[[Message, Receive, Send, str], Awaitable[None]]

_MOST_REASONS = 100  # in the log, since a page can invent any number of names
_log = logging.getLogger("sandbox.callers")


async def serve(settings: Settings, engine: Engine) -> None:
    """Serve until SIGTERM or SIGINT, then stop every task."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    _raise_open_files()
    try:
        # If the prober fails, the emulator ends: otherwise every target would keep its last state forever.
        async with asyncio.TaskGroup() as group:
            beside = [group.create_task(prober.run()), group.create_task(_lead_to_balancers(settings))]
            await serve_asgi(_by_port(settings, engine), _config(settings), shutdown_trigger=stop.wait)
            for task in beside:
                task.cancel()
    finally:
        await asyncio.to_thread(engine.close)
        for socket in (settings.socket, settings.alb_socket):
            socket.unlink(missing_ok=True)


def _by_port(settings: Settings, engine: Engine) -> App:
    """Return the application for both ports: one is AWS's APIs, the other the load balancers.

    Both refuse the callers that `callers` refuses. The API's port also answers as a load balancer, if a
    request's Host header names one.
    """
    api = _guarded(_api(settings, engine), partial(_wrong_for_api, settings.port), _refuse)
    balancers = _guarded(listener.app, _wrong_for_balancer, listener.refuse)

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await ministack_app.app(scope, receive, send)
        # On a Unix socket, the server has no port.
        elif (scope["server"] and scope["server"][1] == settings.alb_port) or listener.is_named(scope):
            await balancers(scope, receive, send)
        else:
            await api(scope, receive, send)

    return app


def _api(settings: Settings, engine: Engine) -> App:
    answering = (
        in_pages(ministack_app.app, most=settings.page_size) if settings.is_patched else ministack_app.app
    )
    calls = Calls(
        refusing(answering, percent=settings.fault_percent),
        settings.calls,
        repositories=f"arn:aws:ecr:{settings.region}:{settings.account_id}:repository",
    )

    signed = Signed(calls, settings.keys)

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})  # AWS's APIs have no WebSockets
        elif scope["path"] == IDENTITY:
            await _identify(settings, engine, send)
        else:
            await signed(scope, receive, _delayed(_unshared(send), settings))

    return app


def _guarded(app: App, wrong_with: Callable[[Headers], str | None], turn_away: Refuse) -> App:
    """Refuse requests whose headers are wrong, and log each reason once."""
    told: set[str] = set()

    async def guarded(scope: Message, receive: Receive, send: Send) -> None:
        wrong = wrong_with(scope["headers"])
        if wrong is None:
            await app(scope, receive, send)
            return
        if wrong not in told and len(told) < _MOST_REASONS:
            told.add(wrong)
            _log.warning("refused a request: %s", wrong)
        if scope["type"] == "http":
            await turn_away(scope, receive, send, wrong)
        else:
            await send({"type": "websocket.close", "code": 1008})

    return guarded


def _wrong_for_api(port: int, headers: Headers) -> str | None:
    return wrong_for_api(headers, port=port, hosts=forwards.own_names())


def _wrong_for_balancer(headers: Headers) -> str | None:
    return wrong_for_balancer(headers, hosts=[*forwards.hosts_of_rules(), *forwards.own_names()])


async def _refuse(scope: Message, receive: Receive, send: Send, message: str) -> None:
    await refuse(scope, receive, send, status=403, code="AccessDenied", message=message)


def _unshared(send: Send) -> Send:
    """Leave out the headers that let pages of other sites read a reply."""

    async def private(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [one for one in message["headers"] if not one[0].lower().startswith(b"access-control-")]
            message = {**message, "headers": headers}
        await send(message)

    return private


def _delayed(send: Send, settings: Settings) -> Send:
    """Delay an API reply by a few milliseconds.

    aws-sdk-go-v2 closes the connection if a reply arrives before it has finished its request, and repeats a
    call that has had its effect (its issues 1825 and 2737). The resource is created twice then, and blocks a
    destroy.
    """

    async def later(message: Message) -> None:
        if message["type"] == "http.response.start":
            await asyncio.sleep(settings.reply_delay_seconds)
        await send(message)

    return later


async def _identify(settings: Settings, engine: Engine, send: Send) -> None:
    has_networks = await asyncio.to_thread(lambda: engine.has_networks)
    told = {"mark": settings.mark, "pid": os.getpid(), "has_networks": has_networks}
    body = json.dumps(told).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _lead_to_balancers(settings: Settings) -> None:
    """Forward the load balancers' socket to their port: the server can't distinguish two Unix sockets."""

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await join(reader, writer, asyncio.open_connection("127.0.0.1", settings.alb_port))

    server = await asyncio.start_unix_server(connect, settings.alb_socket.name)
    await server.serve_forever()


def _config(settings: Settings) -> Config:
    config = Config()
    config.bind = [f"127.0.0.1:{port}" for port in (settings.port, settings.alb_port)]
    config.bind.append(f"unix:{settings.socket.name}")
    config.backlog = 2048  # with 100, a busy machine refuses callers, which retry after a second or more
    config.keep_alive_timeout = 75
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
    config.h11_max_incomplete_size = 64 * 1024
    # By default Hypercorn closes a connection after 1,000 requests. SDKs treat that as an error and retry
    # slowly.
    config.keep_alive_max_requests = 10**9
    # A sandbox's tasks end with it, so there is no reason to wait for open connections.
    config.graceful_timeout = 0.5
    return config


def _raise_open_files() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
