"""The emulator's two ports in one event loop: the AWS API, and the load balancers."""

import asyncio
import json
import os
import resource
import signal

from hypercorn.asyncio import serve as serve_asgi
from hypercorn.config import Config
from ministack import app as ministack_app

from emulator.alb import listener, prober
from emulator.asgi import App, Message, Receive, Send
from emulator.calls import Calls
from emulator.faults import refusing
from emulator.runtime.engine import Engine
from emulator.settings import IDENTITY, Settings


async def serve(settings: Settings, engine: Engine) -> None:
    """Serve until SIGTERM or SIGINT, then stop every task."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    _raise_open_files()
    try:
        # A prober that fails ends the emulator: without it every target would keep its last state for ever.
        async with asyncio.TaskGroup() as group:
            probing = group.create_task(prober.run())
            await serve_asgi(_by_port(settings), _config(settings), shutdown_trigger=stop.wait)
            probing.cancel()
    finally:
        await asyncio.to_thread(engine.close)


def _by_port(settings: Settings) -> App:
    """Answer on one port as AWS's APIs, on the other as the load balancers."""
    api = Calls(refusing(ministack_app.app, percent=settings.fault_percent), settings.calls)

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await ministack_app.app(scope, receive, send)
        elif scope["server"] and scope["server"][1] == settings.alb_port:  # None is the socket's
            await listener.app(scope, receive, send)
        elif scope["path"] == IDENTITY:
            await _identify(settings, send)
        else:
            await api(scope, receive, _delayed(send, settings, scope))

    return app


def _delayed(send: Send, settings: Settings, scope: Message) -> Send:
    """Hold back an API reply by a few milliseconds.

    aws-sdk-go-v2 drops the connection when a reply beats the end of its own request, and repeats a call that
    was carried out already (its issues 1825 and 2737); what the repetition creates twice blocks a destroy.
    """
    if listener.is_for_load_balancer(scope):
        return send

    async def later(message: Message) -> None:
        if message["type"] == "http.response.start":
            await asyncio.sleep(settings.reply_delay_seconds)
        await send(message)

    return later


async def _identify(settings: Settings, send: Send) -> None:
    body = json.dumps({"mark": settings.mark, "pid": os.getpid()}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _config(settings: Settings) -> Config:
    config = Config()
    config.bind = [f"127.0.0.1:{port}" for port in (settings.port, settings.alb_port)]
    if settings.engine:
        config.bind.append(f"unix:{settings.socket}")
    config.keep_alive_timeout = 75
    # Hypercorn closes a connection after 1,000 requests, which an SDK takes for a fault and retries slowly.
    config.keep_alive_max_requests = 10**9
    # The tasks of a sandbox that goes down die with it: nobody waits for open connections.
    config.graceful_timeout = 0.5
    return config


def _raise_open_files() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
