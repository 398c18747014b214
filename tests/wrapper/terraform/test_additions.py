"""Undeclared additions to our resources: found by asking AWS, printed in words, and removed."""

import json
from typing import Any
from uuid import uuid4

import pytest

from wrapper.aws.client import Aws
from wrapper.terraform.additions import Addition, Call, States, additions, take_back

pytestmark = pytest.mark.slow

TAGS = {"project": "films", "environment": "dev"}
WIDE = {"Effect": "Allow", "Action": "*", "Resource": "*"}
ANYTHING = json.dumps({"Version": "2012-10-17", "Statement": [WIDE]})
ANYBODY = json.dumps({"Version": "2012-10-17", "Statement": [WIDE | {"Principal": "*"}]})
ASSUMED = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
BALANCING = "arn:aws:elasticloadbalancing:eu-west-1:000000000000"
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"


def resource(kind: str, **values: Any) -> dict[str, Any]:
    return {"address": f"{kind}.x", "type": kind, "change": {"after": values}}


def found(aws: Aws, *resources: dict[str, Any], elsewhere: tuple[dict[str, Any], ...] = ()) -> list[Addition]:
    states = States({"app": resources, "foundation": elsewhere}, tags=TAGS)
    return additions(aws, states, stack="app")


def everything_back(aws: Aws, *resources: dict[str, Any]) -> list[str]:
    """Remove what is found; return the findings, once there are none."""
    told = [each.sentence for each in take_back(aws, found(aws, *resources))]
    assert found(aws, *resources) == []
    return told


@pytest.fixture
def name() -> str:
    return f"films-{uuid4().hex[:8]}"


@pytest.fixture
def role(aws: Aws, name: str) -> dict[str, Any]:
    aws.iam.create_role(RoleName=name, AssumeRolePolicyDocument=ASSUMED)
    aws.iam.put_role_policy(RoleName=name, PolicyName="use-objects", PolicyDocument=ANYTHING)
    return resource("aws_iam_role", id=name, name=name)


@pytest.fixture
def declared(name: str) -> dict[str, Any]:
    return resource("aws_iam_role_policy", role=name, name="use-objects")


def test_policies_of_a_role_that_nobody_declared(
    aws: Aws, name: str, role: dict[str, Any], declared: dict[str, Any]
) -> None:
    """They are inline or attached; the role's own stay, whichever state declares them."""
    assert found(aws, role, declared) == []
    assert found(aws, role, elsewhere=(declared,)) == []
    aws.iam.put_role_policy(RoleName=name, PolicyName="backdoor", PolicyDocument=ANYTHING)
    aws.iam.attach_role_policy(RoleName=name, PolicyArn=ADMIN)
    told = found(aws, role, declared)
    assert [(each.attribute, each.opens) for each in told] == [
        ("inline_policy", True),
        ("managed_policy_arns", True),
    ]
    assert everything_back(aws, role, declared) == [
        "the inline policy backdoor",
        f"the attached policy {ADMIN}",
    ]
    assert aws.iam.list_role_policies(RoleName=name)["PolicyNames"] == ["use-objects"]


def test_a_role_that_is_gone_is_terraforms_to_find(aws: Aws) -> None:
    """The same holds for every other resource that may have additions."""
    gone = [
        resource("aws_iam_role", id="none", name="none"),
        resource("aws_s3_bucket", id="films-none"),
        resource("aws_ecr_repository", name="films/none"),
        resource("aws_security_group", id="sg-0000000000000000f"),
        resource("aws_route_table", id="rtb-0000000000000000f"),
        resource("aws_lb", id=f"{BALANCING}:loadbalancer/app/none/0"),
        resource("aws_lb_listener", id=f"{BALANCING}:listener/app/none/0/0", protocol="HTTPS"),
        resource("aws_lb_target_group", id=f"{BALANCING}:targetgroup/none/0"),
        resource("aws_vpc", id="vpc-0000000000000000f"),
        resource("aws_cloudwatch_log_group", name="/films/none"),
        resource("aws_cloudwatch_event_rule", name="films-none"),
        resource("aws_ecs_cluster", id="arn:aws:ecs:eu-west-1:000000000000:cluster/films-none"),
        resource("aws_scheduler_schedule_group", name="films-none"),
        resource("aws_sns_topic", id="arn:aws:sns:eu-west-1:000000000000:films-none"),
        resource("aws_kms_key", id="11111111-2222-3333-4444-555555555555"),
        resource(
            "aws_appautoscaling_target",
            resource_id="service/films/none",
            scalable_dimension="ecs:service:DesiredCount",
        ),
    ]
    assert found(aws, *gone) == []


