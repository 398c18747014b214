"""Record AWS requests with their callers, and what AWS would do with a service's role, as lines of JSON.

Off by default. The judge of permissions and requests reads the lines. The caller is the key id of the
signature, which is a role's name; the step is the session's token. The content of objects is left out,
secrets are masked.
"""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

LONGEST_BODY = 1024 * 1024
# The key id and the service of a signature: `Credential=<key id>/<date>/<region>/<service>/…`.
SCOPE = re.compile(rb"Credential=([^/,]+)/[^/]*/([^/]*)/([^/]*)/aws4_request")
_KEPT = ("content-type", "if-match", "if-none-match", "smithy-protocol", "expect")
# Headers that differ in each request because of its signature, a retry or an object's content.
_DROPPED = re.compile(
    r"x-amz-(date|security-token|content-sha256|user-agent|decoded-content-length|trailer|checksum-.*)"
)
_SECRET = re.compile(r'"(SecretString|SecretBinary|[Pp]assword|authorizationToken)"\s*:\s*"(?:[^"\\]|\\.)*"')
_PARAMETER = re.compile(r'"(Value)"\s*:\s*"(?:[^"\\]|\\.)*"')
_SECRET_NAME = re.compile(r"PASSWORD|SECRET|TOKEN|CREDENTIAL|PRIVATE|API_?KEY", re.IGNORECASE)
# Values that differ between equal requests: ids of a request, times, Terraform's unique names.
_PASSING = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|terraform-[0-9]{20,}"
    r"|\d{4}-\d\d-\d\dT[0-9:.%A]+(Z|[+-]\d\d:\d\d)?|\b1[6-9]\d{8}(\d{3}|\.\d+)?\b"
)
_PULL = ("BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer")
_PUSH = (*_PULL, "CompleteLayerUpload", "InitiateLayerUpload", "PutImage", "UploadLayerPart")
# The query of an upload of an object's part.
_PART = {"partNumber", "uploadId", "x-id"}


class Recording:
    """Appends to a file; does nothing before `open`. Any thread may write."""

    def __init__(self) -> None:
        self._file: Path | None = None
        self._seen: set[bytes] = set()
        self._lock = threading.Lock()
        # The last caller of ECR, and its step.
        self._of_registry = ("", "")

    def open(self, file: Path) -> None:
        """Begin a new recording."""
        file.write_text("")
        self._file = file

    @property
    def is_on(self) -> bool:
        """Whether requests are recorded."""
        return self._file is not None

    def request(
        self,
        *,
        method: str,
        path: str,
        query: str,
        headers: Mapping[str, str],
        body: bytes,
        length: int,
        status: int,
    ) -> None:
        """Record a signed request, unless the same caller has made the same one in the same step.

        `body` is the beginning of the request's body, at most LONGEST_BODY of its `length` bytes.
        """
        signed = SCOPE.search(headers.get("authorization", "").encode())
        if signed is None:
            return
        service, step = signed[3].decode(), headers.get("x-amz-security-token", "")
        if service == "ecr":
            self._of_registry = (signed[1].decode(), step)
        is_kept = length == len(body) and not _is_content(service, method, path, query)
        self._write(
            {
                "caller": signed[1].decode(),
                "step": step,
                "service": service,
                "region": signed[2].decode(),
                "method": method,
                "path": path,
                "query": query,
                "headers": {name: value for name, value in headers.items() if _matters(name)},
                **(_body(headers, body) if is_kept else {"body": "", "length": length}),
                "status": status,
            }
        )

    def image(self, *, repository: str, is_push: bool) -> None:
        """Record the ECR actions of a push or a pull, whose own requests are not signed.

        The caller is assumed to be the last caller of ECR.
        https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
        """
        caller, step = self._of_registry
        self.action(caller, "ecr:GetAuthorizationToken", "*", step=step)
        for action in _PUSH if is_push else _PULL:
            self.action(caller, f"ecr:{action}", repository, step=step)

    def action(self, role: str, action: str, resource: str, *, step: str = "service", **context: str) -> None:
        """Record an action of a role, which is given by its name or ARN.

        `context` has values by condition key, with two underscores for the colon: `ecs__cluster` is
        ecs:cluster.
        """
        if role:
            self._write(
                {
                    "caller": role.rpartition("/")[2],
                    "step": step,
                    "action": action,
                    "resource": resource,
                    "context": {name.replace("__", ":"): value for name, value in context.items()},
                }
            )

    def _write(self, line: Mapping[str, Any]) -> None:
        if self._file is None:
            return
        # While a caller polls, the status may differ between equal requests.
        lasting = json.dumps({name: value for name, value in line.items() if name != "status"})
        same = hashlib.sha256(_PASSING.sub("~", lasting).encode()).digest()
        with self._lock:
            if same not in self._seen:
                self._seen.add(same)
                with self._file.open("a") as file:
                    file.write(json.dumps(line) + "\n")


RECORDING = Recording()


def _is_content(service: str, method: str, path: str, query: str) -> bool:
    """Return whether the body is the content of an object: a state, a file of an image or of a model."""
    has_key = bool(path.strip("/").partition("/")[2])
    return service == "s3" and method == "PUT" and has_key and set(parse_qs(query, True)) <= _PART


def _matters(name: str) -> bool:
    return name in _KEPT or (name.startswith("x-amz-") and not _DROPPED.fullmatch(name))


def _body(headers: Mapping[str, str], body: bytes) -> dict[str, str]:
    try:
        return {"body": _masked(headers, body.decode())}
    except UnicodeDecodeError:
        return {"body": base64.b64encode(body).decode(), "encoding": "base64"}


def _masked(headers: Mapping[str, str], body: str) -> str:
    body = _SECRET.sub(r'"\1": "***"', body)
    target = headers.get("x-amz-target", "")
    if target.startswith("AmazonSSM."):
        return _PARAMETER.sub(r'"\1": "***"', body)
    if target.startswith("AmazonEC2ContainerService") and '"environment"' in body:
        return json.dumps(_without_secret_values(json.loads(body)))
    return body


def _without_secret_values(value: Any) -> Any:
    """Return a copy with `***` as the value of each variable whose name is that of a secret."""
    if isinstance(value, list):
        return [_without_secret_values(each) for each in value]
    if not isinstance(value, dict):
        return value
    masked = {name: _without_secret_values(each) for name, each in value.items()}
    if masked.keys() == {"name", "value"} and _SECRET_NAME.search(str(masked["name"])):
        masked["value"] = "***"
    return masked
