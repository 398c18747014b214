"""Each gap has two tests: unpatched ministack has it, the sandbox does not.

A check says whether the emulator behaves as AWS does. If the unpatched one passes, the patch is useless.
"""

import json
import subprocess
import time
import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from botocore.exceptions import ClientError

from tests.wrapper.sandbox.stage import CLONE, Stage, eventually, free_ports
from wrapper.sandbox import keys, launch, proc
from wrapper.sandbox.record import Sandbox
from wrapper.sandbox.settings import Settings

Check = Callable[[Stage], bool]
CHECKS: dict[str, Check] = {}
VPC = {"CidrBlock": "10.0.0.0/16"}


def check(function: Check) -> Check:
    """Register a function as the check of the gap with its name."""
    CHECKS[function.__name__] = function
    return function


@pytest.fixture(scope="module")
def bare(shared_venv: Path, app: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Start ministack with our runtime for its tasks and without our patches."""
    folder, ports = tmp_path_factory.mktemp("bare"), free_ports()
    (folder / "tmp").mkdir()
    settings = Settings(
        mark=f"{folder}#1",
        keys=keys.make(folder / "credentials"),
        folder=folder,
        port=ports.port,
        alb_port=ports.alb_port,
        region="eu-west-1",
        account_id="000000000000",
        task_path=f"{CLONE}/.venv/bin:/usr/bin:/bin",
        packages=CLONE / ".wrapper" / "packages",
        is_patched=False,
    )
    pid = launch.start(shared_venv / "bin" / "python", settings, log=folder / "log")
    running = Sandbox(
        environment="bare",
        pid=pid,
        mark=settings.mark,
        port=ports.port,
        alb_port=ports.alb_port,
        region=settings.region,
        account_id=settings.account_id,
        started_at=datetime.now(UTC),
        log=folder / "log",
    )
    started = Stage(sandbox=running, root=folder)
    started.image = started.push(app)
    yield started
    proc.end(proc.marked(settings.mark), seconds=10)


def gap_names(python: Path) -> list[str]:
    code = (
        "import json; from emulator import gaps;"
        "print(json.dumps([gap.__name__ for gap in (*gaps.GAPS, *gaps.SCHEDULING_GAPS)]))"
    )
    told = subprocess.run([python, "-c", code], cwd=CLONE, capture_output=True, text=True, check=True).stdout
    return [str(name) for name in json.loads(told)]


def test_every_gap_has_a_check(shared_venv: Path) -> None:
    """Each patch has a test that shows when it can be removed."""
    assert sorted(CHECKS) == sorted(gap_names(shared_venv / "bin" / "python"))


def test_patches_are_for_the_pinned_version(shared_venv: Path) -> None:
    """A new ministack fails here until its patches were checked."""
    code = (
        "from importlib.metadata import version; from emulator import gaps;"
        "print(gaps.WRITTEN_FOR, version('ministack'))"
    )
    python = shared_venv / "bin" / "python"
    told = subprocess.run(
        [python, "-c", code], cwd=CLONE, capture_output=True, text=True, check=True
    ).stdout.split()
    pins = tomllib.loads((CLONE / "pyproject.toml").read_text())["project"]["optional-dependencies"][
        "sandbox"
    ]
    assert pins == [f"ministack=={told[0]}"]
    assert told[0] == told[1]


def test_hypercorn_still_closes_connections(shared_venv: Path) -> None:
    """By default the server would close a connection after 1,000 requests."""
    code = "from hypercorn.config import Config; print(Config().keep_alive_max_requests)"
    python = shared_venv / "bin" / "python"
    assert subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout == "1000\n"


@check
def dependencies(stage: Stage) -> bool:
    init = {"name": "init", "essential": False, "environment": [{"name": "EXIT", "value": "1"}]}
    main = {"name": "main", "dependsOn": [{"containerName": "init", "condition": "SUCCESS"}]}
    containers = [{**one, "image": stage.image} for one in (main, init)]
    task = stage.run(stage.register(*containers))
    ended = eventually(lambda: (found := stage.task(task))["lastStatus"] in {"RUNNING", "STOPPED"} and found)
    return bool(ended["stopCode"] == "TaskFailedToStart")


@check
def managed_draining(stage: Stage) -> bool:
    client, name = stage.client("ecs"), f"cp-{uuid4().hex[:8]}"
    group = f"arn:aws:autoscaling:eu-west-1:000000000000:autoScalingGroup:1:autoScalingGroupName/{name}"
    provider = {"autoScalingGroupArn": group, "managedDraining": "DISABLED"}
    client.create_capacity_provider(name=name, autoScalingGroupProvider=provider)
    [found] = client.describe_capacity_providers(capacityProviders=[name])["capacityProviders"]
    return bool(found["autoScalingGroupProvider"].get("managedDraining") == "DISABLED")


@check
def scheduled_limits(stage: Stage) -> bool:
    client = stage.client("application-autoscaling")
    target = {
        "ServiceNamespace": "ecs",
        "ResourceId": f"service/c/{uuid4().hex[:8]}",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    moment = datetime.now(UTC) + timedelta(seconds=2)
    try:
        client.register_scalable_target(**target, MinCapacity=1, MaxCapacity=2)
        client.put_scheduled_action(
            **target,
            ScheduledActionName="sleep",
            Schedule=f"at({moment:%Y-%m-%dT%H:%M:%S})",
            ScalableTargetAction={"MinCapacity": 0, "MaxCapacity": 0},
        )
    except ClientError:
        return False
    described = {"ServiceNamespace": "ecs", "ResourceIds": [target["ResourceId"]]}

    def limits() -> Any:
        found = client.describe_scalable_targets(**described)["ScalableTargets"][0]
        return (found["MinCapacity"], found["MaxCapacity"]) == (0, 0)

    return bool(eventually(limits))


@check
def application_autoscaling(stage: Stage) -> bool:
    client = stage.client("application-autoscaling")
    target = {
        "ServiceNamespace": "ecs",
        "ResourceId": f"service/c/{uuid4().hex[:8]}",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    try:
        arn = client.register_scalable_target(**target, MinCapacity=1, MaxCapacity=2, Tags={"a": "b"})[
            "ScalableTargetARN"
        ]
        aim = {
            "TargetValue": 60.0,
            "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
        }
        client.put_scaling_policy(
            **target,
            PolicyName="cpu",
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration=aim,
        )
        policies = client.describe_scaling_policies(ServiceNamespace="ecs", ResourceId=target["ResourceId"])
        tags = client.list_tags_for_resource(ResourceARN=arn)["Tags"]
        client.deregister_scalable_target(**target)
    except ClientError:
        return False
    names = [policy["PolicyName"] for policy in policies["ScalingPolicies"]]
    return names == ["cpu"] and tags == {"a": "b"}


def _reason(stage: Stage, definition: str) -> str:
    return str(stage.task_in(stage.run(definition), "STOPPED")["stoppedReason"])


@check
def execute_command(stage: Stage) -> bool:
    """A command runs only in a task that was started for it, and the answer says how."""
    ecs = stage.client("ecs")
    closed, opened = (
        ecs.run_task(taskDefinition=stage.definition(), launchType="FARGATE", enableExecuteCommand=enabled)[
            "tasks"
        ][0]["taskArn"]
        for enabled in (False, True)
    )
    for arn in (closed, opened):
        stage.task_in(arn, "RUNNING")
    call = {"container": "app", "command": "echo 'a b'", "interactive": True}
    session = ecs.execute_command(task=opened, **call)["session"]
    try:
        ecs.execute_command(task=closed, **call)
    except ClientError as error:
        told = error.response["Error"]["Message"]
        words = json.loads(session["tokenValue"])["words"]
        return "was not enabled" in told and subprocess.check_output(words) == b"a b\n"
    return False


@check
def log_group_required(stage: Stage) -> bool:
    reason = _reason(stage, stage.definition(logs="/nowhere", environment={"EXIT": "0"}))
    return "The specified log group does not exist" in reason


@check
def metadata_on_loopback(stage: Stage) -> bool:
    url = stage.ask(stage.run(stage.definition()))["environment"]["ECS_CONTAINER_METADATA_URI_V4"]
    return bool(url.startswith(f"http://127.0.0.1:{stage.sandbox.port}/"))


@check
def role_keys(stage: Stage) -> bool:
    role = "arn:aws:iam::000000000000:role/shop-task"
    told = stage.ask(stage.run(stage.definition(role=role)))["environment"]
    return bool(told["AWS_ACCESS_KEY_ID"] == "shop-task")


@check
def secrets_decrypted(stage: Stage) -> bool:
    name = f"/token/{uuid4().hex[:8]}"
    stage.client("ssm").put_parameter(Name=name, Value="plain", Type="SecureString")
    secrets = [{"name": "A", "valueFrom": f"arn:aws:ssm:eu-west-1:000000000000:parameter{name}"}]
    return bool(stage.ask(stage.run(stage.definition(secrets=secrets)))["environment"]["A"] == "plain")


@check
def start_failures(stage: Stage) -> bool:
    missing = stage.image.replace(stage.image[-6:], "000000")
    reasons = [_reason(stage, stage.definition(image=image)) for image in (missing, "x")]
    return all(reason.startswith("CannotPullContainerError") for reason in reasons)


@check
def whole_definition(stage: Stage) -> bool:
    own = stage.definition(
        entryPoint=["python", "-c"], command=["raise SystemExit(7)"], environment={"EXIT": "1"}
    )
    return bool(stage.task_in(stage.run(own), "STOPPED")["containers"][0]["exitCode"] == 7)


@check
def balancers_of_rules(stage: Stage) -> bool:
    first, second = stage.balancer(), stage.balancer()
    elb = stage.client("elbv2")
    listener = elb.describe_listeners(LoadBalancerArn=first.arn)["Listeners"][0]["ListenerArn"]
    elb.create_rule(
        ListenerArn=listener,
        Priority=1,
        Conditions=[{"Field": "path-pattern", "Values": ["/*"]}],
        Actions=[{"Type": "forward", "TargetGroupArn": second.group}],
    )
    group = elb.describe_target_groups(TargetGroupArns=[second.group])["TargetGroups"][0]
    return set(group["LoadBalancerArns"]) == {first.arn, second.arn}


@check
def balancers_network(stage: Stage) -> bool:
    vpc = stage.client("ec2").create_vpc(**VPC)["Vpc"]["VpcId"]
    subnet = stage.client("ec2").create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    [made] = stage.client("elbv2").create_load_balancer(Name="placed", Subnets=[subnet])["LoadBalancers"]
    stage.client("elbv2").delete_load_balancer(LoadBalancerArn=made["LoadBalancerArn"])
    return bool(made["VpcId"] == vpc)


@check
def draining(stage: Stage) -> bool:
    balancer = stage.balancer(drain_seconds=30)
    balancer.register(("127.64.0.1", 1))
    target = [{"Id": "127.64.0.1", "Port": 1}]
    stage.client("elbv2").deregister_targets(TargetGroupArn=balancer.group, Targets=target)
    return balancer.states() == ["draining"]


@check
def forwarding(stage: Stage) -> bool:
    balancer = stage.balancer()
    tasks = [stage.run(stage.definition()) for _ in range(2)]
    for task in tasks:
        stage.ask(task)
    dead = [(f"127.64.0.{number}", 1) for number in range(1, 6)]
    balancer.register(*dead, *((stage.address(task), 8000) for task in tasks))
    return {balancer.get().status_code for _ in range(10)} == {200}


@check
def host_header_case(stage: Stage) -> bool:
    balancer = stage.balancer()
    elb = stage.client("elbv2")
    listener = elb.describe_listeners(LoadBalancerArn=balancer.arn)["Listeners"][0]["ListenerArn"]
    elb.create_rule(
        ListenerArn=listener,
        Priority=1,
        Conditions=[{"Field": "host-header", "Values": [f"{balancer.name}.ALB.*"]}],
        Actions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "418"}}],
    )
    return balancer.get().status_code == 418


@check
def rule_priorities(stage: Stage) -> bool:
    balancer = stage.balancer()
    elb = stage.client("elbv2")
    listener = elb.describe_listeners(LoadBalancerArn=balancer.arn)["Listeners"][0]["ListenerArn"]
    made = [_rule(elb, listener, priority) for priority in (1, 2)]
    swapped = [{"RuleArn": arn, "Priority": 2 - place} for place, arn in enumerate(made)]
    elb.set_rule_priorities(RulePriorities=swapped)
    refused = [
        _refusal(elb.create_rule, **_fixed(listener, 1)),
        _refusal(elb.set_rule_priorities, RulePriorities=[{"RuleArn": made[0], "Priority": 1}]),
    ]
    return refused == ["PriorityInUse", "PriorityInUse"]


@check
def weighted_forwards(stage: Stage) -> bool:
    elb, balancer = stage.client("elbv2"), stage.balancer()
    listener = elb.describe_listeners(LoadBalancerArn=balancer.arn)["Listeners"][0]["ListenerArn"]
    groups = [{"TargetGroupArn": balancer.group, "Weight": weight} for weight in (0, 7)]
    forward = [{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}]
    elb.create_rule(**(_fixed(listener, 1) | {"Actions": forward}))
    [told] = [rule for rule in elb.describe_rules(ListenerArn=listener)["Rules"] if rule["Priority"] == "1"]
    return bool(told["Actions"][0].get("ForwardConfig", {}).get("TargetGroups") == groups)


def _fixed(listener: str, priority: int) -> dict[str, Any]:
    return {
        "ListenerArn": listener,
        "Priority": priority,
        "Conditions": [{"Field": "path-pattern", "Values": [f"/{priority}"]}],
        "Actions": [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "418"}}],
    }


def _rule(elb: Any, listener: str, priority: int) -> str:
    return str(elb.create_rule(**_fixed(listener, priority))["Rules"][0]["RuleArn"])


def _refusal(call: Callable[..., Any], **arguments: Any) -> str:
    """Return the code that a call is refused with, "" without one."""
    try:
        call(**arguments)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def _certificate(stage: Stage, *hosts: str) -> Any:
    """Request a certificate, and return it with its records."""
    client = stage.client("acm")
    arn = client.request_certificate(
        DomainName=hosts[0], SubjectAlternativeNames=list(hosts), ValidationMethod="DNS"
    )["CertificateArn"]
    return client.describe_certificate(CertificateArn=arn)["Certificate"]


def _issued(stage: Stage, name: str) -> str:
    """Return the ARN of a certificate whose record exists."""
    route53, certificate = stage.client("route53"), _certificate(stage, name)
    zone = route53.create_hosted_zone(Name=name, CallerReference=uuid4().hex)["HostedZone"]["Id"]
    for option in certificate["DomainValidationOptions"]:
        proof = option["ResourceRecord"]
        value = {"Value": proof["Value"]}
        record = {"Name": proof["Name"], "Type": "CNAME", "TTL": 300, "ResourceRecords": [value]}
        changes = [{"Action": "CREATE", "ResourceRecordSet": record}]
        route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
    return str(certificate["CertificateArn"])


@check
def issued_when_proved(stage: Stage) -> bool:
    route53, name = stage.client("route53"), f"{uuid4().hex[:8]}.test"
    certificate = _certificate(stage, name, f"*.{name}", f"www.{name}")
    seen = [certificate["Status"]]
    records = {option["ResourceRecord"]["Name"]: option for option in certificate["DomainValidationOptions"]}
    hidden = {"VPC": {"VPCRegion": "eu-west-1", "VPCId": stage.network["vpc"]}}
    for more in (hidden, {}):  # ACM can't see a private zone
        zone = route53.create_hosted_zone(Name=name, CallerReference=uuid4().hex, **more)["HostedZone"]["Id"]
        for option in records.values():
            record = {
                "Name": option["ResourceRecord"]["Name"],
                "Type": "CNAME",
                "TTL": 300,
                "ResourceRecords": [{"Value": option["ResourceRecord"]["Value"]}],
            }
            changes = [{"Action": "CREATE", "ResourceRecordSet": record}]
            route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
            arn = certificate["CertificateArn"]
            seen.append(stage.client("acm").describe_certificate(CertificateArn=arn)["Certificate"]["Status"])
    return len(records) == 2 and seen == ["PENDING_VALIDATION"] * 4 + ["ISSUED"]


@check
def names_of_service_roles(stage: Stage) -> bool:
    iam = stage.client("iam")
    services = ("ecs.amazonaws.com", "ecs.application-autoscaling.amazonaws.com")
    try:
        names = [
            iam.create_service_linked_role(AWSServiceName=service)["Role"]["RoleName"] for service in services
        ]
    except ClientError:
        return False
    return names == ["AWSServiceRoleForECS", "AWSServiceRoleForApplicationAutoScaling_ECSService"]


@check
def tags_of_providers(stage: Stage) -> bool:
    iam = stage.client("iam")
    made = iam.create_open_id_connect_provider(
        Url=f"https://{uuid4().hex[:8]}.test", ThumbprintList=["0" * 40]
    )
    arn = made["OpenIDConnectProviderArn"]
    try:
        iam.tag_open_id_connect_provider(OpenIDConnectProviderArn=arn, Tags=[{"Key": "a", "Value": "1"}])
        iam.tag_open_id_connect_provider(OpenIDConnectProviderArn=arn, Tags=[{"Key": "b", "Value": "2"}])
        iam.untag_open_id_connect_provider(OpenIDConnectProviderArn=arn, TagKeys=["a"])
    except ClientError:
        return False
    return bool(
        iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    )


@check
def issued_for_listeners(stage: Stage) -> bool:
    balancer, certificate = stage.balancer(), _certificate(stage, f"{uuid4().hex[:8]}.test")
    refused = _refusal(
        stage.client("elbv2").create_listener,
        LoadBalancerArn=balancer.arn,
        Protocol="HTTPS",
        Port=443,
        Certificates=[{"CertificateArn": certificate["CertificateArn"]}],
        DefaultActions=_fixed("", 1)["Actions"],
    )
    return refused == "UnsupportedCertificate"


@check
def further_certificates(stage: Stage) -> bool:
    balancer, default, other = stage.balancer(), *(_issued(stage, f"{uuid4().hex[:8]}.test") for _ in "12")
    elb = stage.client("elbv2")
    [listener] = elb.create_listener(
        LoadBalancerArn=balancer.arn,
        Protocol="HTTPS",
        Port=443,
        Certificates=[{"CertificateArn": default}],
        DefaultActions=_fixed("", 1)["Actions"],
    )["Listeners"]
    whose = {"ListenerArn": listener["ListenerArn"]}
    shown = []
    for change in ("add_listener_certificates", "remove_listener_certificates"):
        if _refusal(getattr(elb, change), **whose, Certificates=[{"CertificateArn": other}]):
            return False
        shown.append(
            [
                (each["CertificateArn"], each["IsDefault"])
                for each in elb.describe_listener_certificates(**whose)["Certificates"]
            ]
        )
    return shown == [[(default, True), (other, False)], [(default, True)]]


@check
def filters_by_vpc(stage: Stage) -> bool:
    ec2 = stage.client("ec2")
    ours, other = (ec2.create_vpc(**VPC)["Vpc"]["VpcId"] for _ in "12")
    ec2.create_vpc_endpoint(VpcId=other, ServiceName="com.amazonaws.eu-west-1.s3")
    ec2.create_vpc_peering_connection(VpcId=other, PeerVpcId=other)
    return not (
        ec2.describe_vpc_endpoints(Filters=[{"Name": "vpc-id", "Values": [ours]}])["VpcEndpoints"]
        or ec2.describe_vpc_peering_connections(
            Filters=[{"Name": "accepter-vpc-info.vpc-id", "Values": [ours]}]
        )["VpcPeeringConnections"]
    )


@check
def target_health(stage: Stage) -> bool:
    balancer = stage.balancer()
    balancer.register(("127.64.0.1", 1))
    return balancer.states() == ["initial"]


@check
def targets_by_port(stage: Stage) -> bool:
    balancer = stage.balancer()
    balancer.register(("127.64.0.1", 1), ("127.64.0.1", 2))
    return set(balancer.health()) == {("127.64.0.1", 1), ("127.64.0.1", 2)}


@check
def endpoint_details(stage: Stage) -> bool:
    ec2 = stage.client("ec2")
    vpc = ec2.create_vpc(**VPC)["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="endpoint", Description="test", VpcId=vpc)["GroupId"]
    made = ec2.create_vpc_endpoint(
        VpcId=vpc,
        VpcEndpointType="Interface",
        ServiceName="com.amazonaws.eu-west-1.logs",
        PrivateDnsEnabled=True,
        SecurityGroupIds=[group],
    )["VpcEndpoint"]["VpcEndpointId"]
    found = ec2.describe_vpc_endpoints(VpcEndpointIds=[made])["VpcEndpoints"][0]
    groups = [one["GroupId"] for one in found.get("Groups", [])]
    return bool(found.get("PrivateDnsEnabled")) and groups == [group]


@check
def flow_log_details(stage: Stage) -> bool:
    ec2, role = stage.client("ec2"), "arn:aws:iam::000000000000:role/flow"
    vpc = ec2.create_vpc(**VPC)["Vpc"]["VpcId"]
    [made] = ec2.create_flow_logs(
        ResourceIds=[vpc],
        ResourceType="VPC",
        TrafficType="ALL",
        LogGroupName="flows",
        DeliverLogsPermissionArn=role,
        MaxAggregationInterval=60,
        TagSpecifications=[{"ResourceType": "vpc-flow-log", "Tags": [{"Key": "Name", "Value": "flows"}]}],
    )["FlowLogIds"]
    [found] = ec2.describe_flow_logs(FlowLogIds=[made])["FlowLogs"]
    details = (found.get("DeliverLogsPermissionArn"), found.get("MaxAggregationInterval"))
    return details == (role, 60) and found.get("Tags") == [{"Key": "Name", "Value": "flows"}]


def refuses(call: Callable[..., Any], code: str, **asked: Any) -> bool:
    """Return whether the call fails with AWS's error of this code."""
    try:
        call(**asked)
    except ClientError as refused:
        return refused.response["Error"]["Code"].removesuffix("Exception") == code
    return False


def subnet_in(stage: Stage, cidr: str = "10.0.1.0/24") -> tuple[str, str]:
    """Create a network with one subnet; return both ids."""
    ec2 = stage.client("ec2")
    vpc = ec2.create_vpc(**VPC)["Vpc"]["VpcId"]
    return vpc, ec2.create_subnet(VpcId=vpc, CidrBlock=cidr)["Subnet"]["SubnetId"]


@check
def addresses_in_use(stage: Stage) -> bool:
    ec2, (_, subnet) = stage.client("ec2"), subnet_in(stage)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    gateway = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"]
    is_kept = refuses(ec2.release_address, "InvalidIPAddress.InUse", AllocationId=address)
    ec2.delete_nat_gateway(NatGatewayId=gateway)
    is_unknown = refuses(
        ec2.disassociate_address, "InvalidAssociationID.NotFound", AssociationId="eipassoc-0123456789abcdef0"
    )
    if is_kept:
        ec2.release_address(AllocationId=address)
    return is_kept and is_unknown


@check
def networks_in_use(stage: Stage) -> bool:
    ec2, (vpc, subnet) = stage.client("ec2"), subnet_in(stage)
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    groups = [
        ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"] for name in "ab"
    ]
    rule = {
        "IpProtocol": "tcp",
        "FromPort": 80,
        "ToPort": 80,
        "UserIdGroupPairs": [{"GroupId": groups[0]}],
    }
    ec2.authorize_security_group_ingress(GroupId=groups[1], IpPermissions=[rule])
    elb = stage.client("elbv2")
    balancer = elb.create_load_balancer(
        Name=f"lb-{uuid4().hex[:8]}", Subnets=[subnet], SecurityGroups=[groups[1]]
    )["LoadBalancers"][0]["LoadBalancerArn"]
    code = "DependencyViolation"
    kept = [
        refuses(ec2.delete_subnet, code, SubnetId=subnet),
        *(refuses(ec2.delete_security_group, code, GroupId=group) for group in groups),
        refuses(ec2.detach_internet_gateway, code, InternetGatewayId=gateway, VpcId=vpc),
        refuses(ec2.delete_internet_gateway, code, InternetGatewayId=gateway),
        refuses(ec2.delete_route_table, code, RouteTableId=table),
    ]
    elb.delete_load_balancer(LoadBalancerArn=balancer)
    return all(kept) and not refuses(ec2.delete_subnet, code, SubnetId=subnet)


@check
def overlapping_subnets(stage: Stage) -> bool:
    ec2, (vpc, _) = stage.client("ec2"), subnet_in(stage)
    make = ec2.create_subnet
    return refuses(make, "InvalidSubnet.Conflict", VpcId=vpc, CidrBlock="10.0.1.128/25") and refuses(
        make, "InvalidSubnet.Range", VpcId=vpc, CidrBlock="10.1.1.0/24"
    )


@check
def balancers_in_use(stage: Stage) -> bool:
    balancer, elb = stage.balancer(), stage.client("elbv2")
    protect = {"Key": "deletion_protection.enabled", "Value": "true"}
    elb.modify_load_balancer_attributes(LoadBalancerArn=balancer.arn, Attributes=[protect])
    again = {
        "LoadBalancerArn": balancer.arn,
        "Protocol": "HTTP",
        "Port": 80,
        "DefaultActions": [{"Type": "forward", "TargetGroupArn": balancer.group}],
    }
    return (
        refuses(elb.delete_target_group, "ResourceInUse", TargetGroupArn=balancer.group)
        and refuses(elb.delete_load_balancer, "OperationNotPermitted", LoadBalancerArn=balancer.arn)
        and refuses(elb.create_listener, "DuplicateListener", **again)
        and _goes_with_its_listeners(elb, balancer.arn, balancer.group)
    )


def _goes_with_its_listeners(elb: Any, balancer: str, group: str) -> bool:
    open_again = {"Key": "deletion_protection.enabled", "Value": "false"}
    elb.modify_load_balancer_attributes(LoadBalancerArn=balancer, Attributes=[open_again])
    elb.delete_load_balancer(LoadBalancerArn=balancer)
    return not refuses(elb.delete_target_group, "ResourceInUse", TargetGroupArn=group)


@check
def certificates_in_use(stage: Stage) -> bool:
    acm, balancer = stage.client("acm"), stage.balancer()
    arn = _issued(stage, f"{uuid4().hex[:8]}.test")
    stage.client("elbv2").create_listener(
        LoadBalancerArn=balancer.arn,
        Protocol="HTTPS",
        Port=443,
        Certificates=[{"CertificateArn": arn}],
        DefaultActions=[{"Type": "forward", "TargetGroupArn": balancer.group}],
    )
    return refuses(acm.delete_certificate, "ResourceInUse", CertificateArn=arn)


@check
def clusters_in_use(stage: Stage) -> bool:
    ecs, name = stage.client("ecs"), f"c-{uuid4().hex[:8]}"
    ecs.create_cluster(clusterName=name)
    network = {"awsvpcConfiguration": {"subnets": [stage.network["subnet"]]}}
    ecs.create_service(
        cluster=name,
        serviceName="web",
        taskDefinition=stage.definition(),
        desiredCount=0,
        launchType="FARGATE",
        networkConfiguration=network,
    )
    is_kept = refuses(ecs.delete_cluster, "ClusterContainsServices", cluster=name)
    if is_kept:
        ecs.delete_service(cluster=name, service="web", force=True)
        eventually(lambda: not refuses(ecs.delete_cluster, "ClusterContainsServices", cluster=name))
    return is_kept


@check
def rules_in_use(stage: Stage) -> bool:
    events, name = stage.client("events"), f"rule-{uuid4().hex[:8]}"
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    arn = "arn:aws:sqs:eu-west-1:000000000000:none"
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])
    is_kept = refuses(events.delete_rule, "Validation", Name=name)
    events.remove_targets(Rule=name, Ids=["queue"]) if is_kept else None
    return is_kept and not refuses(events.delete_rule, "Validation", Name=name)