@pytest.fixture
def vpc(aws: Aws) -> str:
    return aws.ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]


@pytest.fixture
def group(aws: Aws, vpc: str) -> dict[str, Any]:
    """Return a group as Terraform leaves it, without the rule that AWS gives to a new one."""
    made = aws.ec2.create_security_group(GroupName="tasks", Description="tasks", VpcId=vpc)
    group = made["GroupId"]
    for each in rules(aws, group):
        aws.ec2.revoke_security_group_egress(GroupId=group, SecurityGroupRuleIds=[each])
    return resource("aws_security_group", id=group, name="tasks")


def rules(aws: Aws, group: str) -> list[str]:
    found = aws.ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])
    return [each["SecurityGroupRuleId"] for each in found["SecurityGroupRules"]]


def door(port: int, cidr: str = "0.0.0.0/0") -> Any:
    return [{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": cidr}]}]


def test_rules_of_a_group_that_nobody_declared(aws: Aws, group: dict[str, Any]) -> None:
    """They are compared by id: a rule with the same content as a declared one is an addition, too."""
    whose = group["change"]["after"]["id"]
    made = aws.ec2.authorize_security_group_ingress(GroupId=whose, IpPermissions=door(443))
    [ours] = [each["SecurityGroupRuleId"] for each in made["SecurityGroupRules"]]
    rule = resource(
        "aws_vpc_security_group_ingress_rule", security_group_id=whose, security_group_rule_id=ours
    )
    assert found(aws, group, rule) == []
    aws.ec2.authorize_security_group_ingress(GroupId=whose, IpPermissions=door(22))
    aws.ec2.authorize_security_group_egress(GroupId=whose, IpPermissions=door(25, "192.0.2.0/24"))
    assert [each.opens for each in found(aws, group, rule)] == [False, True]
    assert everything_back(aws, group, rule) == [
        "the egress rule tcp 25 to 192.0.2.0/24",
        "the ingress rule tcp 22 from 0.0.0.0/0",
    ]
    assert rules(aws, whose) == [ours]


@pytest.mark.parametrize(
    ("kind", "tags", "is_found"),
    [
        ("egress", TAGS | {"environment": "next"}, False),
        ("egress", TAGS, True),
        ("egress", {"project": "films"}, True),
        ("ingress", TAGS | {"environment": "next"}, True),
    ],
)
def test_a_neighbours_way_to_its_tasks_is_its_own(
    aws: Aws, group: dict[str, Any], kind: str, tags: dict[str, str], *, is_found: bool
) -> None:
    """An environment that uses our load balancer adds an egress rule to its group, which lets nobody in."""
    whose = group["change"]["after"]["id"]
    to_tasks = [{"IpProtocol": "tcp", "FromPort": 1, "ToPort": 9, "UserIdGroupPairs": [{"GroupId": whose}]}]
    getattr(aws.ec2, f"authorize_security_group_{kind}")(GroupId=whose, IpPermissions=to_tasks)
    labels: Any = [{"Key": key, "Value": value} for key, value in tags.items()]
    aws.ec2.create_tags(Resources=rules(aws, whose), Tags=labels)
    assert bool(found(aws, group)) == is_found


def test_routes_that_nobody_declared(aws: Aws, vpc: str) -> None:
    """The VPC's local route is AWS's."""
    table = aws.ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    gateway = aws.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    aws.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    for cidr in ("0.0.0.0/0", "192.0.2.0/24"):
        aws.ec2.create_route(RouteTableId=table, DestinationCidrBlock=cidr, GatewayId=gateway)
    ours = resource("aws_route_table", id=table)
    route = resource("aws_route", route_table_id=table, destination_cidr_block="0.0.0.0/0")
    assert everything_back(aws, ours, route) == [f"the route to 192.0.2.0/24 by {gateway}"]


def test_settings_of_a_bucket_that_nobody_declared(aws: Aws, name: str) -> None:
    """Each kind of setting is found; a change of a declared one is drift of that resource."""
    aws.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    aws.s3.put_bucket_policy(Bucket=name, Policy=ANYBODY)
    aws.s3.put_bucket_cors(
        Bucket=name,
        CORSConfiguration={"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]},
    )
    aws.s3.put_bucket_website(Bucket=name, WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}})
    aws.s3.put_bucket_lifecycle_configuration(
        Bucket=name,
        LifecycleConfiguration={
            "Rules": [{"ID": "all", "Status": "Enabled", "Filter": {}, "Expiration": {"Days": 1}}]
        },
    )
    bucket = resource("aws_s3_bucket", id=name)
    policy = resource("aws_s3_bucket_policy", bucket=name)
    assert [each.attribute for each in found(aws, bucket) if each.opens] == ["policy"]
    assert everything_back(aws, bucket, policy) == [
        "the bucket's cors_rule",
        "the bucket's lifecycle_rule",
        "the bucket's website",
    ]
    assert everything_back(aws, bucket) == ["the bucket's policy"]


def test_a_policy_of_a_repository_that_nobody_declared(aws: Aws, name: str) -> None:
    """With it somebody else's account might pull."""
    aws.ecr.create_repository(repositoryName=name)
    aws.ecr.set_repository_policy(repositoryName=name, policyText=ANYBODY)
    repository = resource("aws_ecr_repository", id=name, name=name)
    assert found(aws, repository, resource("aws_ecr_repository_policy", repository=name)) == []
    assert everything_back(aws, repository) == ["the repository's policy"]


@pytest.fixture
def balancer(aws: Aws, vpc: str, name: str) -> dict[str, Any]:
    """A load balancer with one listener and one rule that are declared."""
    subnets = [
        aws.ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=f"eu-west-1{zone}")["Subnet"][
            "SubnetId"
        ]
        for zone, cidr in (("a", "10.9.1.0/24"), ("b", "10.9.2.0/24"))
    ]
    made = aws.elbv2.create_load_balancer(Name=name, Subnets=subnets)["LoadBalancers"][0]
    return resource("aws_lb", id=made["LoadBalancerArn"], arn=made["LoadBalancerArn"], name=name)


