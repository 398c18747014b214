"""A running sandbox with short names for what the tests do with it."""

import json
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import httpx
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials

from wrapper import sandbox
from wrapper.aws.client import Aws, Credentials
from wrapper.image import process_image
from wrapper.image.registry import Login, login_of
from wrapper.sandbox import venv
from wrapper.sandbox.place import Place

CLONE = Path(__file__).resolve().parents[3]
DOCKERFILE = """
FROM python:3.13-slim
WORKDIR /app
COPY app.py .
ENTRYPOINT ["python", "app.py"]
"""
# To load the web's certificates takes longer than a request to loopback, which needs none.
NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@dataclass(frozen=True)
class Ports:
    port: int
    alb_port: int
    runtime: str = "process"
    record: bool = False


@dataclass(frozen=True)
class FakeEnvironment:
    """The attributes of an environment that the sandbox reads."""

    sandbox: Ports
    name: str = "test"
    region: str = "eu-west-1"
    account_id: str = "000000000000"
    file: str = "test"

    @property
    def called(self) -> str:
        return self.name


def free_ports() -> Ports:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(2)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return Ports(*(one.getsockname()[1] for one in sockets))


def emulators_venv() -> Path:
    """Create the emulator's virtual environment, once per clone."""
    place = Place(root=CLONE, environment="test")
    place.work.mkdir(exist_ok=True)
    venv.ensure(place.venv, root=CLONE, progress=print)
    return place.venv


def share_venv(root: Path) -> Path:
    """Turn an empty folder into a clone in which a sandbox can start: with the emulator, without sources."""
    (root / ".wrapper").mkdir()
    (root / ".wrapper" / "sandbox-venv").symlink_to(emulators_venv())
    (root / "requirements").symlink_to(CLONE / "requirements")
    return root


@contextmanager
def sandbox_in(root: Path, *, name: str = "test") -> Iterator[sandbox.Sandbox]:
    """Run a sandbox of an environment of that name in an empty folder during the block."""
    environment = FakeEnvironment(sandbox=free_ports(), name=name)
    running = sandbox.up(environment, root=share_venv(root), progress=print)
    try:
        yield running
    finally:
        sandbox.down(environment, root=root)


def aws_of(running: sandbox.Sandbox, *, owner: str | None = None) -> Aws:
    """Return the client of a running sandbox, with its keys."""
    return Aws(
        region=running.region,
        endpoint_url=running.endpoint_url,
        credentials=running.credentials,
        owner=owner,
    )


def boto3_keys(running: sandbox.Sandbox) -> dict[str, str]:
    """Return the sandbox's keys in boto3's form."""
    keys = running.credentials
    return {"aws_access_key_id": keys.access_key_id, "aws_secret_access_key": keys.secret_access_key}


def signed(
    running: sandbox.Sandbox,
    method: str,
    path: str,
    *,
    service: str = "s3",
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    keys: Credentials | None = None,
) -> dict[str, str]:
    """Return the headers of a request that is signed like an SDK's, with the sandbox's own keys."""
    url = f"{running.endpoint_url}{path}"
    wanted = {"Host": running.registry, **(headers or {})}
    request = AWSRequest(method=method, url=url, headers=wanted, data=body)
    found = keys or running.credentials
    auth = S3SigV4Auth if service == "s3" else SigV4Auth
    auth(BotocoreCredentials(*found), service, running.region).add_auth(request)
    return dict(request.headers)


def variables_of(running: sandbox.Sandbox) -> dict[str, str]:
    """Return the variables that give a program the sandbox's address and keys."""
    keys = {name.upper(): value for name, value in boto3_keys(running).items()}
    return {"AWS_ENDPOINT_URL": running.endpoint_url, **keys}


def login_to(running: sandbox.Sandbox) -> Login:
    """Return the password of the sandbox's registry, as ECR returns it."""
    return login_of(aws_of(running), repository_url="", registry=running.registry)