@check
def web_acls_in_use(stage: Stage) -> bool:
    waf, name = stage.client("wafv2"), f"acl-{uuid4().hex[:8]}"
    shown = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "m"}
    made = waf.create_web_acl(
        Name=name, Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=shown
    )["Summary"]
    waf.associate_web_acl(WebACLArn=made["ARN"], ResourceArn=stage.balancer().arn)
    asked = {"Name": name, "Scope": "REGIONAL", "Id": made["Id"], "LockToken": made["LockToken"]}
    return refuses(waf.delete_web_acl, "WAFAssociatedItem", **asked)


TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})


def allowing(length: int) -> str:
    """Return a policy document whose resource alone has this many characters."""
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "x" * length}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@check
def long_lists(stage: Stage) -> bool:
    ecs = stage.client("ecs")
    many = [f"none-{number}:1" for number in range(101)]
    return (
        refuses(ecs.describe_services, "InvalidParameter", cluster="default", services=many[:11])
        and refuses(ecs.describe_tasks, "InvalidParameter", cluster="default", tasks=many)
        and refuses(ecs.describe_clusters, "InvalidParameter", clusters=many)
        and refuses(ecs.delete_task_definitions, "InvalidParameter", taskDefinitions=many[:11])
    )


@check
def long_policies(stage: Stage) -> bool:
    iam, name = stage.client("iam"), f"role-{uuid4().hex[:8]}"
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
    inline = {"RoleName": name, "PolicyName": "inline", "PolicyDocument": allowing(10240)}
    trust = {"RoleName": f"{name}-2", "AssumeRolePolicyDocument": "none"}
    return (
        refuses(iam.create_policy, "LimitExceeded", PolicyName=name, PolicyDocument=allowing(6144))
        and refuses(iam.put_role_policy, "LimitExceeded", **inline)
        and refuses(iam.create_role, "MalformedPolicyDocument", **trust)
    )


