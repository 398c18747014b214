"""A request's body on its way from the client to a target: handed on as it arrives, never held."""

import asyncio
from collections.abc import AsyncIterator

from emulator.asgi import Receive


class TooSlow(Exception):
    """The client sent nothing for as long as the load balancer waits."""


class Gone(Exception):
    """The client went away before the end."""


class Body:
    """Iterate once over its parts; `idle_seconds` is how long the client may take for the next one."""

    def __init__(self, receive: Receive, *, idle_seconds: float) -> None:
        self._receive = receive
        self._idle_seconds = idle_seconds
        self._is_over = asyncio.Event()
        self.is_sent = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield parts that aren't empty; raises TooSlow or Gone."""
        more = not self._is_over.is_set()
        while more:
            try:
                async with asyncio.timeout(self._idle_seconds):
                    message = await self._receive()
            except TimeoutError:
                raise TooSlow from None
            if message["type"] == "http.disconnect":
                raise Gone
            more = bool(message.get("more_body"))
            if not more:
                self._is_over.set()
            if part := message.get("body", b""):
                self.is_sent = True
                yield part

    async def whole(self, *, most: int) -> bytes | None:
        """Return it all at once; None if it has more bytes than `most`."""
        parts, length = [], 0
        async for part in self:
            length += len(part)
            if length <= most:
                parts.append(part)
        return b"".join(parts) if length <= most else None

    async def drop(self) -> None:
        """Let the client send the rest for nothing: it would take an early answer for a broken connection."""
        async for _ in self:
            pass

    async def client_is_gone(self) -> None:
        """Return when the client has gone, which isn't searched for before its body has come."""
        await self._is_over.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass
