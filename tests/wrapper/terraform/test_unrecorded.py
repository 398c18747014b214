"""Existing resources in no state: found by tags, or by what a plan says, and imported."""

import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.wrapper.terraform.clones import Clone, silent
from wrapper.aws.client import Aws
from wrapper.terraform.plan import read_plan
from wrapper.terraform.unrecorded import KINDS, unrecorded

TERRAFORM = Path(__file__).parents[3] / "terraform"
TAGS = {"project": "films", "environment": "dev"}
LABELS: Any = [{"Key": key, "Value": value} for key, value in TAGS.items()]
ASSUMED = '{"Version": "2012-10-17", "Statement": []}'

# These can be created a second time without harm: AWS overwrites them, or adds a version.
PUT_OVER = {
    "aws_acm_certificate_validation",
    "aws_appautoscaling_policy",
    "aws_appautoscaling_scheduled_action",
    "aws_appautoscaling_target",
    "aws_cloudwatch_dashboard",
    "aws_cloudwatch_event_rule",
    "aws_cloudwatch_event_target",
    "aws_cloudwatch_metric_alarm",
    "aws_default_security_group",
    "aws_ecr_lifecycle_policy",
    "aws_ecr_replication_configuration",
    "aws_ecr_repository_policy",
    "aws_ecs_cluster_capacity_providers",
    "aws_ecs_task_definition",
    "aws_iam_role_policy",
    "aws_iam_role_policy_attachment",
    "aws_s3_bucket_lifecycle_configuration",
    "aws_s3_bucket_notification",
    "aws_s3_bucket_ownership_controls",
    "aws_s3_bucket_policy",
    "aws_s3_bucket_public_access_block",
    "aws_s3_bucket_server_side_encryption_configuration",
    "aws_s3_bucket_versioning",
    "aws_sns_topic",
    "aws_sns_topic_policy",
    "aws_sns_topic_subscription",
    "aws_sqs_queue",
    "aws_sqs_queue_policy",
    "aws_wafv2_web_acl_association",
}
# A stack's imports.tf imports these.
KEPT = {"aws_cloudwatch_log_group", "aws_ecr_repository", "aws_s3_bucket"}
# These are the account's, or the workflows' roles, which a person creates and checks.
OF_OTHERS = {"aws_iam_openid_connect_provider", "aws_iam_policy", "aws_iam_service_linked_role"}
# These have no tags, so their owner is unknown; AWS refuses a second one.
UNTOLD = {"aws_ecr_pull_through_cache_rule"}


def test_every_type_that_the_stacks_make_is_thought_of() -> None:
    """Each is found, or may be created again without harm."""
    files = [*TERRAFORM.glob("modules/*/*.tf"), *TERRAFORM.glob("stacks/*/*.tf")]
    made = {
        kind for file in files for kind in re.findall(r'^resource "(\w+)"', file.read_text(), re.MULTILINE)
    }
    sets = [set(KINDS), PUT_OVER, KEPT, OF_OTHERS, UNTOLD]
    assert made == set().union(*sets)
    assert len(made) == sum(map(len, sets))


def created(kind: str, *unknown: str, action: str = "create", **values: Any) -> dict[str, Any]:
    before = values if action == "delete" else None
    change = {
        "actions": [action],
        "before": before,
        "after": None if before else values,
        "after_unknown": dict.fromkeys(unknown, True),
    }
    return {"address": f"{kind}.{action}", "mode": "managed", "type": kind, "name": action, "change": change}


def found(aws: Aws, *resources: dict[str, Any], managed: tuple[str, ...] = ()) -> dict[str, str]:
    plan = read_plan({"format_version": "1.2", "resource_changes": list(resources)}, stack="app")
    return {
        key.partition(".")[0]: name for key, name in unrecorded(aws, plan, tags=TAGS, managed=managed).items()
    }


def named(name: str) -> dict[str, Any]:
    return {"tags_all": {"Name": name, **TAGS}}


@pytest.fixture
def name() -> str:
    return f"films-{uuid4().hex[:8]}"


def tagged(kind: str, name: str) -> Any:
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}, *LABELS]}]


@pytest.fixture
def vpc(aws: Aws, name: str) -> str:
    return aws.ec2.create_vpc(CidrBlock="10.9.0.0/16", TagSpecifications=tagged("vpc", name))["Vpc"]["VpcId"]