@check
def many_tags(stage: Stage) -> bool:
    ec2, ecs = stage.client("ec2"), stage.client("ecs")
    vpc, name = ec2.create_vpc(**VPC)["Vpc"]["VpcId"], f"c-{uuid4().hex[:8]}"
    cluster = ecs.create_cluster(clusterName=name)["cluster"]["clusterArn"]
    keys = [f"key-{number}" for number in range(51)]
    many = [{"Key": key, "Value": ""} for key in keys]
    reserved = [{"Key": "aws:x", "Value": ""}]
    return (
        refuses(ec2.create_tags, "TagLimitExceeded", Resources=[vpc], Tags=many)
        and refuses(ec2.create_tags, "InvalidParameterValue", Resources=[vpc], Tags=reserved)
        and refuses(
            ecs.tag_resource,
            "InvalidParameter",
            resourceArn=cluster,
            tags=[{"key": key, "value": ""} for key in keys],
        )
    )


@check
def other_names(stage: Stage) -> bool:
    ecs, ecr, iam = (stage.client(service) for service in ("ecs", "ecr", "iam"))
    elb, subnets = stage.client("elbv2"), [stage.network["subnet"]]
    return (
        refuses(elb.create_load_balancer, "ValidationError", Name="b" * 33, Subnets=subnets)
        and refuses(elb.create_load_balancer, "ValidationError", Name="internal-b", Subnets=subnets)
        and refuses(elb.create_target_group, "ValidationError", Name="-b", Protocol="HTTP", Port=80)
        and refuses(ecs.create_cluster, "InvalidParameter", clusterName="two words")
        and refuses(ecr.create_repository, "InvalidParameter", repositoryName="Films")
        and refuses(iam.create_role, "ValidationError", RoleName="r" * 65, AssumeRolePolicyDocument=TRUST)
    )