REFUSED: Any = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]


def listener(aws: Aws, balancer: dict[str, Any], port: int, **tags: str) -> dict[str, Any]:
    labels: Any = [{"Key": key, "Value": value} for key, value in tags.items()]
    [made] = aws.elbv2.create_listener(
        LoadBalancerArn=balancer["change"]["after"]["arn"],
        Protocol="HTTP",
        Port=port,
        DefaultActions=REFUSED,
        **({"Tags": labels} if labels else {}),
    )["Listeners"]
    return resource("aws_lb_listener", id=made["ListenerArn"], arn=made["ListenerArn"])


def rule_of(aws: Aws, listener: dict[str, Any], priority: int, **tags: str) -> dict[str, Any]:
    labels: Any = [{"Key": key, "Value": value} for key, value in tags.items()]
    path: Any = [{"Field": "path-pattern", "Values": [f"/{priority}"]}]
    [made] = aws.elbv2.create_rule(
        ListenerArn=listener["change"]["after"]["arn"],
        Priority=priority,
        Conditions=path,
        Actions=REFUSED,
        **({"Tags": labels} if labels else {}),
    )["Rules"]
    return resource("aws_lb_listener_rule", id=made["RuleArn"], arn=made["RuleArn"])


def test_listeners_and_rules_that_nobody_declared(aws: Aws, balancer: dict[str, Any]) -> None:
    """The default rule belongs to its listener; another environment's rules are not additions."""
    door = listener(aws, balancer, 80)
    ours = [balancer, door, rule_of(aws, door, 1)]
    rule_of(aws, door, 2, project="films", environment="next")
    assert found(aws, *ours) == []
    listener(aws, balancer, 8443)
    rule_of(aws, door, 3)
    rule_of(aws, door, 4, project="films")
    assert all(each.opens for each in found(aws, *ours))
    assert everything_back(aws, *ours) == [
        "the listener HTTP 8443",
        "the rule with priority 3",
        "the rule with priority 4",
    ]


