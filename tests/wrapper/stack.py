"""A complete environment made by hand in the emulator: network, load balancer, cluster, image, data."""

import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wrapper import image
from wrapper.aws.client import Aws
from wrapper.console import Console
from wrapper.delivery.site import Command, Site
from wrapper.ecs.rollout import ServiceTarget
from wrapper.environment import Alb, Environment, Image, Network, Scaling, Service, Size, Smoke, SmokeRequest
from wrapper.sandbox import Sandbox, launch
from wrapper.terraform import Executable, Terraform

ACCOUNT = "000000000000"
PORT = 8000
# For tests that must not run it.
NO_TERRAFORM = Executable(path=Path("terraform"), version="1.11.4", platform="linux_amd64")
# Health checks succeed unless MODE, a variable of the task, says otherwise.
APP = """
import http.server, os, sys, threading, time
mode = os.environ.get("MODE", "good")
print(f"mode {mode}", flush=True)
if mode == "exits":
    sys.exit("the model is damaged")
if mode == "brief":
    time.sleep(1)
    sys.exit("no luck")
if mode == "deaf":
    time.sleep(600)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(500 if mode == "sick" else 200)
        self.end_headers()
    def log_message(self, *_):
        pass
if mode == "flares":
    threading.Timer(2, os._exit, (9,)).start()
address = os.environ["HOST"], int(os.environ["PORT"])
http.server.ThreadingHTTPServer(address, Handler).serve_forever()
"""


@dataclass(frozen=True, kw_only=True)
class Stack:
    """The created resources, with the names that Terraform would give them."""

    aws: Aws
    environment: Environment
    vpc_id: str
    subnet_ids: Sequence[str]
    balancer_arn: str
    target_group_arn: str
    image: str

    @property
    def prefix(self) -> str:
        return self.environment.prefix

    @property
    def log_group(self) -> str:
        return f"/ecs/{self.prefix}/web"

    def register(self, mode: str = "good", image_reference: str | None = None) -> str:
        """Register a task definition whose container behaves as `mode` says; return its ARN."""
        variables = {"MODE": mode, "PORT": str(PORT)}
        options = {
            "awslogs-group": self.log_group,
            "awslogs-region": "eu-west-1",
            "awslogs-stream-prefix": "web",
        }
        registered = self.aws.ecs.register_task_definition(
            family=f"{self.prefix}-web",
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            executionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/{self.prefix}-web-execution",
            containerDefinitions=[
                {
                    "name": "web",
                    "image": image_reference or self.image,
                    "essential": True,
                    "portMappings": [{"containerPort": PORT}],
                    "environment": [{"name": key, "value": value} for key, value in variables.items()],
                    "logConfiguration": {"logDriver": "awslogs", "options": options},
                }
            ],
        )
        return registered["taskDefinition"]["taskDefinitionArn"]

    def deploy(
        self, task_definition_arn: str, *, count: int = 2, exec: bool = False, breaker: bool = True
    ) -> None:
        """Create the service, or give it another task definition."""
        circuit_breaker: Any = {"enable": breaker, "rollback": breaker}
        known = self.aws.ecs.describe_services(cluster=self.prefix, services=["web"])["services"]
        if any(item.get("status") == "ACTIVE" for item in known):
            self.aws.ecs.update_service(
                cluster=self.prefix,
                service="web",
                taskDefinition=task_definition_arn,
                desiredCount=count,
                deploymentConfiguration={"deploymentCircuitBreaker": circuit_breaker},
            )
            return
        self.aws.ecs.create_service(
            cluster=self.prefix,
            serviceName="web",
            taskDefinition=task_definition_arn,
            desiredCount=count,
            launchType="FARGATE",
            enableExecuteCommand=exec,
            healthCheckGracePeriodSeconds=5,
            deploymentConfiguration={
                "deploymentCircuitBreaker": circuit_breaker,
                "minimumHealthyPercent": 100,
                "maximumPercent": 200,
            },
            networkConfiguration={"awsvpcConfiguration": {"subnets": [*self.subnet_ids]}},
            loadBalancers=[
                {"targetGroupArn": self.target_group_arn, "containerName": "web", "containerPort": PORT}
            ],
        )

    def target(
        self, task_definition_arn: str, *, deadline_seconds: float = 30, failed_tasks: int = 2
    ) -> ServiceTarget:
        return ServiceTarget(
            service_name="web",
            task_definition_arn=task_definition_arn,
            target_group_arn=self.target_group_arn,
            log_group_name=self.log_group,
            deadline_seconds=deadline_seconds,
            failed_tasks=failed_tasks,
        )

    def history(self) -> list[str]:
        """Return the states of the service's deployments, the newest first."""
        found = self.aws.ecs.list_service_deployments(cluster=self.prefix, service="web")
        return [item.get("status", "") for item in found["serviceDeployments"]]

    def stop(self) -> None:
        """End the tasks, in any state."""
        gone = (
            self.aws.ecs.exceptions.ServiceNotFoundException,
            self.aws.ecs.exceptions.ClusterNotFoundException,
        )
        with suppress(*gone):
            self.aws.ecs.delete_service(cluster=self.prefix, service="web", force=True)


