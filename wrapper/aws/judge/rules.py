"""Rules that AWS documents but its models lack: names, tags, schedules, attributes and policies.

Each function names its page, and returns problems as `path must rule, got value.`
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import jmespath

from wrapper.aws.judge.rights import request_tags
from wrapper.aws.judge.schedule import problem as schedule_problem
from wrapper.aws.judge.wire import Call

Line = Mapping[str, Any]
Rule = Callable[[Call], Iterator[str]]
Told = tuple[Line, Call]

_MOST_TAGS = 50
_TAG_WORDS = "letters, digits, spaces or + - = . _ : / @"
_TAG_TEXT = re.compile(r"[\w\s+\-=._:/@]*")
_NAMES = {
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    (
        "s3",
        "CreateBucket",
        "Bucket",
    ): r"(?!xn--|sthree-)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?<!-s3alias)",
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
    ("elbv2", "CreateLoadBalancer", "Name"): r"(?!internal-)[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?",
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
    ("elbv2", "CreateTargetGroup", "Name"): r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?",
    # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
    ("ec2", "CreateSecurityGroup", "GroupName"): r"(?!sg-)[\w .:/()#,@\[\]+=&;{}!$*-]{1,255}",
    ("ec2", "CreateSecurityGroup", "GroupDescription"): r"[\w .:/()#,@\[\]+=&;{}!$*-]{1,255}",
    # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCluster.html and its neighbours
    ("ecs", "CreateCluster", "clusterName"): r"[\w-]{1,255}",
    ("ecs", "CreateService", "serviceName"): r"[\w-]{1,255}",
    ("ecs", "RegisterTaskDefinition", "family"): r"[\w-]{1,255}",
    # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCapacityProvider.html
    ("ecs", "CreateCapacityProvider", "name"): r"(?!aws|ecs|fargate)[\w-]{1,255}",
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
    ("sqs", "CreateQueue", "QueueName"): r"(?=.{1,80}$)[\w-]+(?:\.fifo)?",
    # https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
    ("sns", "CreateTopic", "Name"): r"(?=.{1,256}$)[\w-]+(?:\.fifo)?",
}
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
_RETENTION = {
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
}
_NUMBERS = {
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
    ("sqs", "DelaySeconds"): (0, 900),
    ("sqs", "MaximumMessageSize"): (1024, 1048576),
    ("sqs", "MessageRetentionPeriod"): (60, 1209600),
    ("sqs", "ReceiveMessageWaitTimeSeconds"): (0, 20),
    ("sqs", "VisibilityTimeout"): (0, 43200),
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html
    ("elbv2", "client_keep_alive.seconds"): (60, 604800),
    ("elbv2", "idle_timeout.timeout_seconds"): (1, 4000),
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html
    ("elbv2", "deregistration_delay.timeout_seconds"): (0, 3600),
    ("elbv2", "slow_start.duration_seconds"): (0, 900),
    ("elbv2", "stickiness.lb_cookie.duration_seconds"): (1, 604800),
}
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html, API_ContainerDefinition.html
_CONTAINER = {
    "healthCheck.interval": (5, 300),
    "healthCheck.retries": (1, 10),
    "healthCheck.startPeriod": (0, 300),
    "healthCheck.timeout": (2, 60),
    "stopTimeout": (2, 120),
}
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: without white space.
_LONGEST_POLICY = 6144
_LONGEST_TRUST = 2048
_LONGEST_INLINE = 10240
_MOST_VALUES = 5
_VALUES = (
    "Conditions[].[Values, HostHeaderConfig.Values, PathPatternConfig.Values, HttpHeaderConfig.Values,"
    " HttpRequestMethodConfig.Values, SourceIpConfig.Values][][] | [?@]"
)


def problems(told: Iterable[Told]) -> Iterator[tuple[Line, str]]:
    """Return every request that breaks a rule; refused requests are not checked."""
    done = [(line, call) for line, call in told if call.status < 400]
    for line, call in done:
        for rule in _RULES:
            for problem in rule(call):
                yield line, problem
    yield from _priorities(done)
    yield from _inline_policies(done)


def _names(call: Call) -> Iterator[str]:
    for (service, operation, parameter), pattern in _NAMES.items():
        value = call.params.get(parameter)
        is_meant = (call.service, call.operation) == (service, operation)
        if is_meant and isinstance(value, str) and not re.fullmatch(pattern, value):
            yield f"{parameter} must match {pattern}, got {value!r}."


def _tags(call: Call) -> Iterator[str]:
    """https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html"""
    found = (
        jmespath.search("[Tags, tags, Tagging.TagSet, TagSpecifications[].Tags[]] | [?@]", call.params) or []
    )
    for tags in found:
        pairs = (
            [tags] if isinstance(tags, Mapping) else [{**each} for each in tags if isinstance(each, Mapping)]
        )
        if not isinstance(tags, Mapping) and call.operation not in ("CreateAutoScalingGroup", "DeleteTags"):
            keys = [next(iter(request_tags([each])), "") for each in pairs]
            for key in {key for key in keys if keys.count(key) > 1}:
                if not call.params.get("TagSpecifications"):
                    yield f"tags must have each key once, got {key!r} {keys.count(key)} times."
        yield from _tag_texts(request_tags(tags))


def _tag_texts(tags: Mapping[str, str]) -> Iterator[str]:
    if len(tags) > _MOST_TAGS:
        yield f"tags must be at most {_MOST_TAGS}, got {len(tags)}."
    for key, value in tags.items():
        if not 1 <= len(key) <= 128 or key.lower().startswith("aws:") or not _TAG_TEXT.fullmatch(key):
            yield f"a tag's key must be 1 to 128 {_TAG_WORDS}, and not begin with aws:, got {key!r}."
        if len(value) > 256 or not _TAG_TEXT.fullmatch(value):
            yield f"the tag {key} must have at most 256 {_TAG_WORDS}, got {value!r}."


def _schedules(call: Call) -> Iterator[str]:
    for parameter in ("ScheduleExpression", "Schedule"):
        value = call.params.get(parameter)
        if isinstance(value, str) and (wrong := schedule_problem(value, service=call.service)):
            yield f"{parameter} must {wrong}, got {value!r}."


def _retention(call: Call) -> Iterator[str]:
    days = call.params.get("retentionInDays")
    if call.operation == "PutRetentionPolicy" and days not in _RETENTION:
        yield f"retentionInDays must be one of {sorted(_RETENTION)}, got {days}."


def _numbers(call: Call) -> Iterator[str]:
    found = call.params.get("Attributes")
    pairs = found if isinstance(found, Mapping) else {each["Key"]: each.get("Value") for each in found or []}
    for name, value in pairs.items():
        least, most = _NUMBERS.get((call.service, name), (None, None))
        if (
            least is not None
            and most is not None
            and not (str(value).isdigit() and least <= int(value) <= most)
        ):
            yield f"Attributes.{name} must be {least} to {most}, got {value!r}."
    slow = pairs.get("slow_start.duration_seconds")
    if slow is not None and str(slow).isdigit() and 0 < int(slow) < 30:
        yield f"Attributes.slow_start.duration_seconds must be 0, or 30 to 900, got {slow}."


def _containers(call: Call) -> Iterator[str]:
    if call.operation != "RegisterTaskDefinition":
        return
    for container in call.params.get("containerDefinitions", []):
        for path, (least, most) in _CONTAINER.items():
            value = jmespath.search(path, container)
            if value is not None and not least <= value <= most:
                name = container.get("name")
                yield f"containerDefinitions.{name}.{path} must be {least} to {most}, got {value}."


def _health_checks(call: Call) -> Iterator[str]:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html"""
    interval, timeout = (call.params.get(f"HealthCheck{name}Seconds") for name in ("Interval", "Timeout"))
    if call.service == "elbv2" and interval is not None and timeout is not None and timeout >= interval:
        yield f"HealthCheckTimeoutSeconds must be less than the interval's {interval}, got {timeout}."