@pytest.mark.slow
def test_the_network_is_found_by_its_names(aws: Aws, vpc: str, name: str) -> None:
    """Two VPCs differ in nothing else, and a second one would be created silently."""
    ec2 = aws.ec2
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.1.0/24", TagSpecifications=tagged("subnet", name))
    gateway = ec2.create_internet_gateway(TagSpecifications=tagged("internet-gateway", name))
    table = ec2.create_route_table(VpcId=vpc, TagSpecifications=tagged("route-table", name))
    address = ec2.allocate_address(Domain="vpc", TagSpecifications=tagged("elastic-ip", name))
    group = ec2.create_security_group(
        GroupName=name, Description="x", VpcId=vpc, TagSpecifications=tagged("security-group", name)
    )
    endpoint = ec2.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName="com.amazonaws.eu-west-1.s3",
        TagSpecifications=tagged("vpc-endpoint", name),
    )
    where = subnet["Subnet"]["SubnetId"]
    nat = ec2.create_nat_gateway(
        SubnetId=where, AllocationId=address["AllocationId"], TagSpecifications=tagged("natgateway", name)
    )
    there = {
        "aws_vpc": vpc,
        "aws_subnet": where,
        "aws_internet_gateway": gateway["InternetGateway"]["InternetGatewayId"],
        "aws_route_table": table["RouteTable"]["RouteTableId"],
        "aws_eip": address["AllocationId"],
        "aws_security_group": group["GroupId"],
        "aws_vpc_endpoint": endpoint["VpcEndpoint"]["VpcEndpointId"],
        "aws_nat_gateway": nat["NatGateway"]["NatGatewayId"],
    }
    asked = [created(kind, **named(name)) for kind in there]
    assert found(aws, *asked) == there
    assert found(aws, *[created(kind, **named(f"{name}-2")) for kind in there]) == {}
    assert found(aws, *asked, managed=tuple(there.values())) == {}
    ec2.delete_nat_gateway(NatGatewayId=there["aws_nat_gateway"])
    assert found(aws, created("aws_nat_gateway", **named(name))) == {}


@pytest.mark.slow
def test_rules_and_routes_are_found_by_what_they_do(aws: Aws, vpc: str, name: str) -> None:
    """AWS refuses a second one of each; a route belongs to its table, and a rule has its own tags."""
    ec2 = aws.ec2
    group = ec2.create_security_group(GroupName=name, Description="x", VpcId=vpc)["GroupId"]
    permission: Any = {
        "IpProtocol": "tcp",
        "FromPort": 443,
        "ToPort": 443,
        "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
    }
    made = ec2.authorize_security_group_ingress(
        GroupId=group, IpPermissions=[permission], TagSpecifications=tagged("security-group-rule", name)
    )["SecurityGroupRules"]
    table = ec2.create_route_table(VpcId=vpc, TagSpecifications=tagged("route-table", name))["RouteTable"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    ec2.create_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.1.0/24")["Subnet"]["SubnetId"]
    ec2.associate_route_table(RouteTableId=table["RouteTableId"], SubnetId=subnet)
    said: dict[str, Any] = {"ip_protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_ipv4": "0.0.0.0/0"}
    rule = "aws_vpc_security_group_ingress_rule"
    route = {"route_table_id": table["RouteTableId"], "destination_cidr_block": "0.0.0.0/0"}
    both = {"subnet_id": subnet, "route_table_id": table["RouteTableId"]}
    assert found(
        aws,
        created(rule, security_group_id=group, **said),
        created("aws_route", **route),
        created("aws_route_table_association", **both),
    ) == {
        rule: made[0]["SecurityGroupRuleId"],
        "aws_route": f"{table['RouteTableId']}_0.0.0.0/0",
        "aws_route_table_association": f"{subnet}/{table['RouteTableId']}",
    }
    others = [
        created(rule, security_group_id=group, **said | {"to_port": 444}),
        created("aws_vpc_security_group_egress_rule", security_group_id=group, **said),
        created(rule, "security_group_id", **said),
        created("aws_route", **route | {"destination_cidr_block": "192.0.2.0/24"}),
    ]
    assert found(aws, *others) == {}


@pytest.mark.slow
def test_what_this_plan_takes_away_is_not_taken_over(aws: Aws, vpc: str, name: str) -> None:
    """Otherwise the plan would delete it at its old address, and so also at the new one."""
    table = aws.ec2.create_route_table(VpcId=vpc, TagSpecifications=tagged("route-table", name))["RouteTable"]
    gateway = aws.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    aws.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    route = {"route_table_id": table["RouteTableId"], "destination_cidr_block": "0.0.0.0/0"}
    aws.ec2.create_route(
        RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway
    )
    assert len(found(aws, created("aws_route", **route))) == 1
    leaving = created("aws_route", action="delete", **route)
    assert found(aws, created("aws_route", **route), leaving) == {}


@pytest.mark.slow
def test_a_front_is_found_step_by_step(aws: Aws, vpc: str, name: str) -> None:
    """A listener is found if its load balancer is known, a rule if its listener is."""
    elb: Any = aws.elbv2
    subnets = [
        aws.ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{n}.0/24", AvailabilityZone=f"eu-west-1{zone}")[
            "Subnet"
        ]["SubnetId"]
        for n, zone in enumerate("ab", start=1)
    ]
    [balancer] = elb.create_load_balancer(Name=name, Subnets=subnets, Tags=LABELS)["LoadBalancers"]
    [group] = elb.create_target_group(Name=name, Protocol="HTTP", Port=1, VpcId=vpc, Tags=LABELS)[
        "TargetGroups"
    ]
    refused = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]
    [door] = elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=refused,
        Tags=LABELS,
    )["Listeners"]
    [rule] = elb.create_rule(
        ListenerArn=door["ListenerArn"],
        Priority=7,
        Conditions=[{"Field": "path-pattern", "Values": ["/*"]}],
        Actions=refused,
        Tags=LABELS,
    )["Rules"]
    first = [
        created("aws_lb", name=name),
        created("aws_lb_target_group", name=name),
        created("aws_lb_listener", "load_balancer_arn", port=80),
        created("aws_lb_listener_rule", "listener_arn", priority=7),
    ]
    arns = {"aws_lb": balancer["LoadBalancerArn"], "aws_lb_target_group": group["TargetGroupArn"]}
    assert found(aws, *first) == arns
    assert found(aws, *first, managed=tuple(arns.values())) == {}
    then = [
        created("aws_lb_listener", load_balancer_arn=balancer["LoadBalancerArn"], port=80),
        created("aws_lb_listener_rule", listener_arn=door["ListenerArn"], priority=7),
    ]
    assert found(aws, *then) == {
        "aws_lb_listener": door["ListenerArn"],
        "aws_lb_listener_rule": rule["RuleArn"],
    }
    none = [
        created("aws_lb_listener", load_balancer_arn=balancer["LoadBalancerArn"], port=81),
        created("aws_lb_listener_rule", listener_arn=door["ListenerArn"], priority=8),
        created("aws_lb", name=f"{name}-2"),
        created("aws_lb_target_group", name=f"{name}-2"),
    ]
    assert found(aws, *none) == {}


