"""Log the AWS calls that the emulator gets: the first of each kind, as a line of JSON.

If the sandbox records, `emulator.recording` also writes the complete requests.
"""

import json
import re
from pathlib import Path
from urllib.parse import parse_qs

from emulator.asgi import App, Message, Receive, Send
from emulator.recording import LONGEST_BODY, RECORDING, SCOPE

_FORM = b"application/x-www-form-urlencoded"
_LONGEST_FORM = 64 * 1024
_MANIFEST = re.compile(r"/v2/(.+)/manifests/[^/]+")


class Calls:
    """Writes each new kind of signed call to a file, which outlives the emulator; `app` answers the calls.

    `repositories` is the prefix of the ARNs of all image repositories.
    """

    def __init__(self, app: App, file: Path, *, repositories: str) -> None:
        self._app = app
        self._file = file
        self._repositories = repositories
        self._seen: set[str] = set()
        file.write_text("")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        signed = SCOPE.search(headers.get(b"authorization", b""))
        if not signed:
            if RECORDING.is_on and (pushed := _MANIFEST.fullmatch(scope["path"])):
                self._note_image(pushed[1], scope["method"], headers)
            await self._app(scope, receive, send)
            return
        is_form = headers.get(b"content-type", b"").startswith(_FORM)
        most = LONGEST_BODY if RECORDING.is_on else _LONGEST_FORM if is_form else 0
        body, answer = _Copy(receive, most), _Status(send)
        await self._app(scope, body.receive if most else receive, answer.send)
        self._note(
            caller=signed[1].decode(),
            service=signed[3].decode(),
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"].decode(),
            operation=operation_of(headers, bytes(body.read) if is_form else b""),
        )
        if RECORDING.is_on:
            RECORDING.request(
                method=scope["method"],
                path=scope["raw_path"].decode(),
                query=scope["query_string"].decode(),
                headers={name.decode().lower(): value.decode("latin-1") for name, value in headers.items()},
                body=bytes(body.read),
                length=body.length,
                status=answer.status,
            )

    def _note_image(self, name: str, method: str, headers: dict[bytes, bytes]) -> None:
        # The runtime's pulls are for tasks, and on AWS the execution role makes them.
        is_wrapper = headers.get(b"user-agent", b"").startswith(b"python-httpx")
        if method == "PUT" or (method == "GET" and is_wrapper):
            RECORDING.image(repository=f"{self._repositories}/{name}", is_push=method == "PUT")

    def _note(self, **call: str) -> None:
        # The operation alone is the kind; with path and query, almost every call would be a new kind.
        named = call | {"path": "", "query": ""} if call["operation"] else call
        line = json.dumps(named) + "\n"
        if line not in self._seen:
            self._seen.add(line)
            with self._file.open("a") as file:
                file.write(line)


def operation_of(headers: dict[bytes, bytes], form: bytes) -> str:
    """Return the operation; "" if the protocol expresses it by method and path."""
    target = headers.get(b"x-amz-target", b"").decode()
    return target.rpartition(".")[2] or parse_qs(form.decode(errors="replace")).get("Action", [""])[0]


class _Copy:
    """Passes a request's body on, and keeps its first `most` bytes."""

    def __init__(self, receive: Receive, most: int) -> None:
        self.read = bytearray()
        self.length = 0
        self._receive = receive
        self._most = most

    async def receive(self) -> Message:
        message = await self._receive()
        part = message.get("body", b"")
        self.read.extend(part[: self._most - len(self.read)])
        self.length += len(part)
        return message


class _Status:
    """Passes an answer on, and keeps its status."""

    def __init__(self, send: Send) -> None:
        self.status = 0
        self._send = send

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)
