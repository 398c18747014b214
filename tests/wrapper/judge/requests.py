"""Requests in the form of a recording, written by botocore."""

import base64
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

import botocore.session
from botocore.model import OperationModel, ServiceModel
from botocore.serialize import create_serializer

SIGNING_NAMES = {
    "cloudwatch": "monitoring",
    "elbv2": "elasticloadbalancing",
    "resourcegroupstaggingapi": "tagging",
    "service-quotas": "servicequotas",
}


@cache
def model(service: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(service)


def _operation(service: str, operation: str) -> OperationModel:
    return model(service).operation_model(operation)


def request(
    service: str,
    operation: str,
    params: dict[str, Any] | None = None,
    *,
    caller: str = "shop-prod-github-apply",
    step: str = "apply",
    status: int = 200,
) -> dict[str, Any]:
    """Write a request as botocore does, in the form of a recording."""
    described = _operation(service, operation)
    serializer = create_serializer(described.service_model.protocol, include_validation=False)
    request = serializer.serialize_to_request(params or {}, described)
    path, _, query = request["url_path"].partition("?")
    body, more = request["body"], request["query_string"]
    if isinstance(body, dict):
        body = urlencode(body)
    return {
        "caller": caller,
        "step": step,
        "service": SIGNING_NAMES.get(service, service),
        "region": "eu-west-1",
        "method": request["method"],
        "path": quote(path, safe="/%:@&=+$,~*'()!"),
        "query": "&".join(filter(None, (query, urlencode(more, doseq=True) if more else ""))),
        "headers": {name.lower(): str(value) for name, value in request["headers"].items()},
        "body": base64.b64encode(body.encode() if isinstance(body, str) else body or b"").decode(),
        "encoding": "base64",
        "status": status,
    }