@check
def schedule_forms(stage: Stage) -> bool:
    make, target = stage.client("scheduler").create_schedule, stage.cluster_target(stage.definition())
    asked = {
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {key: target[key] for key in ("Arn", "RoleArn", "EcsParameters")},
    }
    return refuses(make, "Validation", Name="a", ScheduleExpression="cron(0 3 * * *)", **asked) and refuses(
        make,
        "Validation",
        Name="b",
        ScheduleExpression="cron(0 3 * * ? *)",
        ScheduleExpressionTimezone="Europe/Nowhere",
        **asked,
    )


@check
def service_quotas(stage: Stage) -> bool:
    client, asked = stage.client("service-quotas"), {"ServiceCode": "ec2", "QuotaCode": "L-0263D0A3"}
    try:
        default = client.get_aws_default_service_quota(**asked)["Quota"]
        client.get_service_quota(**asked)
    except ClientError as refused:
        return "NoSuchResource" in refused.response["Error"]["Code"] and default["Value"] == 5
    return False


@check
def balancer_limits(stage: Stage) -> bool:
    try:
        limits = stage.client("elbv2").describe_account_limits()["Limits"]
    except ClientError:
        return False
    return {"Name": "rules-per-application-load-balancer", "Max": "100"} in limits


@check
def nat_addresses(stage: Stage) -> bool:
    ec2 = stage.client("ec2")
    vpc = ec2.create_vpc(**VPC)["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]

    def found() -> Any:
        return ec2.describe_addresses(AllocationIds=[address])["Addresses"][0]

    first, second = (
        ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"] for _ in range(2)
    )
    taken, [told] = found(), first["NatGatewayAddresses"] or [{}]
    ec2.delete_nat_gateway(NatGatewayId=first["NatGatewayId"])
    states = ec2.describe_nat_gateways(NatGatewayIds=[second["NatGatewayId"]])["NatGateways"]
    return (
        (taken.get("NetworkInterfaceId"), taken.get("PrivateIpAddress"))
        == (told.get("NetworkInterfaceId"), "10.0.1.4")
        and [each["State"] for each in states] == ["failed"]
        and "AssociationId" not in found()
    )


@check
def rules_to_prefix_lists(stage: Stage) -> bool:
    ec2 = stage.client("ec2")
    vpc = ec2.create_vpc(**VPC)["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="ways", Description="test", VpcId=vpc)["GroupId"]
    to = {"PrefixListId": "pl-0a1b2c3d", "Description": "storage"}
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "PrefixListIds": [to]}
    ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[rule])
    found = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])
    return [to] == [
        {key: each.get(key) for key in to} for each in found["SecurityGroupRules"] if each.get("PrefixListId")
    ]


