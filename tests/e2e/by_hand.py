"""Twenty changes that somebody may make to an environment by hand, and how AWS shows them."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from wrapper.aws.client import Aws, code_of

PREFIX = "recommender-dev"
ROLES = (f"{PREFIX}-recommender-task", f"{PREFIX}-recommender-execution")
BUCKET = f"{PREFIX}-models-000000000000"
REPOSITORY = f"{PREFIX}/recommender"
LOGS = f"/ecs/{PREFIX}/recommender"
ELSEWHERE = ("192.0.2.0/24", "198.51.100.0/24")
MANAGED = "arn:aws:iam::aws:policy/"
WIDE: dict[str, Any] = {"Effect": "Allow", "Action": "iam:*", "Resource": "*"}


def document(**more: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [WIDE | more]})


def add(aws: Aws) -> None:
    """Add fifteen things outside Terraform's resources."""
    task, execution = ROLES
    for role in ROLES:
        aws.iam.put_role_policy(RoleName=role, PolicyName="backdoor", PolicyDocument=document())
    aws.iam.attach_role_policy(RoleName=task, PolicyArn=f"{MANAGED}AdministratorAccess")
    aws.iam.attach_role_policy(RoleName=execution, PolicyArn=f"{MANAGED}ReadOnlyAccess")
    groups = _groups(aws)
    tasks, balancer, default = (
        groups[name] for name in (f"{PREFIX}-recommender", f"{PREFIX}-alb", "default")
    )
    ssh = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}
    everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    for group, rule in (
        (tasks, ssh | {"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}),
        (tasks, ssh | {"Ipv6Ranges": [{"CidrIpv6": "::/0"}]}),
        (balancer, ssh | {"IpRanges": [{"CidrIp": "203.0.113.7/32"}]}),
        (default, everything),
    ):
        aws.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])  # type: ignore[list-item]
    aws.ec2.authorize_security_group_egress(GroupId=tasks, IpPermissions=[everything])  # type: ignore[list-item]
    table = _public_table(aws)
    gateway = next(each["GatewayId"] for each in table["Routes"] if each["GatewayId"].startswith("igw-"))
    for cidr in ELSEWHERE:
        aws.ec2.create_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock=cidr, GatewayId=gateway)
    origins = {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}
    aws.s3.put_bucket_cors(Bucket=BUCKET, CORSConfiguration={"CORSRules": [origins]})  # type: ignore[list-item]
    aws.s3.put_bucket_website(Bucket=BUCKET, WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}})
    expiry = {"ID": "all", "Status": "Enabled", "Filter": {}, "Expiration": {"Days": 1}}
    aws.s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": [expiry]})  # type: ignore[list-item]
    aws.ecr.set_repository_policy(repositoryName=REPOSITORY, policyText=document(Principal="*"))


def change(aws: Aws) -> None:
    """Change five existing resources of Terraform."""
    task, _ = ROLES
    aws.iam.put_role_policy(RoleName=task, PolicyName="use-objects", PolicyDocument=document())
    anybody = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [anybody]})
    aws.iam.update_assume_role_policy(RoleName=task, PolicyDocument=trust)
    aws.s3.delete_public_access_block(Bucket=BUCKET)
    aws.s3.put_bucket_policy(Bucket=BUCKET, Policy=document(Principal="*"))
    aws.logs.put_retention_policy(logGroupName=LOGS, retentionInDays=90)


def seen(aws: Aws) -> dict[str, Any]:
    """Return what AWS has of these changes."""
    policies = {role: aws.iam.list_role_policies(RoleName=role)["PolicyNames"] for role in ROLES}
    table = _public_table(aws)
    [logs] = aws.logs.describe_log_groups(logGroupNamePrefix=LOGS)["logGroups"]
    return {
        "written": {
            (role, name): aws.iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
            for role, names in policies.items()
            for name in names
        },
        "attached": [
            aws.iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] for role in ROLES
        ],
        "trusted": [aws.iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"] for role in ROLES],
        "rules": sorted(
            each["SecurityGroupRuleId"]
            for each in aws.ec2.describe_security_group_rules()["SecurityGroupRules"]
        ),
        "routes": sorted(str(each) for each in table["Routes"]),
        "bucket": {
            read: _kept(aws, f"get_{read}")
            for read in (
                "bucket_policy",
                "bucket_cors",
                "bucket_website",
                "bucket_lifecycle_configuration",
                "public_access_block",
            )
        },
        "retention": logs["retentionInDays"],
        "shared": _is_shared(aws),
    }


def take_for_given(root: Path, aws: Aws) -> None:
    """Let Terraform write what it finds into both states, as every apply does for unchanged resources."""
    for stack in ("foundation", "app"):
        work = root / ".wrapper" / "dev" / stack
        subprocess.run(
            [
                "terraform",
                "apply",
                "-refresh-only",
                "-auto-approve",
                f"-var-file={work / 'terraform.tfvars'}",
            ],
            cwd=root / "terraform" / "stacks" / stack,
            env={**os.environ, **aws.process_environment(), "TF_DATA_DIR": str(work / "data")},
            check=True,
            capture_output=True,
        )


def _groups(aws: Aws) -> dict[str, str]:
    """Return the environment's groups by name, each with its id; the default one is that of its VPC."""
    groups = aws.ec2.describe_security_groups()["SecurityGroups"]
    vpc = next(each["VpcId"] for each in groups if each["GroupName"] == f"{PREFIX}-alb")
    return {each["GroupName"]: each["GroupId"] for each in groups if each["VpcId"] == vpc}


def _public_table(aws: Aws) -> Any:
    named = [{"Name": "tag:Name", "Values": [f"{PREFIX}-public"]}]
    [table] = aws.ec2.describe_route_tables(Filters=named)["RouteTables"]  # type: ignore[arg-type]
    return table


def _kept(aws: Aws, read: str) -> Any:
    from botocore.exceptions import ClientError

    try:
        answer = getattr(aws.s3, read)(Bucket=BUCKET)
    except ClientError as error:
        return code_of(error)
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


def _is_shared(aws: Aws) -> bool:
    try:
        aws.ecr.get_repository_policy(repositoryName=REPOSITORY)
    except aws.ecr.exceptions.RepositoryPolicyNotFoundException:
        return False
    return True
