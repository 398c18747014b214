"""A request's body, which is streamed from the client to a target without buffering."""

import asyncio
from collections.abc import AsyncIterator

from emulator.asgi import Receive


class TooSlow(Exception):
    """The client sent nothing for the idle timeout."""


class Gone(Exception):
    """The client disconnected before the end of the body."""


class Body:
    """An iterator over the body's parts, for one pass; the client has `idle_seconds` for each part."""

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
        """Return the whole body; None if it has more bytes than `most`."""
        parts, length = [], 0
        async for part in self:
            length += len(part)
            if length <= most:
                parts.append(part)
        return b"".join(parts) if length <= most else None

    async def drop(self) -> None:
        """Read the rest and drop it: most clients fail if an answer comes before they are done."""
        async for _ in self:
            pass

    async def client_is_gone(self) -> None:
        """Wait until the client disconnects, which is noticed only after the body has been read."""
        await self._is_over.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass
