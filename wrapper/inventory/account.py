"""What belongs to the account rather than to a network: buckets, logs, roles, scaling, alarms."""

from collections.abc import Iterator

from wrapper.aws.client import Aws
from wrapper.inventory.resource import Resource, Scope, tags_of


def buckets(aws: Aws, scope: Scope) -> Iterator[Resource]:
    for item in aws.s3.list_buckets()["Buckets"]:
        name = item.get("Name", "")
        arn = f"arn:aws:s3:::{name}"
        if scope.owns(name, arn=arn):
            yield Resource(service="s3", kind="bucket", name=name, arn=arn)


def log_groups(aws: Aws, scope: Scope) -> Iterator[Resource]:
    for page in aws.logs.get_paginator("describe_log_groups").paginate():
        for item in page["logGroups"]:
            name = item.get("logGroupName", "")
            arn = item.get("logGroupArn") or item.get("arn", "").removesuffix(":*")
            if scope.owns(name, arn=arn):
                yield Resource(service="logs", kind="log group", name=name, arn=arn)


def roles(aws: Aws, scope: Scope) -> Iterator[Resource]:
    """List roles by name; only of those the tags are asked, since IAM tells them one role at a time."""
    for page in aws.iam.get_paginator("list_roles").paginate():
        for item in page["Roles"]:
            name = item["RoleName"]
            if scope.owns(name) and scope.owns(name, tags=_role_tags(aws, name)):
                yield Resource(service="iam", kind="role", name=name, arn=item["Arn"])


def policies(aws: Aws, scope: Scope) -> Iterator[Resource]:
    for page in aws.iam.get_paginator("list_policies").paginate(Scope="Local"):
        for item in page["Policies"]:
            name, arn = item.get("PolicyName", ""), item.get("Arn", "")
            if scope.owns(name) and scope.owns(name, tags=_policy_tags(aws, arn)):
                yield Resource(service="iam", kind="policy", name=name, arn=arn)


def scalable_targets(aws: Aws, scope: Scope) -> Iterator[Resource]:
    """List what autoscaling watches; its name is `service/<cluster>/<service>`."""
    pages = aws.autoscaling.get_paginator("describe_scalable_targets").paginate(ServiceNamespace="ecs")
    for page in pages:
        for item in page["ScalableTargets"]:
            name = item["ResourceId"]
            arn = item.get("ScalableTargetARN", name)
            if scope.owns(name, arn=arn):
                yield Resource(service="application-autoscaling", kind="scalable target", name=name, arn=arn)


def alarms(aws: Aws, scope: Scope) -> Iterator[Resource]:
    """List alarms, also those that target tracking makes by itself."""
    for page in aws.cloudwatch.get_paginator("describe_alarms").paginate():
        for item in (*page.get("MetricAlarms", []), *page.get("CompositeAlarms", [])):
            name, arn = item.get("AlarmName", ""), item.get("AlarmArn", "")
            if scope.owns(name, arn=arn):
                yield Resource(service="cloudwatch", kind="alarm", name=name, arn=arn)


def _role_tags(aws: Aws, name: str) -> dict[str, str]:
    try:
        pages = aws.iam.get_paginator("list_role_tags").paginate(RoleName=name)
        return tags_of([tag for page in pages for tag in page["Tags"]])
    except aws.iam.exceptions.NoSuchEntityException:
        return {}


def _policy_tags(aws: Aws, arn: str) -> dict[str, str]:
    try:
        pages = aws.iam.get_paginator("list_policy_tags").paginate(PolicyArn=arn)
        return tags_of([tag for page in pages for tag in page["Tags"]])
    except aws.iam.exceptions.NoSuchEntityException:
        return {}
