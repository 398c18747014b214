"""Resources that AWS finds by a planned name: load balancers and their parts, ECS, roles, others."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from wrapper.aws.client import Aws, code_of
from wrapper.aws.tags import tags_of
from wrapper.terraform.unrecorded.kind import Found, Kind, Tags, Values

# Error codes for a missing resource.
_NONE = {
    "AccessPointNotFound",
    "ClusterNotFoundException",
    "InvalidLaunchTemplateName.NotFoundException",
    "ListenerNotFound",
    "LoadBalancerNotFound",
    "NoSuchEntity",
    "NoSuchHostedZone",
    "NotFoundException",
    "ResourceNotFoundException",
    "RuleNotFound",
    "TargetGroupNotFound",
}


def or_none(find: Callable[[Aws, Values], Found | None]) -> Callable[[Aws, Values], Found | None]:
    """Return None if AWS answers that it does not exist."""

    def found(aws: Aws, values: Values) -> Found | None:
        from botocore.exceptions import ClientError

        try:
            return find(aws, values)
        except ClientError as error:
            if code_of(error) in _NONE:
                return None
            raise

    return found


def _balanced(aws: Aws, arns: Iterable[str]) -> Found | None:
    """Return the first of these resources of Elastic Load Balancing, with its tags."""
    for arn in arns:
        [described] = aws.elbv2.describe_tags(ResourceArns=[arn])["TagDescriptions"]
        return Found(arn, tags_of(described["Tags"]), (arn,))
    return None


def _balancer(aws: Aws, values: Values) -> Found | None:
    found = aws.elbv2.describe_load_balancers(Names=[values["name"]])["LoadBalancers"]
    return _balanced(aws, (each["LoadBalancerArn"] for each in found))


def _target_group(aws: Aws, values: Values) -> Found | None:
    found = aws.elbv2.describe_target_groups(Names=[values["name"]])["TargetGroups"]
    return _balanced(aws, (each["TargetGroupArn"] for each in found))


def _listener(aws: Aws, values: Values) -> Found | None:
    pages = aws.elbv2.get_paginator("describe_listeners").paginate(
        LoadBalancerArn=values["load_balancer_arn"]
    )
    there = (each for page in pages for each in page["Listeners"])
    return _balanced(aws, (each["ListenerArn"] for each in there if each["Port"] == values["port"]))


def _listener_rule(aws: Aws, values: Values) -> Found | None:
    pages = aws.elbv2.get_paginator("describe_rules").paginate(ListenerArn=values["listener_arn"])
    there = (each for page in pages for each in page["Rules"])
    return _balanced(aws, (each["RuleArn"] for each in there if each["Priority"] == str(values["priority"])))


def _cluster(aws: Aws, values: Values) -> Found | None:
    found = aws.ecs.describe_clusters(clusters=[values["name"]], include=["TAGS"])["clusters"]
    return next((_of_ecs(each, each["clusterName"], each["clusterArn"]) for each in _active(found)), None)


def _service(aws: Aws, values: Values) -> Found | None:
    cluster, name = values["cluster"].rpartition("/")[2], values["name"]
    found = aws.ecs.describe_services(cluster=cluster, services=[name], include=["TAGS"])["services"]
    return next((_of_ecs(each, f"{cluster}/{name}", each["serviceArn"]) for each in _active(found)), None)


def _capacity_provider(aws: Aws, values: Values) -> Found | None:
    name = values["name"]
    found = aws.ecs.describe_capacity_providers(capacityProviders=[name], include=["TAGS"])[
        "capacityProviders"
    ]
    return next((_of_ecs(each, name, each["capacityProviderArn"]) for each in _active(found)), None)


def _active(found: Iterable[Any]) -> Iterator[Any]:
    return (each for each in found if each.get("status") == "ACTIVE")


def _of_ecs(thing: Mapping[str, Any], address: str, arn: str) -> Found:
    return Found(address, {each["key"]: each["value"] for each in thing.get("tags", [])}, (arn,))


def _role(aws: Aws, values: Values) -> Found | None:
    role = aws.iam.get_role(RoleName=values["name"])["Role"]
    return Found(role["RoleName"], tags_of(role.get("Tags", [])), (role["Arn"], role["RoleName"]))


def _profile(aws: Aws, values: Values) -> Found | None:
    profile = aws.iam.get_instance_profile(InstanceProfileName=values["name"])["InstanceProfile"]
    name = profile["InstanceProfileName"]
    return Found(name, tags_of(profile.get("Tags", [])), (profile["Arn"], name))


def _launch_template(aws: Aws, values: Values) -> Found | None:
    found = aws.ec2.describe_launch_templates(LaunchTemplateNames=[values["name"]])["LaunchTemplates"]
    for each in found:
        return Found(each["LaunchTemplateId"], tags_of(each.get("Tags", [])), (each["LaunchTemplateId"],))
    return None


def _instance_group(aws: Aws, values: Values) -> Found | None:
    name = values["name"]
    found = aws.instance_groups.describe_auto_scaling_groups(AutoScalingGroupNames=[name])
    for each in found["AutoScalingGroups"]:
        return Found(name, tags_of(each.get("Tags", [])), (each["AutoScalingGroupARN"], name))
    return None


def _schedule_group(aws: Aws, values: Values) -> Found | None:
    group = aws.scheduler.get_schedule_group(Name=values["name"])
    if group["State"] == "DELETING":
        return None
    return Found(values["name"], _of_schedules(aws, group["Arn"]), (group["Arn"], values["name"]))


def _schedule(aws: Aws, values: Values) -> Found | None:
    """Find a schedule, whose tags are those of its group: it has none."""
    name, group = values["name"], values["group_name"]
    there = aws.scheduler.get_schedule(Name=name, GroupName=group)
    tags = _of_schedules(aws, aws.scheduler.get_schedule_group(Name=group)["Arn"])
    return Found(f"{group}/{name}", tags, (there["Arn"],))


def _of_schedules(aws: Aws, arn: str) -> Tags:
    return tags_of(aws.scheduler.list_tags_for_resource(ResourceArn=arn)["Tags"])


_NAME = ("name",)
_FOUND: Mapping[str, tuple[tuple[str, ...], Callable[[Aws, Values], Found | None]]] = {
    "aws_autoscaling_group": (_NAME, _instance_group),
    "aws_ecs_capacity_provider": (_NAME, _capacity_provider),
    "aws_ecs_cluster": (_NAME, _cluster),
    "aws_ecs_service": (("cluster", "name"), _service),
    "aws_iam_instance_profile": (_NAME, _profile),
    "aws_iam_role": (_NAME, _role),
    "aws_launch_template": (_NAME, _launch_template),
    "aws_lb": (_NAME, _balancer),
    "aws_lb_listener": (("load_balancer_arn", "port"), _listener),
    "aws_lb_listener_rule": (("listener_arn", "priority"), _listener_rule),
    "aws_lb_target_group": (_NAME, _target_group),
    "aws_scheduler_schedule": (("group_name", "name"), _schedule),
    "aws_scheduler_schedule_group": (_NAME, _schedule_group),
}
KINDS: Mapping[str, Kind] = {kind: Kind(keys, or_none(find)) for kind, (keys, find) in _FOUND.items()}
