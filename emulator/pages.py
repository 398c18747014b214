"""Paginate lists as AWS does. ministack returns most lists whole, which hides callers that read one page.

botocore defines how pages continue, `_MOST` the default size of AWS's pages. EC2 and SQS return whole lists
to callers that request no pages. ministack itself paginates those of S3, Route 53 and the Scheduler.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode
from xml.etree import ElementTree

import botocore.loaders

from emulator.asgi import App, Message, Receive, Send
from emulator.calls import operation_of
from emulator.refusal import service_of

# By the service's signing name: botocore's name, and AWS's default number of items in a page.
_MOST = {
    "acm": ("acm", 1000),
    "application-autoscaling": ("application-autoscaling", 50),
    "ecr": ("ecr", 100),
    "ecs": ("ecs", 100),
    "elasticloadbalancing": ("elbv2", 400),
    "events": ("events", 100),
    "iam": ("iam", 100),
    "kms": ("kms", 50),
    "logs": ("logs", 50),
    "sns": ("sns", 100),
    "ssm": ("ssm", 50),
    "tagging": ("resourcegroupstaggingapi", 50),
}
# Operations that AWS paginates and for which botocore has no paginator.
_OTHERS: dict[tuple[str, str], dict[str, str]] = {
    ("ecs", "ListServiceDeployments"): {
        "input_token": "nextToken",
        "output_token": "nextToken",
        "limit_key": "maxResults",
        "result_key": "serviceDeployments",
    }
}
_JSON = b"application/x-amz-json"
_FORM = b"application/x-www-form-urlencoded"
_TOKEN = re.compile(r"page-(\d+)")


class Pages(NamedTuple):
    """How an operation's list is paginated: the names of its fields in the request and in the reply."""

    token: str
    next_token: str
    limit: str | None
    more: str | None
    items: str
    most: int


def in_pages(app: App, *, most: int | None) -> App:
    """Answer in pages of at most `most` items, None means AWS's default; the app returns whole lists."""

    async def cut(scope: Message, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        kind = headers.get(b"content-type", b"")
        if service_of(scope) not in _MOST or not kind.startswith((_JSON, _FORM)):
            await app(scope, receive, send)
            return
        body = await _whole(receive)
        pages = _pages(service_of(scope), operation_of(headers, body))
        if pages is None:
            await app(scope, _given(body, receive), send)
            return
        form = _Form if kind.startswith(_FORM) else _Json
        asked = form.read(body)
        start = _TOKEN.fullmatch(str(asked.pop(pages.token, None) or "page-0"))
        if start is None:  # the token is one of ministack's own
            await app(scope, _given(body, receive), send)
            return
        limit = int(asked.pop(pages.limit, 0) or 0) if pages.limit else 0
        size = min(each for each in (pages.most, most, limit) if each)
        reply = _Reply()
        whole = form.written(asked)
        await app({**scope, "headers": _sized(scope["headers"], whole)}, _given(whole, receive), reply)
        if reply.status == 200:
            reply.body = form.cut(reply.body, pages, int(start[1]), size)
        await reply.sent(send)

    return cut


class _Json:
    """The JSON protocols."""

    @staticmethod
    def read(body: bytes) -> dict[str, Any]:
        found = json.loads(body or b"{}")
        return found if isinstance(found, dict) else {}

    @staticmethod
    def written(asked: Mapping[str, Any]) -> bytes:
        return json.dumps(asked).encode()

    @staticmethod
    def cut(body: bytes, pages: Pages, start: int, size: int) -> bytes:
        reply = json.loads(body or b"{}")
        found = reply.get(pages.items)
        if not isinstance(found, list) or reply.get(pages.next_token):
            return body
        reply[pages.items] = found[start : start + size]
        if start + size < len(found):
            reply[pages.next_token] = f"page-{start + size}"
        if pages.more:
            reply[pages.more] = start + size < len(found)
        return json.dumps(reply).encode()


class _Form:
    """The Query protocol: a form for a request, XML for a reply."""

    @staticmethod
    def read(body: bytes) -> dict[str, Any]:
        return dict(parse_qsl(body.decode(), keep_blank_values=True))

    @staticmethod
    def written(asked: Mapping[str, Any]) -> bytes:
        return urlencode(asked).encode()

    @staticmethod
    def cut(body: bytes, pages: Pages, start: int, size: int) -> bytes:
        root = ElementTree.fromstring(body)
        space = root.tag.partition("}")[0] + "}" if "}" in root.tag else ""
        result = next((each for each in root if each.tag.endswith("Result")), None)
        found = None if result is None else result.find(f"{space}{pages.items}")
        if result is None or found is None or result.findtext(f"{space}{pages.next_token}"):
            return body
        items = list(found)
        for item in (*items[:start], *items[start + size :]):
            found.remove(item)
        is_more = start + size < len(items)
        told = {pages.next_token: f"page-{start + size}"} if is_more else {}
        for name, text in {**told, **({pages.more: str(is_more).lower()} if pages.more else {})}.items():
            element = result.find(f"{space}{name}")
            if element is None:
                element = ElementTree.SubElement(result, f"{space}{name}")
            element.text = text
        ElementTree.register_namespace("", space.strip("{}"))
        written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
        return written


class _Reply:
    """Buffers an answer until it is complete."""

    def __init__(self) -> None:
        self.status = 0
        self.body = b""
        self._start: Message = {}

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start, self.status = message, message["status"]
        else:
            self.body += message.get("body", b"")

    async def sent(self, send: Send) -> None:
        await send({**self._start, "headers": _sized(self._start["headers"], self.body)})
        await send({"type": "http.response.body", "body": self.body})


@cache
def _pages(signed_for: str, operation: str) -> Pages | None:
    """Return botocore's pagination of an operation's list; None for an operation with no list, or several."""
    name, most = _MOST[signed_for]
    told = _OTHERS.get((name, operation)) or _paginators(name).get(operation)
    if told is None or not all(
        isinstance(told[key], str) for key in ("input_token", "output_token", "result_key")
    ):
        return None
    return Pages(
        token=told["input_token"],
        next_token=told["output_token"],
        limit=told.get("limit_key"),
        more=told.get("more_results"),
        items=told["result_key"],
        most=most,
    )


@cache
def _paginators(service: str) -> dict[str, Any]:
    loader = botocore.loaders.create_loader()
    found: dict[str, Any] = loader.load_service_model(service, "paginators-1")["pagination"]
    return found


async def _whole(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)


def _given(body: bytes, receive: Receive) -> Receive:
    """Return a receive function that replays the body that was read, then continues with `receive`."""
    left = [{"type": "http.request", "body": body, "more_body": False}]

    async def give() -> Message:
        return left.pop() if left else await receive()

    return give


def _sized(headers: Any, body: bytes) -> list[tuple[bytes, bytes]]:
    kept = [(name, value) for name, value in headers if name.lower() != b"content-length"]
    return [*kept, (b"content-length", str(len(body)).encode())]
