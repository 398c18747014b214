"""Call an ASGI application with exactly these bytes, which an HTTP client would normalise."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Message, Receive


@dataclass(frozen=True, kw_only=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @classmethod
    def of(cls, messages: Sequence[Message]) -> "Reply":
        start, *rest = messages
        return cls(
            status=start["status"],
            headers={name.decode(): value.decode() for name, value in start["headers"]},
            body=b"".join(message.get("body", b"") for message in rest),
        )

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def call(app: ASGIApp, path: str = "/", query: bytes = b"", **request: Any) -> Reply:
    """Call `send` in an event loop of its own."""
    return asyncio.run(send(app, path, query, **request))


async def send(
    app: ASGIApp,
    path: str = "/",
    query: bytes = b"",
    *,
    method: str = "GET",
    body: bytes = b"",
    headers: Sequence[tuple[bytes, bytes]] = (),
    messages: list[Message] | None = None,
    receive: Receive | None = None,
) -> Reply:
    """Send one request; `messages` keeps the answer, even if the application raises in the end."""
    messages = [] if messages is None else messages

    async def whole() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def collect(message: Message) -> None:
        messages.append(message)

    length = [(b"content-length", b"%d" % len(body))] if body else []
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query,
        "headers": [*length, *headers],
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 1),
        "state": {},
    }
    await app(scope, receive or whole, collect)
    return Reply.of(messages)
