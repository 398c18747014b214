"""One AWS provider for many plans, run as `python -m tests.terraform.provider PROGRAM [FOLDER]`.

Its start and its 5 MB of schemas take several times as long as a plan. Terraform can use a running provider:
the real one, to which this program passes every call. Only the schemas are requested once, and reduced to
what `terraform/` names, because nothing else is needed. A provider that never asks AWS gives the same answer
to the same request: with a FOLDER for answers, it is passed on once by all who share the folder.
https://developer.hashicorp.com/terraform/plugin/debugging
"""

import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import grpc
from grpc import aio

ROOT = Path(__file__).parents[2]
REATTACH = "TF_REATTACH_PROVIDERS"
_SERVICE = "/tfplugin5.Provider/"
_SCHEMA = f"{_SERVICE}GetSchema"
_CONFIGURE = f"{_SERVICE}Configure"
_STOP = f"{_SERVICE}Stop"
_NO_LIMITS = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
# In tfplugin5's GetProviderSchema.Response: the maps of resources, data sources and ephemeral resources.
_SCHEMAS = (2, 3, 8)
# Most bytes of the schemas that are left are of its statements, which nest each other.
_NESTED = "aws_wafv2_web_acl"
# The types of attributes that have the form of nested blocks, by the number of a block's nesting.
_EMPTY = {2: b'["list","string"]', 3: b'["set","string"]'}


