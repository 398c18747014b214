"""The parameters `uid` and `n`: one parser for all paths that take them."""

import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from service.artifact_format import ID_PATTERN, MAX_TOP, READY


class InvalidRequest(Exception):
    """The message says which parameter must be what, and what it was."""


@dataclass(frozen=True, kw_only=True)
class Query:
    """`uid` in UTF-8 bytes, as the model holds it; `n` from 1 to 100."""

    uid: bytes
    n: int


def parse_query(query_string: bytes) -> Query:
    """Parse `uid=…&n=…` or raise InvalidRequest. Unknown parameters are ignored."""
    return Query(uid=_uid(_values(query_string, b"uid")), n=parse_n(query_string))


def parse_n(query_string: bytes) -> int:
    """Parse `n=…`, 10 if it is missing, or raise InvalidRequest."""
    values = _values(query_string, b"n")
    if not values:
        return READY
    if len(values) > 1:
        raise InvalidRequest(f"n must be given at most once, got {len(values)} values.")
    # Only plain digits: int() would also take "+5", "5_0", " 5 " and digits of other scripts.
    if not re.fullmatch(rb"[0-9]{1,3}", values[0]) or not 1 <= int(values[0]) <= MAX_TOP:
        raise InvalidRequest(f"n must be a whole number from 1 to {MAX_TOP}, got {_shown(values[0])}.")
    return int(values[0])


def _uid(values: list[bytes]) -> bytes:
    if len(values) != 1:
        raise InvalidRequest(f"uid must be given exactly once, got {len(values)} values.")
    uid = values[0]
    try:
        text = uid.decode()
    except UnicodeDecodeError:
        raise InvalidRequest(f"uid must be UTF-8, got {_shown(uid)}.") from None
    if not re.fullmatch(ID_PATTERN, text):
        raise InvalidRequest(f"uid must be 1 to 128 characters, none a control character, got {_shown(uid)}.")
    return uid


def _values(query_string: bytes, name: bytes) -> list[bytes]:
    # Not urllib's parse_qsl: it refuses raw bytes beyond ASCII, which clients do send.
    pairs = (part.partition(b"=") for part in query_string.split(b"&"))
    return [_unquoted(value) for key, _, value in pairs if _unquoted(key) == name]


def _unquoted(text: bytes) -> bytes:
    return unquote_to_bytes(text.replace(b"+", b" "))


def _shown(value: bytes) -> str:
    text = value.decode(errors="backslashreplace")
    return repr(text if len(text) <= 40 else f"{text[:40]}…")
