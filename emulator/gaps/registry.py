"""The registry's settings, which ministack's ECR lacks. They are stored; nothing is replicated or cached."""

import base64
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from ministack.core.responses import AccountRegionScopedDict, get_account_id
from ministack.services import ecr

from emulator.patching import wrap
from emulator.replies import Response, as_error, as_json

Data = Mapping[str, Any]
_replication = AccountRegionScopedDict()
_caches = AccountRegionScopedDict()


def registry_settings() -> None:
    """Upstream has no calls for replication and pull-through caches."""

    async def handle(original: Callable[..., Any], method: str, path: str, headers: Data, *rest: Any) -> Any:
        answer = _ANSWERS.get(headers.get("x-amz-target", "").rpartition(".")[2])
        if answer is None:
            return await original(method, path, headers, *rest)
        return answer(json.loads(rest[0] or b"{}"))

    wrap(ecr, "handle_request", handle)


def password(given: str) -> None:
    """Upstream's GetAuthorizationToken returns the same password to everybody."""
    token = base64.b64encode(f"AWS:{given}".encode()).decode()

    async def handle(original: Callable[..., Any], method: str, path: str, headers: Data, *rest: Any) -> Any:
        answer = await original(method, path, headers, *rest)
        if not headers.get("x-amz-target", "").endswith(".GetAuthorizationToken"):
            return answer
        data = json.loads(answer[2])["authorizationData"]
        return as_json({"authorizationData": [{**each, "authorizationToken": token} for each in data]})

    wrap(ecr, "handle_request", handle)


def _describe_registry(data: Data) -> Response:
    configuration = _replication.get("configuration", {"rules": []})
    return as_json({"registryId": get_account_id(), "replicationConfiguration": configuration})


def _put_replication(data: Data) -> Response:
    _replication["configuration"] = data["replicationConfiguration"]
    return as_json({"replicationConfiguration": data["replicationConfiguration"]})


def _create_cache(data: Data) -> Response:
    prefix = data["ecrRepositoryPrefix"]
    if prefix in _caches:
        return as_error("PullThroughCacheRuleAlreadyExistsException", f"{prefix} has a rule already.")
    _caches[prefix] = {**data, "registryId": get_account_id(), "createdAt": time.time()}
    return as_json(_caches[prefix])


def _describe_caches(data: Data) -> Response:
    wanted = data.get("ecrRepositoryPrefixes") or list(_caches)
    if missing := [prefix for prefix in wanted if prefix not in _caches]:
        return _no_cache(missing[0])
    return as_json({"pullThroughCacheRules": [_caches[prefix] for prefix in wanted]})


def _delete_cache(data: Data) -> Response:
    prefix = data["ecrRepositoryPrefix"]
    if prefix not in _caches:
        return _no_cache(prefix)
    return as_json(_caches.pop(prefix))


def _no_cache(prefix: str) -> Response:
    return as_error("PullThroughCacheRuleNotFoundException", f"{prefix} has no rule.")


_ANSWERS: Mapping[str, Callable[[Data], Response]] = {
    "CreatePullThroughCacheRule": _create_cache,
    "DeletePullThroughCacheRule": _delete_cache,
    "DescribePullThroughCacheRules": _describe_caches,
    "DescribeRegistry": _describe_registry,
    "PutReplicationConfiguration": _put_replication,
}