def call(method: str, url: str, *, seconds: float = 10, **options: Any) -> httpx.Response:
    """Send a request to loopback by a connection of its own."""
    with httpx.Client(trust_env=False, verify=NO_CERTIFICATES, timeout=seconds) as client:
        return client.request(method, url, **options)


def eventually(condition: Callable[[], Any], *, seconds: float = 10) -> Any:
    """Return the condition's first true value; fail after four times the seconds that it takes at most."""
    deadline = time.monotonic() + 4 * seconds  # a busy machine makes nothing wrong
    while not (value := condition()):
        assert time.monotonic() < deadline, f"still {value!r} after {4 * seconds} s"
        time.sleep(0.05)
    return value


@dataclass
class Stage:
    """A running sandbox and short names for what the tests do with it."""

    sandbox: sandbox.Sandbox
    root: Path
    image: str = ""
    _network: dict[str, str] = field(default_factory=dict)
    _clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        if service not in self._clients:
            make: Any = boto3.client  # the type stubs require a literal
            self._clients[service] = make(
                service,
                region_name=self.sandbox.region,
                endpoint_url=self.sandbox.endpoint_url,
                **boto3_keys(self.sandbox),
            )
        return self._clients[service]

    @property
    def login(self) -> Login:
        return login_to(self.sandbox)

    def push(self, context: Path, *, repository: str | None = None, with_packages: bool = False) -> str:
        """Push a process image of the context and return its reference by digest."""
        name = repository or f"stage/{uuid4().hex[:8]}"
        created = self.client("ecr").create_repository(repositoryName=name)["repository"]
        workshop = process_image.Workshop(folder=self.root / ".wrapper") if with_packages else None
        image = process_image.build(context, "Dockerfile", None, workshop=workshop)
        process_image.push(image, login=self.login, repository=name, tag="one")
        return f"{created['repositoryUri']}@{image.digest}"

    @property
    def network(self) -> dict[str, str]:
        if not self._network:
            ec2 = self.client("ec2")
            vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
            subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
            self._network = {"vpc": vpc, "subnet": subnet}
        return self._network

    def balancer(self, *, drain_seconds: int = 1, interval_seconds: int = 5) -> "Balancer":
        """Create a load balancer with one listener and one target group."""
        name = f"lb-{uuid4().hex[:8]}"
        elb = self.client("elbv2")
        created = elb.create_load_balancer(Name=name, Subnets=[self.network["subnet"]])["LoadBalancers"][0]
        group = elb.create_target_group(
            Name=f"tg-{name}",
            Protocol="HTTP",
            Port=80,
            VpcId=self.network["vpc"],
            TargetType="ip",
            HealthCheckPath="/health",
            HealthCheckIntervalSeconds=interval_seconds,
            HealthCheckTimeoutSeconds=2,
            HealthyThresholdCount=2,
            UnhealthyThresholdCount=2,
        )["TargetGroups"][0]["TargetGroupArn"]
        attribute = {"Key": "deregistration_delay.timeout_seconds", "Value": str(drain_seconds)}
        elb.modify_target_group_attributes(TargetGroupArn=group, Attributes=[attribute])
        forward = [{"Type": "forward", "TargetGroupArn": group}]
        elb.create_listener(
            LoadBalancerArn=created["LoadBalancerArn"], Protocol="HTTP", Port=80, DefaultActions=forward
        )
        return Balancer(stage=self, name=name, arn=created["LoadBalancerArn"], group=group)

    def definition(
        self,
        *,
        image: str | None = None,
        logs: str | None = None,
        role: str = "",
        execution_role: str = "",
        **container: Any,
    ) -> str:
        """Register a task definition with one container; return its ARN."""
        environment = [
            {"name": name, "value": text} for name, text in container.pop("environment", {}).items()
        ]
        options = {"awslogs-group": logs, "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "task"}
        logging = {"logConfiguration": {"logDriver": "awslogs", "options": options}} if logs else {}
        described = {
            "name": "app",
            "image": image or self.image,
            "portMappings": [{"containerPort": 8000}],
            "environment": environment,
            **logging,
            **container,
        }
        roles = {"taskRoleArn": role, "executionRoleArn": execution_role}
        return self.register(described, **{key: arn for key, arn in roles.items() if arn})

    def register(self, *containers: dict[str, Any], family: str | None = None, **roles: str) -> str:
        answer = self.client("ecs").register_task_definition(
            family=family or f"app-{uuid4().hex[:8]}",
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            containerDefinitions=list(containers),
            **roles,
        )
        return str(answer["taskDefinition"]["taskDefinitionArn"])

    def run(self, definition: str) -> str:
        """Run one task and return its ARN."""
        answer = self.client("ecs").run_task(taskDefinition=definition, launchType="FARGATE")
        return str(answer["tasks"][0]["taskArn"])

    def task(self, arn: str) -> Any:
        return self.client("ecs").describe_tasks(tasks=[arn])["tasks"][0]

    def task_in(self, arn: str, status: str, *, seconds: float = 10) -> Any:
        """Wait until the task has the status and return it."""
        return eventually(lambda: (task := self.task(arn))["lastStatus"] == status and task, seconds=seconds)

    def cluster_target(self, definition: str, **target: Any) -> dict[str, Any]:
        """Return the default cluster as the target of a rule or a schedule."""
        cluster = self.client("ecs").create_cluster()["cluster"]["clusterArn"]
        role = "arn:aws:iam::000000000000:role/x"
        subnet = {"Subnets": [self.network["subnet"]], "AssignPublicIp": "ENABLED"}
        parameters = {
            "TaskDefinitionArn": definition,
            "LaunchType": "FARGATE",
            "NetworkConfiguration": {"awsvpcConfiguration": subnet},
        }
        return {"Id": "cluster", "Arn": cluster, "RoleArn": role, "EcsParameters": parameters, **target}

    def started_by(self, definition: str, *, seconds: float = 10) -> list[str]:
        """Return the tasks of a definition that something else starts within this time."""
        family = definition.rpartition("/")[2].partition(":")[0]
        ecs, deadline = self.client("ecs"), time.monotonic() + seconds
        while time.monotonic() < deadline:
            for status in ("RUNNING", "STOPPED"):
                if arns := ecs.list_tasks(family=family, desiredStatus=status)["taskArns"]:
                    return list(arns)
            time.sleep(0.1)
        return []

    def address(self, arn: str) -> str:
        attachments = eventually(lambda: self.task(arn)["attachments"])
        details = attachments[0]["details"]
        return str(next(item["value"] for item in details if item["name"] == "privateIPv4Address"))

    def ask(self, arn: str, path: str = "/") -> Any:
        """Send a request directly to a task."""
        return eventually(lambda: _answer(f"http://{self.address(arn)}:8000{path}"))


@dataclass
class Balancer:
    stage: Stage
    name: str
    arn: str
    group: str

    def get(self, path: str = "/", **options: Any) -> httpx.Response:
        headers = {"Host": f"{self.name}.alb.localhost", **options.pop("headers", {})}
        return call("GET", self.stage.sandbox.alb_url + path, headers=headers, **options)

    def register(self, *places: tuple[str, int]) -> None:
        targets = [{"Id": address, "Port": port} for address, port in places]
        self.stage.client("elbv2").register_targets(TargetGroupArn=self.group, Targets=targets)

    def health(self) -> dict[tuple[str, int], tuple[str, str, str]]:
        """Return each target's state, reason and description."""
        answer = self.stage.client("elbv2").describe_target_health(TargetGroupArn=self.group)
        return {
            (item["Target"]["Id"], item["Target"]["Port"]): (
                item["TargetHealth"]["State"],
                item["TargetHealth"].get("Reason", ""),
                item["TargetHealth"].get("Description", ""),
            )
            for item in answer["TargetHealthDescriptions"]
        }

    def states(self) -> list[str]:
        return sorted(state for state, _, _ in self.health().values())


def _answer(url: str) -> Any:
    try:
        return json.loads(call("GET", url, seconds=5).text)
    except httpx.TransportError:
        return None
