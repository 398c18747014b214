"""Refuse a request before it has any effect, in the form of its AWS protocol."""

import json
import re
from uuid import uuid4
from xml.sax.saxutils import escape

from emulator.asgi import Message, Receive, Send

# The credential scope of a signed request names the service: …/20260301/eu-west-1/ec2/aws4_request.
_SERVICE = re.compile(rb"Credential=[^/]+/\d{8}/[^/]*/([^/]+)/aws4_request")
_XML = {
    "s3": "<Error><Code>{code}</Code><Message>{message}</Message><RequestId>{id}</RequestId></Error>",
    "ec2": "<Response><Errors>{error}</Errors><RequestID>{id}</RequestID></Response>",
    "query": "<ErrorResponse>{error}<RequestId>{id}</RequestId></ErrorResponse>",
}
_ERROR = "<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"


def service_of(scope: Message) -> str:
    """Return the service that a request is signed for; "" for unsigned ones, such as the registry's."""
    signed = dict(scope["headers"]).get(b"authorization", b"")
    found = _SERVICE.search(signed)
    return found[1].decode() if found else ""


def protocol_of(scope: Message) -> str:
    """Return `s3`, `ec2`, `query`, `json` or, for the OCI distribution API, `registry`."""
    headers, service = dict(scope["headers"]), service_of(scope)
    if service == "s3":
        return "s3"
    if scope["path"].startswith("/v2/"):
        return "registry"
    if headers.get(b"content-type", b"").startswith(b"application/x-www-form-urlencoded"):
        return "ec2" if service == "ec2" else "query"
    return "json" if service or b"x-amz-target" in headers else "s3"


async def refuse(
    scope: Message, receive: Receive, send: Send, *, status: int, code: str, message: str
) -> None:
    """Answer with an error; an AWS SDK finds the code and the message in it."""
    await heard(receive)
    kind, body = _body(protocol_of(scope), code, message)
    headers = [
        (b"content-type", kind),
        (b"content-length", str(len(body)).encode()),
        (b"x-amzn-requestid", str(uuid4()).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


async def heard(receive: Receive) -> None:
    """Read the rest of the request and drop it: most clients fail if an answer comes before they are done."""
    while (await receive()).get("more_body"):
        pass


def _body(protocol: str, code: str, message: str) -> tuple[bytes, bytes]:
    """Return content type and body."""
    if protocol == "registry":
        # https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes
        return b"application/json", json.dumps({"errors": [{"code": "DENIED", "message": message}]}).encode()
    if protocol == "json":
        body = json.dumps({"__type": code, "message": message}).encode()
        return b"application/x-amz-json-1.1", body
    told = {"code": code, "message": escape(message), "id": str(uuid4())}
    text = _XML[protocol].format(error=_ERROR.format(**told), **told)
    return b"application/xml" if protocol == "s3" else b"text/xml", text.encode()
