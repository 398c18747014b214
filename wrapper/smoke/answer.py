"""Ask one URL and tell three things apart: an answer, an answer of the infrastructure, and none at all."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx

# What a load balancer says when no task answered; the application's own 503 has its error body.
INFRASTRUCTURE_STATUSES = frozenset({502, 503, 504})

Origin = Literal["application", "infrastructure", "timeout"]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """`status` is None if nothing came back and `problem` says why; `milliseconds` is the whole time."""

    origin: Origin
    status: int | None
    body: bytes
    milliseconds: float
    problem: str = ""

    def json(self) -> Any:
        """Return the parsed body; ValueError if it isn't JSON."""
        return json.loads(self.body)

    @property
    def outcome(self) -> str:
        """Say what came back: `status 500`, `infrastructure: status 502`, `timeout: nothing within 10 s`."""
        said = self.problem or f"status {self.status}"
        return said if self.origin == "application" else f"{self.origin}: {said}"


@dataclass(frozen=True, kw_only=True)
class Call:
    """What is sent; `files` holds each one's name and content by the form's field."""

    path: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    form: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, tuple[str, bytes]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


def ask(client: httpx.Client, call: Call, *, expected: int | None = None) -> Answer:
    """Send one request. A status that was expected is an answer of the application, whatever it is."""
    started = time.perf_counter()
    try:
        reply = client.request(
            call.method,
            call.path,
            headers=call.headers,
            content=call.content,
            data=call.form or None,
            files=call.files or None,
        )
    except httpx.TimeoutException:
        seconds = client.timeout.read or 0
        return _silent("timeout", f"nothing within {seconds:g} s", started)
    except httpx.TransportError as error:
        return _silent("infrastructure", _transport_problem(error), started)
    except httpx.DecodingError as error:
        return _silent("application", f"a body that cannot be decoded ({error})", started)
    milliseconds = (time.perf_counter() - started) * 1000
    origin: Origin = "application"
    if reply.status_code in INFRASTRUCTURE_STATUSES and reply.status_code != expected:
        origin = "application" if _is_error_body(reply.content) else "infrastructure"
    return Answer(origin=origin, status=reply.status_code, body=reply.content, milliseconds=milliseconds)


def _silent(origin: Origin, problem: str, started: float) -> Answer:
    milliseconds = (time.perf_counter() - started) * 1000
    return Answer(origin=origin, status=None, body=b"", milliseconds=milliseconds, problem=problem)


def _transport_problem(error: httpx.TransportError) -> str:
    """Say it in the words of curl's users rather than httpx's."""
    text = str(error) or type(error).__name__
    known: Mapping[type[httpx.TransportError], str] = {
        httpx.ConnectError: "no connection",
        httpx.RemoteProtocolError: "the connection broke",
        httpx.ReadError: "the connection broke",
    }
    return f"{known.get(type(error), type(error).__name__)} ({text})"


def _is_error_body(body: bytes) -> bool:
    try:
        parsed = json.loads(body)
    except ValueError:
        return False
    return isinstance(parsed, dict) and parsed.get("success") is False and "error" in parsed
