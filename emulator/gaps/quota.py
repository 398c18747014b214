"""Quotas: the API Service Quotas, which ministack doesn't have, and Fargate's vCPUs, which are enforced."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from ministack import app as ministack_app
from ministack.core import router
from ministack.core.responses import get_account_id, get_region
from ministack.services import alb, ecs

from emulator.patching import wrap
from emulator.replies import Response, as_error, as_json

_UNITS = 1024
_SERVICE = "servicequotas"
_VCPUS = ("fargate", "L-3032A538")


def _fargate(kind: str) -> dict[str, Any]:
    dimensions = {"Class": f"Standard/{kind}", "Resource": "vCPU", "Service": "Fargate", "Type": "Resource"}
    metric = {
        "MetricNamespace": "AWS/Usage",
        "MetricName": "ResourceCount",
        "MetricDimensions": dimensions,
        "MetricStatisticRecommendation": "Maximum",
    }
    return {"QuotaName": f"Fargate {kind} vCPU resource count", "Value": 6.0, "UsageMetric": metric}


# AWS's defaults of the quotas that the wrapper checks, by service and code.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
# https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
_DEFAULTS = {
    _VCPUS: _fargate("OnDemand"),
    ("fargate", "L-36FBB829"): _fargate("Spot"),
    ("ec2", "L-0263D0A3"): {"QuotaName": "EC2-VPC Elastic IPs", "Value": 5.0},
}
# The applied values, from WRAPPER_SANDBOX_VCPUS.
_applied: dict[tuple[str, str], dict[str, Any]] = {}
_VALUES = {"GetServiceQuota": _applied, "GetAWSDefaultServiceQuota": _DEFAULTS}
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
_OF_BALANCERS = {
    "application-load-balancers": 50,
    "listeners-per-application-load-balancer": 50,
    "rules-per-application-load-balancer": 100,
    "target-groups": 3000,
    "targets-per-application-load-balancer": 1000,
}


def service_quotas() -> None:
    """Upstream has no Service Quotas. A quota that was never changed has no applied value, only a default."""

    async def handle(method: str, path: str, headers: Mapping[str, str], body: bytes, query: Any) -> Response:
        asked = json.loads(body or b"{}")
        place = (asked.get("ServiceCode", ""), asked.get("QuotaCode", ""))
        action = headers.get("x-amz-target", "").rpartition(".")[2]
        values = _VALUES.get(action)
        if values is None:
            return as_error("UnknownOperationException", f"The sandbox has no {_SERVICE}:{action}.")
        if place not in values:
            return as_error("NoSuchResourceException", "The specified quota does not exist.")
        return as_json({"Quota": _told(place) | values[place]})

    pattern = {"target_prefixes": ["ServiceQuotasV20190624"], "credential_scope": _SERVICE}
    router.SERVICE_PATTERNS = {_SERVICE: pattern, **router.SERVICE_PATTERNS}
    ministack_app.SERVICE_HANDLERS[_SERVICE] = handle


def balancer_limits() -> None:
    """Upstream doesn't return the maximum of a load balancer's rules."""

    def limits(params: Mapping[str, Any]) -> Response:
        items = "".join(
            f"<member><Name>{name}</Name><Max>{most}</Max></member>" for name, most in _OF_BALANCERS.items()
        )
        response: Response = alb._xml(200, "DescribeAccountLimits", f"<Limits>{items}</Limits>")
        return response

    alb._ACTION_MAP["DescribeAccountLimits"] = limits


def fargate_vcpus(most: float | None) -> None:
    """Upstream starts any number of tasks; AWS places no task beyond the account's quota of vCPUs."""

    if most is not None:
        _applied[_VCPUS] = {"Value": most}

    def run(original: Callable[..., Response], data: Mapping[str, Any]) -> Response:
        if most is not None and _used() + _wanted(data) > most * _UNITS:
            message = "You've reached the limit on the number of vCPUs you can run concurrently"
            return as_error("ClientException", message)
        return original(data)

    wrap(ecs, "_run_task", run)


def _told(place: tuple[str, str]) -> dict[str, Any]:
    service, code = place
    arn = f"arn:aws:servicequotas:{get_region()}:{get_account_id()}:{service}/{code}"
    return {
        "ServiceCode": service,
        "QuotaCode": code,
        "QuotaArn": arn,
        "Adjustable": True,
        **_DEFAULTS[place],
    }


def _used() -> int:
    return sum(int(task.get("cpu") or 0) for task in ecs._tasks.values() if task["lastStatus"] != "STOPPED")


def _wanted(data: Mapping[str, Any]) -> int:
    """Return the CPU units that a call requests."""
    definition = ecs._task_defs.get(ecs._resolve_td_key(data.get("taskDefinition", ""))) or {}
    return int(data.get("count", 1)) * int(definition.get("cpu") or 0)
