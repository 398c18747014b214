"""Let a plan that was made against a copy of a state be applied to the state itself.

An apply reads in the plan where the state is, and refuses one whose lineage or serial are not those of the
plan; a copy has the same. So that one field is taken from a plan that was made at the real place. Its number
is in Terraform's planproto/planfile.proto, which does not change within a version of the format.
"""

import zipfile
from collections.abc import Iterator
from pathlib import Path

_PLAN = "tfplan"
_VERSION_FIELD, _VERSION = 1, b"\x08\x03"
_BACKEND_FIELD = 13


def write_rebased(copy: Path, *, onto: Path, target: Path) -> None:
    """Write the plan `copy` with the backend of `onto`; raise ValueError if the format is another."""
    with zipfile.ZipFile(copy) as planned, zipfile.ZipFile(onto) as real:
        parts = {name: planned.read(name) for name in planned.namelist()}
        backend = [field for number, field in _fields(real.read(_PLAN)) if number == _BACKEND_FIELD]
    fields = list(_fields(parts[_PLAN]))
    kept = [field for number, field in fields if number != _BACKEND_FIELD]
    if (_VERSION_FIELD, _VERSION) not in fields or (len(backend), len(fields) - len(kept)) != (1, 1):
        raise ValueError("a plan must be of format 3 and name one backend")
    parts[_PLAN] = b"".join([*kept, *backend])
    target.touch(mode=0o600)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Split a message of protocol buffers into its fields, each with its number."""
    at = 0
    while at < len(message):
        start = at
        key, at = _varint(message, at)
        match key & 7:
            case 0:
                _, at = _varint(message, at)
            case 1:
                at += 8
            case 2:
                size, at = _varint(message, at)
                at += size
            case 5:
                at += 4
            case kind:
                raise ValueError(f"a field must be of kind 0, 1, 2 or 5, got {kind}")
        yield key >> 3, message[start:at]


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """Return the number at this place, and where it ends."""
    value = shift = 0
    while True:
        if at == len(message):
            raise ValueError("a number must end within the message")
        byte = message[at]
        value, shift, at = value | (byte & 0x7F) << shift, shift + 7, at + 1
        if byte < 0x80:
            return value, at
