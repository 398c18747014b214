"""Application Auto Scaling, which ministack doesn't have: this module stores all, and policies' alarms.

`scheduled_limits` executes scheduled actions, `tracking` target tracking.
"""

import json
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from ministack import app as ministack_app
from ministack.core import router
from ministack.core.responses import AccountRegionScopedDict, get_account_id, get_region
from ministack.services import cloudwatch

from emulator.metrics import tracking
from emulator.replies import Response, as_error, as_json

Data = Mapping[str, Any]
_SERVICE = "application-autoscaling"

TARGETS = AccountRegionScopedDict()
POLICIES = AccountRegionScopedDict()
ACTIONS = AccountRegionScopedDict()
# Under one key, newest first.
ACTIVITIES = AccountRegionScopedDict()
_tags = AccountRegionScopedDict()


def application_autoscaling() -> None:
    """Upstream has no Application Auto Scaling at all; the provider can't even list its tags."""
    pattern = {"target_prefixes": ["AnyScaleFrontendService"], "credential_scope": _SERVICE}
    router.SERVICE_PATTERNS = {_SERVICE: pattern, **router.SERVICE_PATTERNS}
    ministack_app.SERVICE_HANDLERS[_SERVICE] = _handle


async def _handle(method: str, path: str, headers: Mapping[str, str], body: bytes, query: Any) -> Response:
    action = headers.get("x-amz-target", "").rpartition(".")[2]
    answer = _ANSWERS.get(action)
    if answer is None:
        return as_error("UnknownOperationException", f"The sandbox has no {_SERVICE}:{action}.")
    return answer(json.loads(body or b"{}"))


def _register_target(data: Data) -> Response:
    known = TARGETS.get(_key(data))
    target = known or {
        "ScalableTargetARN": _arn(f"scalable-target/{uuid.uuid4().hex[:26]}"),
        "CreationTime": time.time(),
        "RoleARN": _service_role(data["ServiceNamespace"]),
        "SuspendedState": {
            "DynamicScalingInSuspended": False,
            "DynamicScalingOutSuspended": False,
            "ScheduledScalingSuspended": False,
        },
    }
    if not known and not {"MinCapacity", "MaxCapacity"} <= set(data):
        return as_error(
            "ValidationException", "MinCapacity and MaxCapacity are needed to register a new target."
        )
    TARGETS[_key(data)] = {**target, **_without(data, "Tags", "RoleARN")}
    if data.get("Tags"):
        _tags[target["ScalableTargetARN"]] = dict(data["Tags"])
    return as_json({"ScalableTargetARN": target["ScalableTargetARN"]})


def _deregister_target(data: Data) -> Response:
    target = TARGETS.pop(_key(data), None)
    if target is None:
        return _missing("scalable target", data)
    _tags.pop(target["ScalableTargetARN"], None)
    for store in (POLICIES, ACTIONS):
        for name in [name for name in store if name.startswith(f"{_key(data)}|")]:
            _without_alarms(store.pop(name))
    return as_json({})


def _put_policy(data: Data) -> Response:
    if _key(data) not in TARGETS:
        return _missing("scalable target", data)
    name = f"{_key(data)}|{data['PolicyName']}"
    created = {"PolicyARN": _arn(f"scalingPolicy:{uuid.uuid4()}"), "CreationTime": time.time()}
    before = POLICIES.get(name, created)
    _without_alarms(before)
    POLICIES[name] = {**before, **data, "Alarms": _alarms_for(data)}
    return as_json({field: POLICIES[name][field] for field in ("PolicyARN", "Alarms")})


def _alarms_for(data: Data) -> list[dict[str, str]]:
    """Create the alarms of a target tracking policy for ECS, high first."""
    configuration = data.get("TargetTrackingScalingPolicyConfiguration")
    if not configuration or data["ServiceNamespace"] != "ecs":
        return []
    made = []
    for kind, alarm in tracking.alarms_of(data["PolicyName"], configuration, data["ResourceId"]).items():
        name = f"TargetTracking-{data['ResourceId']}-Alarm{kind}-{uuid.uuid4()}"
        cloudwatch._put_metric_alarm({}, alarm | {"AlarmName": name}, False, True)
        made.append({"AlarmName": name, "AlarmARN": cloudwatch._alarms[name]["AlarmArn"]})
    return made


def _without_alarms(policy: Data) -> None:
    for alarm in policy.get("Alarms", []):
        cloudwatch._alarms.pop(alarm["AlarmName"], None)