def _conditions(call: Call) -> Iterator[str]:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html"""
    if call.service == "elbv2" and call.operation in ("CreateRule", "ModifyRule"):
        values = jmespath.search(_VALUES, call.params) or []
        texts = [value for value in values if isinstance(value, str)]
        if len(set(texts)) > _MOST_VALUES:
            yield f"Conditions must have at most {_MOST_VALUES} values, got {len(set(texts))}."
        for text in texts:
            if len(text) > 128:
                yield f"Conditions must have values of at most 128 characters, got {text!r}."


def _alarms(call: Call) -> Iterator[str]:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"""
    if call.operation != "PutMetricAlarm":
        return
    period, times = call.params.get("Period"), call.params.get("EvaluationPeriods") or 1
    if period is None:
        return
    if period not in (10, 20, 30) and period % 60:
        yield f"Period must be 10, 20, 30 or a multiple of 60, got {period}."
    if period * times > (86400 if period < 3600 else 604800):
        told = f"got {period * times} s"
        yield f"Period times EvaluationPeriods must be at most a day, or a week from an hour on, {told}."


def _keys(call: Call) -> Iterator[str]:
    """https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html"""
    days = call.params.get("PendingWindowInDays")
    if call.operation == "ScheduleKeyDeletion" and days is not None and not 7 <= days <= 30:
        yield f"PendingWindowInDays must be 7 to 30, got {days}."