@check
def rules_of_every_protocol(stage: Stage) -> bool:
    ec2 = stage.client("ec2")
    vpc = ec2.create_vpc(**VPC)["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="shut", Description="test", VpcId=vpc)["GroupId"]
    everywhere = {"IpProtocol": "-1", "FromPort": 0, "ToPort": 0, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.revoke_security_group_egress(GroupId=group, IpPermissions=[everywhere])
    return not ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissionsEgress"]


@check
def changes_in_sync(stage: Stage) -> bool:
    route53 = stage.client("route53")
    made = route53.create_hosted_zone(Name="example.com", CallerReference=uuid4().hex)
    return bool(route53.get_change(Id=made["ChangeInfo"]["Id"])["ChangeInfo"]["Status"] == "INSYNC")


@check
def zones_by_reference(stage: Stage) -> bool:
    route53, wanted = stage.client("route53"), f"Z{uuid4().hex[:20].upper()}"
    route53.create_hosted_zone(Name="example.com", CallerReference=wanted)
    zones = {zone["Id"]: zone["Name"] for zone in route53.list_hosted_zones()["HostedZones"]}
    return zones.get(f"/hostedzone/{wanted}") == "example.com."


@check
def tagged_resources(stage: Stage) -> bool:
    tag = {"Key": "owner", "Value": uuid4().hex}
    wanted = [{"ResourceType": "vpc", "Tags": [tag]}]
    vpc = stage.client("ec2").create_vpc(**VPC, TagSpecifications=wanted)["Vpc"]["VpcId"]
    stage.client("logs").create_log_group(logGroupName=f"/{tag['Value']}", tags={tag["Key"]: tag["Value"]})
    stage.client("acm").request_certificate(DomainName="a.example.com", Tags=[tag])
    _web_acl(stage, tag)
    arns = _arns_with(stage, tag)
    return len(arns) == 4 and any(arn.endswith(f":vpc/{vpc}") for arn in arns)


def _web_acl(stage: Stage, tag: dict[str, str]) -> None:
    seen = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "x"}
    stage.client("wafv2").create_web_acl(
        Name=tag["Value"],
        Scope="REGIONAL",
        DefaultAction={"Allow": {}},
        VisibilityConfig=seen,
        Rules=[],
        Tags=[tag],
    )


def _arns_with(stage: Stage, tag: dict[str, str]) -> list[str]:
    filters = [{"Key": tag["Key"], "Values": [tag["Value"]]}]
    found = stage.client("resourcegroupstaggingapi").get_resources(TagFilters=filters)
    return [item["ResourceARN"] for item in found["ResourceTagMappingList"]]


def _service(stage: Stage, **options: Any) -> Any:
    """Create a service without tasks and network, unless the options say otherwise."""
    wanted = {"taskDefinition": stage.definition(), "desiredCount": 0, "launchType": "FARGATE", **options}
    return stage.client("ecs").create_service(serviceName=f"s-{uuid4().hex[:8]}", **wanted)["service"]


def _now(stage: Stage, service: Any) -> Any:
    return stage.client("ecs").describe_services(services=[service["serviceName"]])["services"][0]


@check
def registry_settings(stage: Stage) -> bool:
    ecr, prefix = stage.client("ecr"), f"r{uuid4().hex[:8]}"
    copies = {"destinations": [{"region": "eu-central-1", "registryId": "000000000000"}]}
    try:
        ecr.put_replication_configuration(replicationConfiguration={"rules": [copies]})
    except ClientError:
        return False
    replication = ecr.describe_registry()["replicationConfiguration"]
    ecr.put_replication_configuration(replicationConfiguration={"rules": []})
    ecr.create_pull_through_cache_rule(ecrRepositoryPrefix=prefix, upstreamRegistryUrl="quay.io")
    pages = ecr.get_paginator("describe_pull_through_cache_rules").paginate()
    kept = [rule["ecrRepositoryPrefix"] for page in pages for rule in page["pullThroughCacheRules"]]
    ecr.delete_pull_through_cache_rule(ecrRepositoryPrefix=prefix)
    return prefix in kept and replication == {"rules": [copies]}


@check
def absent_network_configuration(stage: Stage) -> bool:
    return "networkConfiguration" not in _now(stage, _service(stage))


@check
def zone_rebalancing(stage: Stage) -> bool:
    return bool(
        _now(stage, _service(stage, availabilityZoneRebalancing="ENABLED")).get("availabilityZoneRebalancing")
        == "ENABLED"
    )


@check
def changed_network_deploys(stage: Stage) -> bool:
    service = _service(stage, networkConfiguration={"awsvpcConfiguration": {"subnets": ["subnet-1"]}})
    other = {"awsvpcConfiguration": {"subnets": ["subnet-2"]}}
    changed = stage.client("ecs").update_service(service=service["serviceName"], networkConfiguration=other)[
        "service"
    ]
    return bool(changed["deployments"][0]["id"] != service["deployments"][0]["id"])


@check
def deployed_capacity(stage: Stage) -> bool:
    service = _service(stage)
    spot = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
    stage.client("ecs").update_service(
        service=service["serviceName"], capacityProviderStrategy=spot, forceNewDeployment=True
    )
    return bool(_now(stage, service)["deployments"][0].get("capacityProviderStrategy") == spot)


@check
def false_event(stage: Stage) -> bool:
    service = _service(stage)
    stage.client("ecs").update_service(service=service["serviceName"], desiredCount=0)
    return not any("draining" in event["message"] for event in _now(stage, service)["events"])


@check
def service_scheduler(stage: Stage) -> bool:
    return bool(_service(stage, desiredCount=1)["deployments"][0]["rolloutState"] == "IN_PROGRESS")


@check
def service_deployments(stage: Stage) -> bool:
    service = _service(stage)
    listed = stage.client("ecs").list_service_deployments(service=service["serviceName"])
    return len(listed["serviceDeployments"]) == 1


@check
def service_deletion(stage: Stage) -> bool:
    service = _service(stage, desiredCount=1)
    deleted = stage.client("ecs").delete_service(service=service["serviceName"], force=True)["service"]
    return bool(deleted["status"] == "DRAINING")


@check
def task_stops(stage: Stage) -> bool:
    task = stage.run(stage.definition(environment={"DEAF": "1"}, stopTimeout=1))
    stage.ask(task)
    return bool(stage.client("ecs").stop_task(task=task)["task"]["lastStatus"] != "STOPPED")


@check
def merged_deployment_configuration(stage: Stage) -> bool:
    breaker = {"enable": True, "rollback": True}
    service = _service(stage, deploymentConfiguration={"deploymentCircuitBreaker": breaker})
    updated = stage.client("ecs").update_service(
        service=service["serviceName"], deploymentConfiguration={"maximumPercent": 150}
    )["service"]["deploymentConfiguration"]
    return bool(updated.get("deploymentCircuitBreaker") == breaker and updated["maximumPercent"] == 150)


@check
def whole_alarms(stage: Stage) -> bool:
    cloudwatch = stage.client("cloudwatch")
    errors = {"Namespace": "N", "MetricName": "Errors", "Dimensions": [{"Name": "A", "Value": "b"}]}
    metrics = [
        {"Id": "share", "Expression": "100 * errors", "ReturnData": True},
        {"Id": "errors", "MetricStat": {"Metric": errors, "Period": 60, "Stat": "Sum"}, "ReturnData": False},
    ]
    cloudwatch.put_metric_alarm(
        AlarmName="math",
        Metrics=metrics,
        EvaluationPeriods=3,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
    )
    [alarm] = cloudwatch.describe_alarms(AlarmNames=["math"])["MetricAlarms"]
    return bool(alarm.get("Metrics") == metrics and "Statistic" not in alarm)


@check
def measured_metrics(stage: Stage) -> bool:
    cloudwatch, now = stage.client("cloudwatch"), datetime.now(UTC)
    cloudwatch.put_metric_data(Namespace="N", MetricData=[{"MetricName": "sheep", "Value": 2.0}])
    metric = {"Metric": {"Namespace": "N", "MetricName": "sheep"}, "Period": 60, "Stat": "Sum"}
    queries = [{"Id": "sheep", "MetricStat": metric}, {"Id": "legs", "Expression": "4 * sheep"}]
    times = {"StartTime": now - timedelta(minutes=1), "EndTime": now + timedelta(minutes=1)}
    found = cloudwatch.get_metric_data(MetricDataQueries=queries, **times)["MetricDataResults"]
    return {each["Id"]: sum(each["Values"]) for each in found} == {"sheep": 2.0, "legs": 8.0}


@check
def monitoring(stage: Stage) -> bool:
    group = stage.balancer().group.rpartition(":")[2]
    wanted = {"Namespace": "AWS/ApplicationELB", "Dimensions": [{"Name": "TargetGroup", "Value": group}]}
    deadline = time.monotonic() + 8
    while time.monotonic() < deadline:
        if stage.client("cloudwatch").list_metrics(**wanted)["Metrics"]:
            return True
        time.sleep(0.5)
    return False


@check
def ecs_targets(stage: Stage) -> bool:
    name = f"rule-{uuid4().hex[:8]}"
    events, definition = stage.client("events"), stage.definition()
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    events.put_targets(Rule=name, Targets=[stage.cluster_target(definition)])
    events.put_events(Entries=[{"Source": name, "DetailType": "x", "Detail": "{}"}])
    started = stage.started_by(definition, seconds=5)
    events.remove_targets(Rule=name, Ids=["cluster"])
    events.delete_rule(Name=name)
    return bool(started)


@check
def schedule_time_zones(stage: Stage) -> bool:
    name, queues = f"schedule-{uuid4().hex[:8]}", stage.client("sqs")
    url = queues.create_queue(QueueName=name)["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    # A time zone 9 hours ahead of UTC, for which upstream would wait.
    soon = datetime.now(ZoneInfo("Asia/Tokyo")) + timedelta(seconds=2)
    stage.client("scheduler").create_schedule(
        Name=name,
        ScheduleExpression=f"at({soon:%Y-%m-%dT%H:%M:%S})",
        ScheduleExpressionTimezone="Asia/Tokyo",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": arn, "RoleArn": "arn:aws:iam::000000000000:role/x", "Input": "now"},
    )
    told = queues.receive_message(QueueUrl=url, WaitTimeSeconds=6).get("Messages", [])
    stage.client("scheduler").delete_schedule(Name=name)
    return [each["Body"] for each in told] == ["now"]


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_gap_is_closed(stage: Stage, name: str) -> None:
    """The sandbox behaves as AWS does."""
    assert CHECKS[name](stage)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(CHECKS))
def test_gap_is_still_there_upstream(bare: Stage, name: str) -> None:
    """Unpatched ministack fails; once it passes, the patch can be removed."""
    assert not CHECKS[name](bare)