@contextmanager
def running(
    program: Path, variables: Mapping[str, str], *, answers: Path | None = None
) -> Iterator[dict[str, str]]:
    """Serve a provider with these variables during the block; yield them with the one for Terraform.

    `answers` is a folder for the answers of a provider that never asks AWS.
    It has one configuration at a time: Terraform must not run in parallel with different ones.
    """
    command = [sys.executable, "-m", "tests.terraform.provider", *map(str, filter(None, (program, answers)))]
    with subprocess.Popen(
        command, cwd=ROOT, env=dict(variables), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:  # at the end its stdin is closed, and its exit awaited
        assert server.stdout is not None
        told = server.stdout.readline()
        assert told, "the provider must start, see above"
        yield {**variables, REATTACH: told}


async def main(program: str, answers: str | None = None) -> None:
    """Serve until stdin ends, which happens when the parent process has ended for any reason."""
    with (
        tempfile.TemporaryDirectory(prefix="provider-") as folder,
        subprocess.Popen(
            [program, "-debug"],
            env=_provider_variables({**os.environ, "TMPDIR": folder}),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as provider,
    ):
        try:
            ((address, reattach),) = _read_reattach(provider).items()
            there = f"unix:{reattach['Addr']['String']}"
            server = aio.server(options=_NO_LIMITS)
            pass_on = _PassOn(there, _words(ROOT / "terraform"), Path(answers) if answers else None)
            server.add_generic_rpc_handlers([pass_on])
            reattach["Addr"]["String"] = f"{folder}/served"
            server.add_insecure_port(f"unix:{folder}/served")
            await server.start()
            print(json.dumps({address: reattach}), flush=True)
            await asyncio.to_thread(sys.stdin.read)
            await server.stop(grace=None)
        finally:
            provider.kill()


def _provider_variables(inherited: Mapping[str, str]) -> dict[str, str]:
    """Leave out the bundle of certificates, which the provider can add to its client only once."""
    kept = {name: value for name, value in inherited.items() if name != "AWS_CA_BUNDLE"}
    parts = ("", "_PROVIDER", "_SDK", "_SDK_FRAMEWORK", "_SDK_HELPER_RESOURCE", "_SDK_HELPER_SCHEMA")
    return {**kept, **{f"TF_LOG{part}": "OFF" for part in (*parts, "_SDK_MUX", "_SDK_PROTO")}}


def _read_reattach(provider: subprocess.Popen[str]) -> dict[str, Any]:
    assert provider.stdout is not None
    for line in provider.stdout:
        if found := re.search(rf"{REATTACH}='(.*)'", line):
            return dict(json.loads(found[1]))
    raise SystemExit(f"the provider ended with {provider.wait()}")


def _words(terraform: Path) -> set[str]:
    """Return the words of the files of code and documentation."""
    files = [*terraform.rglob("*.tf"), *terraform.rglob("*.md")]
    return {word for file in files for word in re.findall(r"\w+", file.read_text())}


class _PassOn(grpc.GenericRpcHandler):  # type: ignore[misc]
    """Pass each of Terraform's calls to the provider, and its answers back, parsing only the schemas."""

    def __init__(self, address: str, words: Collection[str], answers: Path | None) -> None:
        # Go's server refuses a socket's path as host name.
        options = [*_NO_LIMITS, ("grpc.default_authority", "localhost")]
        self._channel = aio.insecure_channel(address, options=options)
        self._words = words
        self._answers = answers
        self._configuration = b""

    def service(self, call: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        return self._handler(call.method) if call.method.startswith(_SERVICE) else None

    @cache  # noqa: B019  (one for the whole process)
    def _handler(self, method: str) -> grpc.RpcMethodHandler:
        pass_on = self._channel.unary_unary(method)
        schemas: dict[bytes, bytes] = {}

        async def answer(request: bytes, context: object) -> bytes:
            if method == _SCHEMA:
                self._configuration = b""  # a run begins
                if request not in schemas:
                    schemas[request] = self._needed(await pass_on(request))
                return schemas[request]
            if method == _CONFIGURE:
                self._configuration = request
            if self._answers is None or method in (_CONFIGURE, _STOP):
                return bytes(await pass_on(request))
            told = b"\0".join((method.encode(), self._configuration, request))
            file = self._answers / sha256(told).hexdigest()
            if not file.exists():
                new = file.with_suffix(f".{os.getpid()}")
                new.write_bytes(await pass_on(request))
                new.rename(file)  # whole from the first moment
            return file.read_bytes()

        return grpc.unary_unary_rpc_method_handler(answer)

    def _needed(self, schemas: bytes) -> bytes:
        return b"".join(self._reduced(number, value, raw) for number, value, raw in _fields(schemas))

    def _reduced(self, number: int, value: bytes, raw: bytes) -> bytes:
        if number not in _SCHEMAS:
            return raw
        [key] = [inner for field, inner, _ in _fields(value) if field == 1]
        name = key.decode()
        if name not in self._words:
            return b""
        if name != _NESTED:
            return raw
        return _field(number, _replaced(value, 2, self._of_schema))

    def _of_schema(self, schema: bytes) -> bytes:
        return _replaced(schema, 2, self._without_unused)

    def _without_unused(self, block: bytes) -> bytes:
        """Replace the blocks within a block that no file uses by attributes, which stay empty."""
        parts = []
        for number, value, raw in _fields(block):
            if number == 3:
                nested = {field: (inner, one) for field, inner, one in _fields(value)}
                name = nested[1][0]
                if name.decode() in self._words:
                    raw = _field(3, _replaced(value, 2, self._without_unused))
                else:  # optional and computed
                    kind = _EMPTY[nested[3][1][-1]]
                    raw = _field(2, _field(1, name) + _field(2, kind) + b"\x28\x01\x30\x01")
            parts.append(raw)
        return b"".join(parts)


def _replaced(message: bytes, field: int, change: Callable[[bytes], bytes]) -> bytes:
    """Return a message with the bytes of one field changed."""
    return b"".join(
        _field(number, change(value)) if number == field else raw for number, value, raw in _fields(message)
    )


def _field(number: int, value: bytes) -> bytes:
    """Write a field whose value is bytes."""
    length, rest = bytearray(), len(value)
    while rest > 0x7F:
        length.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes([number << 3 | 2, *length, rest]) + value


def _fields(message: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Parse a message of Protocol Buffers: yield each field's number, its value and the bytes of both.

    https://protobuf.dev/programming-guides/encoding/
    """
    at = 0
    while at < len(message):
        begin = at
        key, at = _varint(message, at)
        number, kind = key >> 3, key & 7
        assert kind in (0, 2), f"field {number} must be a number or bytes, got wire type {kind}"
        length, after = _varint(message, at)
        value, at = (message[after : after + length], after + length) if kind == 2 else (b"", after)
        yield number, value, message[begin:at]


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """Read a number of seven bits a byte, the lowest first; return it and the position after it."""
    number = shift = 0
    while message[at] & 0x80:
        number |= (message[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
    return number | message[at] << shift, at + 1


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
