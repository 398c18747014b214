"""Require that each call of the AWS API is signed with the sandbox's secret, in a header or in the URL.

The time of a header's signature isn't checked, since only the secret must be proved. A signed URL expires.
"""

import hashlib
import logging
import re
from base64 import b64encode
from collections.abc import Callable
from hmac import compare_digest
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

from ministack import app as ministack_app
from ministack.core import iam_actions, iam_evaluator, responses, router, sigv4
from ministack.services import ecs_metadata, s3, sts

from emulator.asgi import App, Message, Receive, Send
from emulator.keys import Keys
from emulator.patching import wrap
from emulator.refusal import heard

Problem = tuple[str, str]  # ministack's code, which it turns into that of the service, and the message

# A body without a checksum header must be read whole before the signature can be verified.
_MOST_BYTES = 16 * 1024 * 1024
_CHECKSUM = re.compile(r"[0-9a-f]{64}")
_METADATA = re.compile(r"/v4/([\w-]+)(?:/.*)?")
_FORM = "application/x-www-form-urlencoded"
_SESSION = "ASIA"  # the prefix of the key ids of AssumeRole
_UNKNOWN = "InvalidClientTokenId", "The security token included in the request is invalid."
_UNSIGNED = "MissingAuthenticationToken", "Request is missing Authentication Token"
_OTHER_KIND = "UnsupportedSignature", "The request must be signed by AWS Signature Version 4."
_TOO_LONG = "IncompleteSignature", f"A body of more than {_MOST_BYTES} bytes needs x-amz-content-sha256."
_OTHER_BODY = "SignatureDoesNotMatch", "x-amz-content-sha256 does not match the body."
_log = logging.getLogger("sandbox.callers")


def skip_s3_verification() -> None:
    """Turn off S3's own check of signed URLs, because ministack does not know the sandbox's keys."""

    def verify(original: Callable[..., Any], *_: Any) -> None:
        return None

    wrap(s3, "_verify_presigned_sigv4", verify)


class Signed:
    """Passes signed requests to `app`. All others get AWS's own error, and the log has each kind once."""

    def __init__(self, app: App, keys: Keys) -> None:
        self._app = app
        self._keys = keys
        self._basic = b"Basic " + b64encode(f"AWS:{keys.registry_password}".encode())
        self._told: set[str] = set()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        authorization = dict(scope["headers"]).get(b"authorization", b"")
        if _is_metadata_of_a_task(scope) or compare_digest(authorization, self._basic):
            await self._app(scope, receive, send)
        elif ministack_app._is_ecr_registry_path(scope["path"]):
            await _ask_for_password(receive, send)
        else:
            request, body = _Request(scope), None
            problem = request.problem_ahead(self._keys)
            if not problem:
                body = await _body(receive, most=None if request.is_good_without_body else _MOST_BYTES)
                problem = _TOO_LONG if body is None else request.problem_with(body)
            else:
                await heard(receive)
            if problem:
                self._note(problem)
                await request.refuse(problem, send)
            else:
                await self._app(scope, _again(body, receive), send)

    def _note(self, problem: Problem) -> None:
        if problem[0] not in self._told:
            self._told.add(problem[0])
            _log.warning("refused a request: %s %s", *problem)


