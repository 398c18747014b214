import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from emulator.alb.exchange import Broken, Exchange, Refused, Request, TimedOut

Served = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
GET = Request(method="GET", target="/?uid=20", headers=[("host", "test")])


def says(*parts: bytes, stays: bool = False) -> Served:
    """Serve fixed bytes after the request's head."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for part in parts:
            writer.write(part)
            await writer.drain()
        if stays:
            await reader.read()
        writer.close()

    return serve


async def exchange(
    serve: Served, request: Request = GET, idle_seconds: float = 1
) -> tuple[int, bytes, list[tuple[str, str]]]:
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        opened = await Exchange.open("127.0.0.1", port, request, connect_seconds=1, idle_seconds=idle_seconds)
        body = b"".join([chunk async for chunk in opened.chunks()])
        opened.close()
        return opened.status, body, opened.headers


async def parts(*given: bytes) -> AsyncIterator[bytes]:
    for part in given:
        yield part


def test_reply_with_a_length() -> None:
    """Status, headers and body arrive as the target sent them."""
    reply = b"HTTP/1.1 201 Created\r\nContent-Length: 5\r\nX-A: 1\r\nX-A: 2\r\n\r\nhello"
    status, body, headers = asyncio.run(exchange(says(reply)))
    assert (status, body) == (201, b"hello")
    assert [value for name, value in headers if name == "x-a"] == ["1", "2"]


def test_reply_in_chunks() -> None:
    """The chunks of a body are joined."""
    head, body = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    assert asyncio.run(exchange(says(head, body)))[1] == b"abcde"


def test_reply_to_head_has_no_body() -> None:
    """A HEAD request's reply ends with its headers."""
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
    request = Request(method="HEAD", target="/", headers=[("host", "test")])
    assert asyncio.run(exchange(says(reply, stays=True), request))[1] == b""


def test_body_is_sent() -> None:
    """A request's body reaches the target with its length."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        assert b"content-length: 3" in head.lower()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n" + await reader.readexactly(3))
        writer.close()

    framed = [("host", "test"), ("content-length", "3")]
    request = Request(method="POST", target="/", headers=framed, body=parts(b"a", b"bc"))
    assert asyncio.run(exchange(echo, request))[1] == b"abc"


def test_body_is_sent_in_chunks_as_it_comes() -> None:
    """A body of unknown length arrives part by part, and is not held back until its end."""

    async def told() -> str:
        first = asyncio.Event()

        async def body() -> AsyncIterator[bytes]:
            yield b"first"
            await first.wait()  # the target has it before there is a second one
            yield b"second"

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            head = await reader.readuntil(b"\r\n\r\n")
            assert b"transfer-encoding: chunked" in head.lower()
            assert await reader.readuntil(b"first\r\n") == b"5\r\nfirst\r\n"
            first.set()
            rest = await reader.readuntil(b"0\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(rest) + rest)
            writer.close()

        chunked = [("host", "test"), ("transfer-encoding", "chunked")]
        request = Request(method="POST", target="/", headers=chunked, body=body())
        return (await exchange(serve, request))[1].decode()

    assert asyncio.run(told()) == "6\r\nsecond\r\n0\r\n\r\n"


def test_target_that_answers_before_the_end_is_heard() -> None:
    """For example, a target refuses a long body and closes the connection."""
    framed = [("host", "test"), ("content-length", "9000000")]

    async def body() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.Event().wait()  # a client that waits

    request = Request(method="POST", target="/", headers=framed, body=body())
    reply = b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno"
    status, text, _ = asyncio.run(exchange(says(reply), request))
    assert (status, text) == (413, b"no")


def test_bytes_of_headers_pass_unchanged() -> None:
    """Header bytes outside ASCII pass unchanged in both directions."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        [cookie] = [line for line in head.split(b"\r\n") if line.startswith(b"cookie")]
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-" + cookie + b"\r\n\r\n")
        writer.close()

    for raw in ("name=Jürgen".encode(), "name=Jürgen".encode("latin-1")):
        sent = [("host", "test"), ("cookie", raw.decode("latin-1"))]
        request = Request(method="GET", target="/", headers=sent)
        got = dict(asyncio.run(exchange(echo, request))[2])["x-cookie"]
        assert got.encode("latin-1") == raw


def test_nobody_listens(unused_port: int) -> None:
    """A refused connection has an error of its own, because nothing was sent."""
    opening = Exchange.open("127.0.0.1", unused_port, GET, connect_seconds=1, idle_seconds=1)
    with pytest.raises(Refused):
        asyncio.run(opening)


def test_target_that_says_nothing() -> None:
    """A target that is silent for too long has timed out."""
    with pytest.raises(TimedOut):
        asyncio.run(exchange(says(stays=True), idle_seconds=0.1))


@pytest.mark.parametrize("reply", [b"", b"HTTP/1.1 200", b"not http at all\r\n\r\n"])
def test_target_that_breaks_off(reply: bytes) -> None:
    """A connection is broken if it ends before a reply, or if the reply is not HTTP."""
    with pytest.raises(Broken):
        asyncio.run(exchange(says(reply)))


def test_body_that_breaks_off() -> None:
    """A body shorter than announced is broken."""
    with pytest.raises(Broken):
        asyncio.run(exchange(says(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")))
