"""Forward a WebSocket to a target: whole messages in both directions, until one side closes."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from wsproto import ConnectionType, WSConnection
from wsproto import events as ws
from wsproto.utilities import ProtocolError

from emulator.alb.exchange import Broken, Headers, Request, TimedOut, connect
from emulator.asgi import Message, Receive, Send

_READ_BYTES = 65536
_MOST_BYTES = 16 * 1024 * 1024  # of one message
_TOO_BIG, _GOING_AWAY, _NORMAL = 1009, 1001, 1000
_NEVER_SENT = (1005, 1006)  # these mean that no code was sent
_OF_THE_HANDSHAKE = ("connection", "content-length", "host", "transfer-encoding", "upgrade")


@dataclass(frozen=True, kw_only=True)
class WebSocket:
    """A WebSocket that a client has requested, not yet connected."""

    subprotocols: Sequence[str]

    async def open(
        self, address: str, port: int, request: Request, *, connect_seconds: float, idle_seconds: float
    ) -> "Opened":
        """Request it from the target; raises Refused, TimedOut or Broken."""
        reader, writer = await connect(address, port, seconds=connect_seconds)
        opened = Opened(reader, writer, idle_seconds)
        try:
            async with asyncio.timeout(idle_seconds):
                await opened.shake_hands(request, self.subprotocols)
        except TimeoutError:
            opened.close()
            raise TimedOut from None
        except (OSError, ProtocolError) as error:
            opened.close()
            raise Broken(str(error)) from None
        except BaseException:
            opened.close()
            raise
        return opened


class Opened:
    """A target's answer: status 101 and a WebSocket to `relay`, or another status with a body."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, idle_seconds: float
    ) -> None:
        self._reader, self._writer, self._idle_seconds = reader, writer, idle_seconds
        self._protocol = WSConnection(ConnectionType.CLIENT)
        self.status = 0
        self.headers: Headers = []
        self.body = b""

    async def shake_hands(self, request: Request, subprotocols: Sequence[str]) -> None:
        """Send the handshake and read the target's answer; raises OSError or ProtocolError."""
        headers = [
            (name.encode("latin-1"), value.encode("latin-1"))
            for name, value in request.headers
            if name not in _OF_THE_HANDSHAKE and not name.startswith("sec-websocket-")
        ]
        host = dict(request.headers).get("host", "")
        await self._send(
            ws.Request(
                host=host,
                target=request.target,
                subprotocols=list(subprotocols),
                extra_headers=headers,
            )
        )
        is_over = False
        while not is_over:
            await self._receive()
            for event in self._protocol.events():
                is_over = self._heard(event)
                if is_over:
                    break  # the rest of the data is for the WebSocket

    def close(self) -> None:
        with suppress(OSError, RuntimeError):
            self._writer.close()

    async def relay(self, send: Send, receive: Receive) -> None:
        """Pass messages on until one side closes, or until the idle timeout."""
        try:
            async with asyncio.timeout(self._idle_seconds) as limit:
                loop = asyncio.get_running_loop()

                def heard() -> None:
                    limit.reschedule(loop.time() + self._idle_seconds)

                ways = [
                    asyncio.create_task(self._to_target(receive, heard)),
                    asyncio.create_task(self._to_client(send, heard)),
                ]
                try:
                    done, _ = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                    for way in done:
                        way.result()
                finally:
                    for way in ways:
                        way.cancel()
        except (OSError, ProtocolError, TimeoutError):
            with suppress(OSError, ProtocolError):
                await send({"type": "websocket.close", "code": _GOING_AWAY})
        finally:
            self.close()

    async def _to_target(self, receive: Receive, heard: Callable[[], None]) -> None:
        while True:
            message = await receive()
            heard()
            if message["type"] == "websocket.disconnect":
                with suppress(OSError, ProtocolError):
                    await self._send(ws.CloseConnection(code=_code(message.get("code"))))
                return
            text = message.get("text")
            await self._send(
                ws.TextMessage(data=text) if text is not None else ws.BytesMessage(data=message["bytes"])
            )

    async def _to_client(self, send: Send, heard: Callable[[], None]) -> None:
        parts: list[str] | list[bytes] = []
        length = 0
        while True:
            for event in self._protocol.events():
                if isinstance(event, ws.CloseConnection):
                    await send(
                        {"type": "websocket.close", "code": _code(event.code), "reason": event.reason or ""}
                    )
                    return
                if isinstance(event, ws.Ping):
                    await self._send(event.response())
                elif isinstance(event, ws.Message):
                    length += len(event.data)
                    if length > _MOST_BYTES:
                        await send({"type": "websocket.close", "code": _TOO_BIG})
                        return
                    parts.append(event.data)
                    if event.message_finished:
                        await send(_whole(parts))
                        parts, length = [], 0
            await self._receive()
            heard()

    def _heard(self, event: ws.Event) -> bool:
        """Read one event of the handshake's answer; return whether it is the last one."""
        if isinstance(event, ws.AcceptConnection):
            self.status = 101
            self.headers = _texts(event.extra_headers)
            if event.subprotocol:
                self.headers = [*self.headers, ("sec-websocket-protocol", event.subprotocol)]
            return True
        if isinstance(event, ws.RejectConnection):
            self.status, self.headers = event.status_code, _texts(event.headers)
            return not event.has_body
        if isinstance(event, ws.RejectData):
            self.body += event.data
            return event.body_finished or len(self.body) > _MOST_BYTES
        raise ProtocolError(f"{type(event).__name__} before the handshake was over")

    async def _send(self, event: ws.Event) -> None:
        self._writer.write(self._protocol.send(event))
        await self._writer.drain()

    async def _receive(self) -> None:
        data = await self._reader.read(_READ_BYTES)
        if not data:
            raise ConnectionResetError("the target closed the connection")
        self._protocol.receive_data(data)


def _code(code: int | None) -> int:
    return _NORMAL if code is None or code in _NEVER_SENT else int(code)


def _whole(parts: list[str] | list[bytes]) -> Message:
    text = "".join(part for part in parts if isinstance(part, str))
    data = b"".join(bytes(part) for part in parts if not isinstance(part, str))
    is_text = bool(parts) and isinstance(parts[0], str)
    return {"type": "websocket.send", "text": text} if is_text else {"type": "websocket.send", "bytes": data}


def _texts(headers: Sequence[tuple[bytes, bytes]]) -> Headers:
    return [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in headers]