class _Request:
    """One request's signature, which is checked before and after its body is read."""

    def __init__(self, scope: Message) -> None:
        self._scope = scope
        self._headers: dict[str, str] = {}
        for raw, value in scope["headers"]:
            name, text = raw.decode("latin-1").lower(), sigv4.decode_header_value(value)
            self._headers[name] = f"{self._headers[name]},{text}" if name in self._headers else text
        self._query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        self._is_url = "X-Amz-Signature" in self._query
        self._secret = ""
        self._signature: Any = None
        checksum = self._headers.get("x-amz-content-sha256", "")
        self._checksum = checksum if _CHECKSUM.fullmatch(checksum) else ""
        self._is_told = bool(checksum) and not checksum.startswith("STREAMING-AWS4")

    @property
    def is_good_without_body(self) -> bool:
        """Return whether the headers contain all that the signature covers of the body."""
        return self._is_told or (self._is_url and self._signature.service == "s3")

    def problem_ahead(self, keys: Keys) -> Problem | None:
        """Return the problem that is found without the body; None if there is none so far."""
        if not self._is_url and not self._headers.get("authorization", "").startswith("AWS4-HMAC-SHA256 "):
            is_old = "authorization" in self._headers or "Signature" in self._query
            return _OTHER_KIND if is_old else _UNSIGNED
        parse = sigv4.parse_query_signature if self._is_url else sigv4.parse_header_signature
        found = parse(self._query if self._is_url else self._headers)
        if isinstance(found, tuple):
            return found
        self._signature = found
        self._secret = keys.secret_of(found.access_key_id, "") or self._secret_of_session(keys)
        if not self._secret:
            return _UNKNOWN
        signed = set(found.signed_headers.split(";"))
        left_out = {name for name in self._headers if name == "host" or name.startswith("x-amz-")} - signed
        if left_out:
            return "IncompleteSignature", f"These headers must be signed: {', '.join(sorted(left_out))}."
        return self._is_over() or (self._compared(b"") if self.is_good_without_body else None)

    def problem_with(self, body: bytes) -> Problem | None:
        """Return the problem that is found with the body; None if there is none."""
        if self._checksum and hashlib.sha256(body).hexdigest() != self._checksum:
            return _OTHER_BODY
        return None if self.is_good_without_body else self._compared(body)

    async def refuse(self, problem: Problem, send: Send) -> None:
        scope = self._scope
        service = router.detect_service(scope["method"], scope["path"], self._headers, self._query)
        if problem == _UNSIGNED and self._headers.get("content-type", "").startswith(_FORM):
            # Only a signature or the body names the service; sts stands for any of the Query protocol.
            service = "sts"
        code, message = problem
        status, headers, body = iam_actions.access_denied_response(
            service, "", "", str(uuid4()), error_code=code, message=message, headers=self._headers
        )
        responses.fix_error_content_type(service, status, headers)
        await ministack_app._send_response(send, status, headers, body, head=scope["method"] == "HEAD")

    def _compared(self, body: bytes) -> Problem | None:
        scope = self._scope
        path = scope["raw_path"].decode("latin-1")
        found: Problem | None = sigv4.header_signature_failure(
            self._signature,
            self._secret,
            scope["method"],
            path,
            self._query,
            self._headers,
            body,
            presigned=self._is_url,
        )
        return found

    def _is_over(self) -> Problem | None:
        if not self._is_url:
            return None
        try:
            expires = self._query.get("X-Amz-Expires", [""])[0]
            is_over = sigv4.presigned_request_is_expired(self._signature.amz_date, expires)
        except (ValueError, OverflowError):
            is_over = True
        return ("RequestExpired", "Request has expired") if is_over else None

    def _secret_of_session(self, keys: Keys) -> str:
        """Return the secret of a role's session (of tasks and recorded callers) or of a user's key."""
        key_id = self._signature.access_key_id
        query = self._query.get("X-Amz-Security-Token", [""])[0]
        token = query if self._is_url else self._headers.get("x-amz-security-token", "")
        if token and not key_id.startswith(_SESSION):
            return keys.secret_of(key_id, token)
        # ministack has keys of its own, such as test with the secret test, which are not accepted.
        if iam_evaluator.is_root_access_key(key_id):
            return ""
        sts._evict_expired_sessions()
        found = iam_evaluator.resolve_credential(key_id, None, token)
        return str(getattr(found, "secret_access_key", ""))


def _is_metadata_of_a_task(scope: Message) -> bool:
    """Return whether a task reads its own metadata: the path has 43 letters that only the task knows."""
    found = _METADATA.fullmatch(scope["path"])
    return (
        bool(found and found[1] in ecs_metadata._TOKEN_TO_TASK)
        and scope["method"] == "GET"
        and not scope["query_string"]
    )


async def _ask_for_password(receive: Receive, send: Send) -> None:
    """Answer 401 in the registry's form: image clients send their password only after that."""
    await heard(receive)
    message = "the user must be AWS and the password that of GetAuthorizationToken"
    body = b'{"errors": [{"code": "UNAUTHORIZED", "message": "%s"}]}' % message.encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"www-authenticate", b'Basic realm="sandbox",service="ecr.amazonaws.com"'),
    ]
    await send({"type": "http.response.start", "status": 401, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _body(receive: Receive, *, most: int | None) -> bytes | None:
    """Read the whole body and return it; None if it has more bytes than `most`."""
    parts: list[bytes] = []
    length = 0
    while True:
        message = await receive()
        part = message.get("body", b"")
        length += len(part)
        is_too_long = most is not None and length > most
        if is_too_long:
            parts.clear()
        else:
            parts.append(part)
        if not message.get("more_body"):
            return None if is_too_long else b"".join(parts)


def _again(body: bytes | None, receive: Receive) -> Receive:
    """Return a receive function that replays the body as one message, then continues with `receive`."""
    first = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return first.pop() if first else await receive()

    return receive_again
