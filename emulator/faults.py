"""Refuse a share of the AWS calls, as AWS does on a bad day, before they have done anything.

Half of the refusals are throttling, half errors of the server, each in the words of the service's protocol.
"""

import json
import re
from random import Random
from uuid import uuid4

from emulator.asgi import App, Message, Receive, Send

# The credential scope of a signed request names the service: …/20260301/eu-west-1/ec2/aws4_request.
_SERVICE = re.compile(rb"Credential=[^/]+/\d{8}/[^/]*/([^/]+)/aws4_request")
_QUERY = {"ec2": "<Response><Errors>{error}</Errors><RequestID>{id}</RequestID></Response>"}
_ERROR_RESPONSE = "<ErrorResponse>{error}<RequestId>{id}</RequestId></ErrorResponse>"
_S3 = "<Error><Code>{code}</Code><Message>{message}</Message><RequestId>{id}</RequestId></Error>"


def refusing(app: App, *, percent: float) -> App:
    """Answer `percent` of the signed requests with an error and hand the rest to the app."""
    if not percent:
        return app
    dice = Random(0)

    async def sometimes(scope: Message, receive: Receive, send: Send) -> None:
        service = _service_of(scope)
        if service and dice.random() * 100 < percent:
            await _refuse(scope, receive, send, service, is_throttled=dice.random() < 0.5)
        else:
            await app(scope, receive, send)

    return sometimes


def _service_of(scope: Message) -> str:
    """Return whom a signed request is for; "" for the registry, the load balancer and our own questions."""
    signed = dict(scope["headers"]).get(b"authorization", b"")
    found = _SERVICE.search(signed)
    return found[1].decode() if found else ""


async def _refuse(scope: Message, receive: Receive, send: Send, service: str, *, is_throttled: bool) -> None:
    while (await receive()).get("more_body"):
        pass  # a client that is still sending would take an early answer for a broken connection
    status, kind, body = _answer(scope, service, is_throttled)
    headers = [
        (b"content-type", kind),
        (b"content-length", str(len(body)).encode()),
        (b"x-amzn-requestid", str(uuid4()).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _answer(scope: Message, service: str, is_throttled: bool) -> tuple[int, bytes, bytes]:
    """Return status, content type and body of a refusal."""
    kind = dict(scope["headers"]).get(b"content-type", b"")
    message = "Rate exceeded" if is_throttled else "An internal error has occurred"
    if service == "s3":
        code, status = ("SlowDown", 503) if is_throttled else ("InternalError", 500)
        return status, b"application/xml", _xml(_S3, code, message)
    if kind.startswith(b"application/x-www-form-urlencoded"):
        throttled = "RequestLimitExceeded" if service == "ec2" else "Throttling"
        code, status = (throttled, 400) if is_throttled else ("InternalFailure", 500)
        return status, b"text/xml", _xml(_QUERY.get(service, _ERROR_RESPONSE), code, message)
    code, status = ("ThrottlingException", 400) if is_throttled else ("InternalServerException", 500)
    body = json.dumps({"__type": code, "message": message}).encode()
    return status, b"application/x-amz-json-1.1", body


def _xml(template: str, code: str, message: str) -> bytes:
    error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
    return template.format(error=error, code=code, message=message, id=uuid4()).encode()