def test_certificates_of_a_listener_that_nobody_declared(aws: Aws, balancer: dict[str, Any]) -> None:
    """They are for other names than the listener's own; plain HTTP has none."""
    acm = "arn:aws:acm:eu-west-1:000000000000:certificate"
    [made] = aws.elbv2.create_listener(
        LoadBalancerArn=balancer["change"]["after"]["arn"],
        Protocol="HTTPS",
        Port=443,
        Certificates=[{"CertificateArn": f"{acm}/ours"}],
        DefaultActions=REFUSED,
    )["Listeners"]
    arn = made["ListenerArn"]
    for name in ("declared", "hand"):
        aws.elbv2.add_listener_certificates(
            ListenerArn=arn, Certificates=[{"CertificateArn": f"{acm}/{name}"}]
        )
    ours = [
        balancer,
        resource("aws_lb_listener", id=arn, arn=arn, protocol="HTTPS"),
        resource("aws_lb_listener_certificate", listener_arn=arn, certificate_arn=f"{acm}/declared"),
    ]
    assert everything_back(aws, *ours) == [f"the certificate {acm}/hand"]


def test_targets_that_are_no_tasks(aws: Aws, vpc: str, name: str) -> None:
    """Only tasks of the cluster may get requests; a target that is draining already is left alone."""
    [made] = aws.elbv2.create_target_group(Name=name, Protocol="HTTP", Port=8000, VpcId=vpc, TargetType="ip")[
        "TargetGroups"
    ]
    arn = made["TargetGroupArn"]
    aws.elbv2.register_targets(TargetGroupArn=arn, Targets=[{"Id": "10.9.1.5", "Port": 8000}])
    group = resource("aws_lb_target_group", id=arn, arn=arn, name=name)
    declared = resource("aws_lb_target_group_attachment", target_group_arn=arn, target_id="10.9.1.5")
    assert found(aws, group, declared) == []
    assert everything_back(aws, group) == ["the target 10.9.1.5:8000, which is no task"]


def test_services_of_a_cluster_that_nobody_declared(aws: Aws, name: str) -> None:
    """A neighbour's service is recognised by its tags."""
    cluster = aws.ecs.create_cluster(clusterName=name)["cluster"]["clusterArn"]
    definition: Any = {"name": "web", "image": "web", "memory": 128}
    aws.ecs.register_task_definition(family=name, containerDefinitions=[definition])
    made = {
        each: aws.ecs.create_service(
            cluster=name,
            serviceName=each,
            taskDefinition=name,
            desiredCount=0,
            tags=[{"key": "project", "value": "films"}, {"key": "environment", "value": environment}],
        )["service"]["serviceArn"]
        for each, environment in (("ours", "dev"), ("theirs", "next"), ("hand", "dev"))
    }
    ours = [
        resource("aws_ecs_cluster", id=cluster, arn=cluster, name=name),
        resource("aws_ecs_service", id=made["ours"], cluster=cluster),
    ]
    assert everything_back(aws, *ours) == ["the service hand"]


def test_endpoints_and_peerings_of_a_vpc_that_nobody_declared(aws: Aws, vpc: str) -> None:
    """They are found from either end; what AWS's GuardDuty creates is not by hand."""
    service = "com.amazonaws.eu-west-1.s3"
    declared = aws.ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=service)["VpcEndpoint"]["VpcEndpointId"]
    by_hand = aws.ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=service)["VpcEndpoint"]["VpcEndpointId"]
    guard = aws.ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=service)["VpcEndpoint"]["VpcEndpointId"]
    aws.ec2.create_tags(Resources=[guard], Tags=[{"Key": "GuardDutyManaged", "Value": "true"}])
    other = aws.ec2.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
    peered = [
        aws.ec2.create_vpc_peering_connection(VpcId=one, PeerVpcId=two)["VpcPeeringConnection"]
        for one, two in ((vpc, other), (other, vpc), (vpc, other))
    ]
    ours = [
        resource("aws_vpc", id=vpc),
        resource("aws_vpc_endpoint", id=declared),
        resource("aws_vpc_peering_connection", id=peered[2]["VpcPeeringConnectionId"]),
    ]
    owner = peered[0]["AccepterVpcInfo"]["OwnerId"]
    assert everything_back(aws, *ours) == [
        f"the endpoint {by_hand} of {service}",
        f"the peering with {other} of account {owner}",
        f"the peering with {other} of account {owner}",
    ]


