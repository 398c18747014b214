"""Which AWS calls the emulator has had: one of each kind, as they came over the wire, a line of JSON each."""

import json
import re
from pathlib import Path
from urllib.parse import parse_qs

from emulator.asgi import App, Message, Receive, Send

# What signs a request: `Credential=<key id>/<date>/<region>/<service>/aws4_request`.
_SCOPE = re.compile(rb"Credential=([^/,]+)/[^/]*/[^/]*/([^/]*)/aws4_request")
_FORM = b"application/x-www-form-urlencoded"
_LONGEST_FORM = 64 * 1024


class Calls:
    """Write each new kind of signed call to a file, which outlives the emulator; `app` answers them."""

    def __init__(self, app: App, file: Path) -> None:
        self._app = app
        self._file = file
        self._seen: set[str] = set()
        file.write_text("")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        signed = _SCOPE.search(headers.get(b"authorization", b""))
        if not signed:
            await self._app(scope, receive, send)
            return
        form = bytearray()
        is_form = headers.get(b"content-type", b"").startswith(_FORM)
        await self._app(scope, _copied(receive, form) if is_form else receive, send)
        self._note(
            caller=signed[1].decode(),
            service=signed[2].decode(),
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"].decode(),
            operation=operation_of(headers, bytes(form)),
        )

    def _note(self, **call: str) -> None:
        # An operation says it all; with path and query every call would be a kind of its own.
        named = call | {"path": "", "query": ""} if call["operation"] else call
        line = json.dumps(named) + "\n"
        if line not in self._seen:
            self._seen.add(line)
            with self._file.open("a") as file:
                file.write(line)


def operation_of(headers: dict[bytes, bytes], form: bytes) -> str:
    """Return the operation if the protocol names it; "" if it's in method and path."""
    target = headers.get(b"x-amz-target", b"").decode()
    return target.rpartition(".")[2] or parse_qs(form.decode(errors="replace")).get("Action", [""])[0]


def _copied(receive: Receive, form: bytearray) -> Receive:
    async def copy() -> Message:
        message = await receive()
        if len(form) < _LONGEST_FORM:
            form.extend(message.get("body", b""))
        return message

    return copy