@pytest.mark.slow
def test_what_runs_and_its_roles_are_found_by_name(aws: Aws, name: str) -> None:
    """A deleted service is not found, though ECS still lists it."""
    lower: Any = [{"key": key, "value": value} for key, value in TAGS.items()]
    arn = aws.ecs.create_cluster(clusterName=name, tags=lower)["cluster"]["clusterArn"]
    container: Any = {"name": "web", "image": "web", "memory": 128}
    aws.ecs.register_task_definition(family=name, containerDefinitions=[container])
    aws.ecs.create_service(cluster=name, serviceName="web", taskDefinition=name, desiredCount=0, tags=lower)
    aws.iam.create_role(RoleName=name, AssumeRolePolicyDocument=ASSUMED, Tags=LABELS)
    aws.iam.create_instance_profile(InstanceProfileName=name, Tags=LABELS)
    aws.scheduler.create_schedule_group(Name=name, Tags=LABELS)
    aws.scheduler.create_schedule(
        Name="nightly",
        GroupName=name,
        ScheduleExpression="rate(1 day)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": arn, "RoleArn": "arn:aws:iam::000000000000:role/x"},
    )
    asked = [
        created("aws_ecs_cluster", name=name),
        created("aws_ecs_service", cluster=arn, name="web"),
        created("aws_iam_role", name=name),
        created("aws_iam_instance_profile", name=name),
        created("aws_scheduler_schedule_group", name=name),
        created("aws_scheduler_schedule", group_name=name, name="nightly"),
    ]
    assert found(aws, *asked) == {
        "aws_ecs_cluster": name,
        "aws_ecs_service": f"{name}/web",
        "aws_iam_role": name,
        "aws_iam_instance_profile": name,
        "aws_scheduler_schedule_group": name,
        "aws_scheduler_schedule": f"{name}/nightly",
    }
    aws.ecs.delete_service(cluster=name, service="web", force=True)
    assert found(aws, asked[1]) == {}