def _flow_logs(call: Call) -> Iterator[str]:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateFlowLogs.html"""
    seconds = call.params.get("MaxAggregationInterval")
    if call.operation == "CreateFlowLogs" and seconds not in (None, 60, 600):
        yield f"MaxAggregationInterval must be 60 or 600, got {seconds}."


def _policies(call: Call) -> Iterator[str]:
    limits = {"CreatePolicy": _LONGEST_POLICY, "CreatePolicyVersion": _LONGEST_POLICY}
    trusts = {"CreateRole": "AssumeRolePolicyDocument", "UpdateAssumeRolePolicy": "PolicyDocument"}
    parameter = trusts.get(call.operation, "PolicyDocument")
    limit = limits.get(call.operation, _LONGEST_TRUST if call.operation in trusts else None)
    text = call.params.get(parameter)
    if call.service != "iam" or not isinstance(text, str):
        return
    if not _is_document(text):
        yield f"{parameter} must be a JSON document with statements, got {text[:60]!r}."
    elif limit is not None and (length := _length(text)) > limit:
        yield f"{parameter} must have at most {limit} characters without white space, got {length}."


def _is_document(text: str) -> bool:
    try:
        return bool(json.loads(text)["Statement"])
    except (ValueError, KeyError, TypeError):
        return False


def _length(text: str) -> int:
    return len(re.sub(r"\s", "", text))


def _inline_policies(told: Iterable[Told]) -> Iterator[tuple[Line, str]]:
    """Check a role's inline policies, which have a common limit."""
    held: dict[str, dict[str, int]] = {}
    for line, call in told:
        role, name = call.params.get("RoleName"), call.params.get("PolicyName")
        if call.operation == "DeleteRolePolicy":
            held.get(str(role), {}).pop(str(name), None)
        elif call.operation == "PutRolePolicy":
            mine = held.setdefault(str(role), {})
            mine[str(name)] = _length(str(call.params.get("PolicyDocument", "")))
            if (together := sum(mine.values())) > _LONGEST_INLINE:
                yield (
                    line,
                    f"{role}'s own policies must have at most {_LONGEST_INLINE} characters, got {together}.",
                )


def _priorities(told: Iterable[Told]) -> Iterator[tuple[Line, str]]:
    """Check that a listener's rules have different priorities: otherwise AWS answers PriorityInUse.

    A rule that is deleted or moved is named by an ARN, which contains its listener and not its priority: it
    frees any. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html
    """
    taken: dict[str, dict[int, int]] = {}
    freed: dict[str, int] = {}
    for line, call in told:
        if call.service != "elbv2":
            continue
        if call.operation in ("DeleteRule", "SetRulePriorities"):
            arns = jmespath.search("[RuleArn, RulePriorities[].RuleArn][]", call.params) or []
            for arn in filter(None, arns):
                listener = arn.replace(":listener-rule/", ":listener/").rpartition("/")[0]
                freed[listener] = freed.get(listener, 0) + 1
            wanted = jmespath.search("RulePriorities[].Priority", call.params) or []
            if len(set(wanted)) < len(wanted):
                yield line, f"RulePriorities must have each priority once, got {wanted}."
        elif call.operation == "CreateRule":
            listener, priority = call.params.get("ListenerArn", ""), call.params.get("Priority", 0)
            mine = taken.setdefault(listener, {})
            mine[priority] = mine.get(priority, 0) + 1
            if sum(times - 1 for times in mine.values()) > freed.get(listener, 0):
                yield line, f"Priority must be free on its listener, got {priority} a second time."


_RULES: tuple[Rule, ...] = (
    _names,
    _tags,
    _schedules,
    _retention,
    _numbers,
    _containers,
    _health_checks,
    _conditions,
    _alarms,
    _keys,
    _flow_logs,
    _policies,
)