def test_what_was_never_made_whole_is_asked_by_its_id(aws: Aws, balancer: dict[str, Any]) -> None:
    """If a creation was killed, the state has only its id."""
    half = resource("aws_lb", id=balancer["change"]["after"]["id"], arn=None, name=None)
    listener(aws, balancer, 8443)
    assert [each.sentence for each in found(aws, half)] == ["the listener HTTP 8443"]


def test_filters_of_a_log_group_that_nobody_declared(aws: Aws, name: str) -> None:
    """A subscription filter copies log lines to somebody, a metric filter only counts them."""
    aws.logs.create_log_group(logGroupName=name)
    stream = aws.logs.put_metric_filter(
        logGroupName=name,
        filterName="count",
        filterPattern="",
        metricTransformations=[{"metricName": "n", "metricNamespace": "films", "metricValue": "1"}],
    )
    assert stream["ResponseMetadata"]["HTTPStatusCode"] == 200
    there = f"{name}-elsewhere"
    aws.logs.create_log_group(logGroupName=there)
    [described] = aws.logs.describe_log_groups(logGroupNamePrefix=there)["logGroups"]
    aws.logs.put_subscription_filter(
        logGroupName=name, filterName="leak", filterPattern="", destinationArn=described["arn"]
    )
    group = resource("aws_cloudwatch_log_group", id=name, name=name)
    declared = resource("aws_cloudwatch_log_metric_filter", log_group_name=name, name="count")
    assert [each.attribute for each in found(aws, group, declared)] == ["subscription_filter"]
    assert [each.opens for each in found(aws, group)] == [False, True]
    assert len(everything_back(aws, group)) == 2


def test_targets_of_a_rule_and_rules_of_a_cluster_that_nobody_declared(aws: Aws, name: str) -> None:
    """A rule of another environment that uses the cluster is no addition."""
    arn = aws.ecs.create_cluster(clusterName=name)["cluster"]["clusterArn"]
    role = f"arn:aws:iam::{arn.split(':')[4]}:role/{name}"
    other = [{"Key": "project", "Value": "films"}, {"Key": "environment", "Value": "next"}]
    for rule, target, tags in (
        (f"{name}-ours", "job", []),
        (f"{name}-next", "job", other),
        (f"{name}-hand", "x", []),
    ):
        aws.events.put_rule(Name=rule, ScheduleExpression="rate(1 day)", Tags=tags)  # type: ignore[arg-type]
        aws.events.put_targets(Rule=rule, Targets=[{"Id": target, "Arn": arn, "RoleArn": role}])
    queue = f"arn:aws:sqs:eu-west-1:{arn.split(':')[4]}:{name}"
    aws.events.put_targets(Rule=f"{name}-ours", Targets=[{"Id": "copy", "Arn": queue}])
    ours = [
        resource("aws_ecs_cluster", id=arn, arn=arn, name=name),
        resource("aws_cloudwatch_event_rule", id=f"{name}-ours", name=f"{name}-ours"),
        resource("aws_cloudwatch_event_target", rule=f"{name}-ours", target_id="job"),
    ]
    assert everything_back(aws, *ours) == [
        f"the target copy, {queue}",
        f"the event rule {name}-hand, which starts tasks in it",
    ]