def _put_action(data: Data) -> Response:
    if _key(data) not in TARGETS:
        return _missing("scalable target", data)
    name = f"{_key(data)}|{data['ScheduledActionName']}"
    created = {"ScheduledActionARN": _arn(f"scheduledAction:{uuid.uuid4()}"), "CreationTime": time.time()}
    ACTIONS[name] = {**ACTIONS.get(name, created), **data}
    return as_json({})


def _delete(store: AccountRegionScopedDict, name_field: str, kind: str) -> Callable[[Data], Response]:
    def delete(data: Data) -> Response:
        found = store.pop(f"{_key(data)}|{data[name_field]}", None)
        if found is None:
            return _missing(kind, data)
        _without_alarms(found)
        return as_json({})

    return delete


def _describe(
    store: AccountRegionScopedDict, result: str, filters: Mapping[str, str]
) -> Callable[[Data], Response]:
    """Return a handler that lists what matches namespace and filters (request field → stored field)."""

    def matches(item: Data, data: Data) -> bool:
        wanted = {stored: data[asked] for asked, stored in filters.items() if data.get(asked)}
        return item["ServiceNamespace"] == data["ServiceNamespace"] and all(
            item.get(stored) in (values if isinstance(values, list) else [values])
            for stored, values in wanted.items()
        )

    def describe(data: Data) -> Response:
        found = [item for item in store.values() if matches(item, data)]
        return as_json({result: found})

    return describe


def _list_tags(data: Data) -> Response:
    if not _is_target(data):
        return as_error("ResourceNotFoundException", f"No scalable target has the ARN {data['ResourceARN']}.")
    return as_json({"Tags": _tags.get(data["ResourceARN"], {})})


def _tag(data: Data) -> Response:
    _tags[data["ResourceARN"]] = {**_tags.get(data["ResourceARN"], {}), **data["Tags"]}
    return as_json({})


def _untag(data: Data) -> Response:
    _tags[data["ResourceARN"]] = _without(_tags.get(data["ResourceARN"], {}), *data["TagKeys"])
    return as_json({})


def _is_target(data: Data) -> bool:
    return any(target["ScalableTargetARN"] == data["ResourceARN"] for target in TARGETS.values())


def _key(data: Data) -> str:
    return "|".join(str(data.get(name)) for name in ("ServiceNamespace", "ResourceId", "ScalableDimension"))


def _without(data: Data, *names: str) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name not in names}


def _arn(resource: str) -> str:
    return f"arn:aws:{_SERVICE}:{get_region()}:{get_account_id()}:{resource}"


def _service_role(namespace: str) -> str:
    service = f"{namespace}.{_SERVICE}.amazonaws.com"
    name = f"AWSServiceRoleForApplicationAutoScaling_{namespace.upper()}Service"
    return f"arn:aws:iam::{get_account_id()}:role/aws-service-role/{service}/{name}"


def _missing(kind: str, data: Data) -> Response:
    message = f"No {kind} was found for service namespace: {data.get('ServiceNamespace')}, resource ID: "
    return as_error("ObjectNotFoundException", f"{message}{data.get('ResourceId')}")


_RESOURCE = {"ResourceId": "ResourceId", "ScalableDimension": "ScalableDimension"}
_ANSWERS: dict[str, Callable[[Data], Response]] = {
    "RegisterScalableTarget": _register_target,
    "DeregisterScalableTarget": _deregister_target,
    "DescribeScalableTargets": _describe(
        TARGETS, "ScalableTargets", {"ResourceIds": "ResourceId", "ScalableDimension": "ScalableDimension"}
    ),
    "PutScalingPolicy": _put_policy,
    "DeleteScalingPolicy": _delete(POLICIES, "PolicyName", "scaling policy"),
    "DescribeScalingPolicies": _describe(
        POLICIES, "ScalingPolicies", {**_RESOURCE, "PolicyNames": "PolicyName"}
    ),
    "PutScheduledAction": _put_action,
    "DeleteScheduledAction": _delete(ACTIONS, "ScheduledActionName", "scheduled action"),
    "DescribeScheduledActions": _describe(
        ACTIONS, "ScheduledActions", {**_RESOURCE, "ScheduledActionNames": "ScheduledActionName"}
    ),
    "DescribeScalingActivities": lambda data: as_json(
        {
            "ScalingActivities": [
                activity
                for activity in ACTIVITIES.get("all", [])
                if activity["ResourceId"] == data.get("ResourceId", activity["ResourceId"])
            ]
        }
    ),
    "ListTagsForResource": _list_tags,
    "TagResource": _tag,
    "UntagResource": _untag,
}