def environment(
    name: str,
    *,
    project: str = "films",
    target: str = "sandbox",
    disposable: bool = True,
    source: Image | None = None,
) -> Environment:
    """Return a small environment without a file."""
    service = Service(
        image=source or Image(context="."),
        size=Size(cpu=256, memory=512),
        scaling=Scaling(min=2, max=2),
        smoke=Smoke(requests=(SmokeRequest(path="/", status=200),)),
    )
    return Environment.model_validate(
        {
            "name": name,
            "project": project,
            "target": target,
            "region": "eu-west-1",
            "account_id": "123456789012" if target == "aws" else ACCOUNT,
            "disposable": disposable,
            "network": Network(
                cidr="10.20.0.0/16", availability_zones=("eu-west-1a", "eu-west-1b"), egress="public"
            ),
            "alb": Alb(allowed_cidrs=("0.0.0.0/0",), deletion_protection=False),
            "services": {"web": service},
        }
    )


def build(aws: Aws, folder: Path) -> Stack:
    """Create an environment with a name of its own, without any service."""
    declared = environment(f"t{uuid.uuid4().hex[:8]}")
    prefix = declared.prefix
    tags = declared.tags
    pairs: list[Any] = [{"Key": key, "Value": value} for key, value in tags.items()]
    vpc_id = aws.ec2.create_vpc(
        CidrBlock="10.20.0.0/16",
        TagSpecifications=[{"ResourceType": "vpc", "Tags": [*pairs, {"Key": "Name", "Value": prefix}]}],
    )["Vpc"]["VpcId"]
    subnet_ids = [
        aws.ec2.create_subnet(
            VpcId=vpc_id, CidrBlock=f"10.20.{number}.0/24", AvailabilityZone=f"eu-west-1{zone}"
        )["Subnet"]["SubnetId"]
        for number, zone in enumerate("ab")
    ]
    balancer = aws.elbv2.create_load_balancer(Name=prefix, Subnets=subnet_ids, Tags=pairs)
    balancer_arn = balancer["LoadBalancers"][0]["LoadBalancerArn"]
    group = aws.elbv2.create_target_group(
        Name=f"{prefix}-web-1a2b",
        Protocol="HTTP",
        Port=PORT,
        VpcId=vpc_id,
        TargetType="ip",
        HealthCheckPath="/health",
        HealthCheckIntervalSeconds=5,
        HealthCheckTimeoutSeconds=2,
        HealthyThresholdCount=2,
        UnhealthyThresholdCount=2,
        Tags=pairs,
    )
    target_group_arn = group["TargetGroups"][0]["TargetGroupArn"]
    aws.elbv2.modify_target_group_attributes(
        TargetGroupArn=target_group_arn,
        Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "1"}],
    )
    aws.elbv2.create_listener(
        LoadBalancerArn=balancer_arn,
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": target_group_arn}],
    )
    aws.ecs.create_cluster(
        clusterName=prefix, tags=[{"key": key, "value": value} for key, value in tags.items()]
    )
    aws.logs.create_log_group(logGroupName=f"/ecs/{prefix}/web", tags={**tags})
    aws.s3.create_bucket(
        Bucket=declared.model_bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    aws.s3.put_bucket_tagging(Bucket=declared.model_bucket, Tagging={"TagSet": pairs})
    aws.iam.create_role(RoleName=f"{prefix}-web-execution", AssumeRolePolicyDocument="{}", Tags=pairs)
    return Stack(
        aws=aws,
        environment=declared,
        vpc_id=vpc_id,
        subnet_ids=subnet_ids,
        balancer_arn=balancer_arn,
        target_group_arn=target_group_arn,
        image=_push(aws, prefix, folder, pairs),
    )


def _push(aws: Aws, prefix: str, folder: Path, tags: list[Any]) -> str:
    repository = aws.ecr.create_repository(repositoryName=f"{prefix}/web", tags=tags)["repository"]
    (folder / "app.py").write_text(APP)
    (folder / "Dockerfile").write_text(
        'FROM scratch\nWORKDIR /app\nCOPY app.py .\nCMD ["python", "app.py"]\n'
    )
    # The sandbox searches the image's packages below its own folder.
    mark = str(launch.identity(str(aws.endpoint_url))["mark"])
    pushed = image.publish(
        aws,
        repository_url=repository["repositoryUri"],
        image=Image(context="."),
        root=folder,
        work=Path(mark.rpartition("#")[0]).parents[1],
        engine=None,
        sandbox_registry=str(aws.endpoint_url).removeprefix("http://"),
        progress=lambda _: None,
    )
    return pushed.reference


def site(
    aws: Aws,
    root: Path,
    declared: Environment,
    console: Console,
    *,
    executable: Executable | None = None,
    sandbox: Sandbox | None = None,
) -> Site:
    """Return the site of a command on the environment, in the clone `root`, by default with Terraform."""
    command = Command(root=root, environment=declared, console=console)
    terraform = Terraform(
        executable=executable or Terraform.find(),
        root=root,
        work=command.work,
        process_environment=aws.process_environment(),
    )
    return Site(command=command, aws=aws, terraform=terraform, sandbox=sandbox)