def test_schedules_that_nobody_declared(aws: Aws, name: str) -> None:
    """They may start anything, with a role of their own."""
    aws.scheduler.create_schedule_group(Name=name)
    target: Any = {
        "Arn": "arn:aws:sqs:eu-west-1:000000000000:x",
        "RoleArn": "arn:aws:iam::000000000000:role/x",
    }
    for each in ("ours", "hand"):
        aws.scheduler.create_schedule(
            Name=each,
            GroupName=name,
            ScheduleExpression="rate(1 day)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target=target,
        )
    group = resource("aws_scheduler_schedule_group", id=name, name=name)
    declared = resource("aws_scheduler_schedule", group_name=name, name="ours")
    assert everything_back(aws, group, declared) == ["the schedule hand"]


def test_subscriptions_of_a_topic_that_nobody_declared(aws: Aws, name: str) -> None:
    """A subscriber gets every alarm."""
    arn = aws.sns.create_topic(Name=name)["TopicArn"]
    for queue in ("ours", "hand"):
        aws.sns.subscribe(
            TopicArn=arn, Protocol="sqs", Endpoint=f"arn:aws:sqs:eu-west-1:000000000000:{queue}"
        )
    topic = resource("aws_sns_topic", id=arn, arn=arn)
    declared = resource(
        "aws_sns_topic_subscription", topic_arn=arn, endpoint="arn:aws:sqs:eu-west-1:000000000000:ours"
    )
    assert everything_back(aws, topic, declared) == [
        "the subscription of arn:aws:sqs:eu-west-1:000000000000:hand"
    ]


def test_grants_on_a_key_that_nobody_declared(aws: Aws) -> None:
    """A key's policy does not contain them."""
    key = aws.kms.create_key()["KeyMetadata"]["KeyId"]
    whom = "arn:aws:iam::000000000000:role/x"
    aws.kms.create_grant(KeyId=key, GranteePrincipal=whom, Operations=["Decrypt"])
    assert everything_back(aws, resource("aws_kms_key", id=key, key_id=key)) == [f"the grant to {whom}"]


def test_scaling_that_nobody_declared(aws: Aws, name: str) -> None:
    """A scaling policy could change the number of tasks at any time."""
    service = f"service/{name}/web"
    aws.ecs.create_cluster(clusterName=name)
    definition: Any = {"name": "web", "image": "web", "memory": 128}
    aws.ecs.register_task_definition(family=name, containerDefinitions=[definition])
    aws.ecs.create_service(cluster=name, serviceName="web", taskDefinition=name, desiredCount=0)
    whose: Any = {
        "ServiceNamespace": "ecs",
        "ResourceId": service,
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    aws.autoscaling.register_scalable_target(**whose, MinCapacity=0, MaxCapacity=1)
    tracking: Any = {
        "TargetValue": 50.0,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
    }
    for each in ("ours", "hand"):
        aws.autoscaling.put_scaling_policy(
            **whose,
            PolicyName=each,
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration=tracking,
        )
    aws.autoscaling.put_scheduled_action(
        **whose,
        ScheduledActionName="nightly",
        Schedule="rate(1 day)",
        ScalableTargetAction={"MinCapacity": 0},
    )
    target = resource(
        "aws_appautoscaling_target", resource_id=service, scalable_dimension="ecs:service:DesiredCount"
    )
    declared = resource("aws_appautoscaling_policy", resource_id=service, name="ours")
    assert everything_back(aws, target, declared) == [
        "the scaling policy hand",
        "the scheduled action nightly",
    ]


def test_what_is_gone_already_is_none_the_worse(aws: Aws, role: dict[str, Any], name: str) -> None:
    """The person who added it may have removed it meanwhile."""
    aws.iam.put_role_policy(RoleName=name, PolicyName="backdoor", PolicyDocument=ANYTHING)
    told = found(aws, role)
    assert len(list(take_back(aws, told))) == len(list(take_back(aws, told))) == 2


def test_each_setting_has_a_call_that_takes_it_back(aws: Aws) -> None:
    """Its name is derived from the call that reads the setting."""
    from wrapper.terraform.additions.data import SETTINGS

    calls = [each.undo("films") for each in SETTINGS]
    assert all(hasattr(getattr(aws, each.client), each.operation) for each in calls)
    assert Call("s3", "delete_bucket_lifecycle", {"Bucket": "films"}) in calls