@pytest.mark.slow
def test_nothing_is_found_where_nothing_is(aws: Aws, name: str) -> None:
    """AWS has a dozen forms of error for missing things, and none of them is raised."""
    balancing = "arn:aws:elasticloadbalancing:eu-west-1:000000000000"
    values: dict[str, dict[str, Any]] = {
        **{kind: named(name) | {"name": name} for kind in KINDS},
        "aws_ecs_service": {"cluster": name, "name": name},
        "aws_lb_listener": {"load_balancer_arn": f"{balancing}:loadbalancer/app/none/0", "port": 80},
        "aws_lb_listener_rule": {"listener_arn": f"{balancing}:listener/app/none/0/0", "priority": 1},
        "aws_scheduler_schedule": {"group_name": name, "name": name},
        "aws_acm_certificate": {"domain_name": f"{name}.example.com", "tags_all": TAGS},
        "aws_kms_key": {"description": name},
        "aws_kms_alias": {"name": f"alias/{name}", "target_key_id": "11111111-2222-3333-4444-555555555555"},
        "aws_route": {"route_table_id": "rtb-0000000000000000f", "destination_cidr_block": "0.0.0.0/0"},
        "aws_route_table_association": {
            "subnet_id": "subnet-0000000000000000f",
            "route_table_id": "rtb-0000000000000000f",
        },
        "aws_vpc_security_group_ingress_rule": {
            "security_group_id": "sg-0000000000000000f",
            "ip_protocol": "-1",
        },
        "aws_vpc_security_group_egress_rule": {
            "security_group_id": "sg-0000000000000000f",
            "ip_protocol": "-1",
        },
        "aws_route53_record": {
            "zone_id": "Z000000000000000",
            "name": f"{name}.example.com",
            "type": "A",
            "alias": [{"name": "a"}],
        },
    }
    assert found(aws, *[created(kind, **values[kind]) for kind in KINDS]) == {}


@pytest.mark.slow
def test_keys_certificates_and_groups_of_instances_are_found(aws: Aws, name: str) -> None:
    """Things with an id of AWS's own are found by their purpose."""
    key = aws.kms.create_key(
        Description=name, Tags=[{"TagKey": key, "TagValue": value} for key, value in TAGS.items()]
    )["KeyMetadata"]["KeyId"]
    aws.kms.create_alias(AliasName=f"alias/{name}", TargetKeyId=key)
    host = f"{name}.example.com"
    certificate = aws.acm.request_certificate(DomainName=host, Tags=LABELS)["CertificateArn"]
    template = aws.ec2.create_launch_template(
        LaunchTemplateName=name,
        LaunchTemplateData={"ImageId": "ami-0a1b2c3d"},
        TagSpecifications=tagged("launch-template", name),
    )["LaunchTemplate"]["LaunchTemplateId"]
    acl = aws.wafv2.create_web_acl(
        Name=name,
        Scope="REGIONAL",
        DefaultAction={"Allow": {}},
        VisibilityConfig={
            "SampledRequestsEnabled": False,
            "CloudWatchMetricsEnabled": False,
            "MetricName": "x",
        },
        Tags=LABELS,
    )["Summary"]["Id"]
    assert found(
        aws,
        created("aws_kms_key", description=name),
        created("aws_kms_alias", name=f"alias/{name}", target_key_id=key),
        created("aws_acm_certificate", domain_name=host, tags_all=TAGS),
        created("aws_launch_template", name=name),
        created("aws_wafv2_web_acl", name=name),
    ) == {
        "aws_kms_key": key,
        "aws_kms_alias": f"alias/{name}",
        "aws_acm_certificate": certificate,
        "aws_launch_template": template,
        "aws_wafv2_web_acl": f"{acl}/{name}/REGIONAL",
    }


@pytest.mark.slow
def test_a_strangers_is_never_taken_over(aws: Aws, name: str) -> None:
    """A name like ours is not enough: its owner must agree first."""
    aws.iam.create_role(RoleName=name, AssumeRolePolicyDocument=ASSUMED)
    asked = created("aws_iam_role", name=name)
    assert found(aws, asked) == {}
    aws.iam.tag_role(RoleName=name, Tags=[LABELS[0], {"Key": "environment", "Value": "next"}])
    assert found(aws, asked) == {}
    aws.iam.tag_role(RoleName=name, Tags=LABELS)
    assert found(aws, asked) == {"aws_iam_role": name}


def test_the_next_plan_imports_it(quick: Clone) -> None:
    """The clone is unchanged, and so is the plan after the next `init`."""
    quick.init('word = "a"')
    quick.terraform.take_over("app", {"terraform_data.word": "one"})
    planned = quick.terraform.plan("app", progress=silent)
    assert planned.summary.add == 0
    assert quick.terraform.show(planned).resources[0].imported
    quick.terraform.apply(planned, progress=silent)
    assert not (quick.stack / "unrecorded.tf").exists()
    quick.init('word = "a"')
    assert not quick.terraform.plan("app", progress=silent).has_changes
