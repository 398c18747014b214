"""One HTTP/1.1 request to a target and its reply, on a connection of its own."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import h11

Headers = Sequence[tuple[str, str]]
_READ_BYTES = 65536


class Refused(Exception):
    """Nothing listens at the target's port, so nothing was sent."""


class TimedOut(Exception):
    """The target took too long to accept or to answer."""


class Broken(Exception):
    """The target closed the connection or answered something that isn't HTTP."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """Texts are Latin-1. The headers include the body's framing, as the client sent it."""

    method: str
    target: str
    headers: Headers
    body: AsyncIterable[bytes] | None = None


async def connect(
    address: str, port: int, *, seconds: float
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a connection to a target; raises Refused or TimedOut."""
    try:
        async with asyncio.timeout(seconds):
            return await asyncio.open_connection(address, port)
    except TimeoutError:
        raise TimedOut from None
    except OSError as error:
        raise Refused(str(error)) from None


class Exchange:
    """A request in flight: `open` sets `status` and `headers`, and `chunks` yields the body."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, idle_seconds: float
    ) -> None:
        self._reader, self._writer, self._idle_seconds = reader, writer, idle_seconds
        self._protocol = h11.Connection(h11.CLIENT)
        self._sending: asyncio.Task[None] | None = None
        self.status = 0
        self.headers: list[tuple[str, str]] = []

    @classmethod
    async def open(
        cls, address: str, port: int, request: Request, *, connect_seconds: float, idle_seconds: float
    ) -> "Exchange":
        """Send the request and wait for the head of the reply; raises Refused, TimedOut or Broken.

        A target may answer before it has read the whole body. Errors of the body are raised, too.
        """
        reader, writer = await connect(address, port, seconds=connect_seconds)
        exchange = cls(reader, writer, idle_seconds)
        try:
            await exchange._send_head(request)
            await exchange._send_body(request.body)
            await exchange._read_head()
        except BaseException:
            exchange.close()
            raise
        return exchange

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives; raises TimedOut or Broken if it is incomplete."""
        while isinstance(event := await self._next_event(), h11.Data):
            yield bytes(event.data)

    def close(self) -> None:
        """Stop the exchange, and close its connection."""
        # Connections are not reused: a target that stops may close an idle one at that very moment.
        if self._sending:
            self._sending.cancel()
        with suppress(OSError, RuntimeError):
            self._writer.close()

    async def _send_head(self, request: Request) -> None:
        headers = [*request.headers, ("connection", "close")]
        head = h11.Request(
            method=request.method,
            target=request.target,
            headers=[(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers],
        )
        await self._send(head)

    async def _send_body(self, body: AsyncIterable[bytes] | None) -> None:
        """Send the body, until its end or until the target answers."""
        if body is None:
            await self._send(h11.EndOfMessage())
            return
        sending = self._sending = asyncio.create_task(self._send_parts(body))
        answering = asyncio.create_task(self._read())
        try:
            await asyncio.wait({sending, answering}, return_when=asyncio.FIRST_COMPLETED)
            if not answering.done():
                with suppress(Broken):  # a target that closes the connection may have answered first
                    await sending
            async with asyncio.timeout(self._idle_seconds):
                await answering
        except TimeoutError:
            raise TimedOut from None
        finally:
            answering.cancel()
            sending.add_done_callback(lambda task: task.cancelled() or task.exception())

    async def _send_parts(self, body: AsyncIterable[bytes]) -> None:
        async for part in body:
            await self._send(h11.Data(data=part))
        await self._send(h11.EndOfMessage())

    async def _send(self, event: h11.Request | h11.Data | h11.EndOfMessage) -> None:
        self._writer.write(self._protocol.send(event) or b"")
        try:
            async with asyncio.timeout(self._idle_seconds):
                await self._writer.drain()
        except TimeoutError:
            raise TimedOut from None
        except OSError as error:
            raise Broken(str(error)) from None

    async def _read_head(self) -> None:
        event = await self._next_event()
        while isinstance(event, h11.InformationalResponse):
            event = await self._next_event()
        if not isinstance(event, h11.Response):
            raise Broken("the connection was closed before a reply")
        self.status = event.status_code
        self.headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in event.headers]

    async def _next_event(self) -> object:
        try:
            while (event := self._protocol.next_event()) is h11.NEED_DATA:
                async with asyncio.timeout(self._idle_seconds):
                    await self._read()
        except TimeoutError:
            raise TimedOut from None
        except h11.RemoteProtocolError as error:
            raise Broken(str(error)) from None
        return event

    async def _read(self) -> None:
        try:
            self._protocol.receive_data(await self._reader.read(_READ_BYTES))
        except (OSError, h11.RemoteProtocolError) as error:
            raise Broken(str(error)) from None
