"""One service of an environment: what it runs, how large, how many, on which route."""

from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from wrapper.environment.alarms import Alarms
from wrapper.environment.block import Block, Fault
from wrapper.environment.compute import Capacity, Share, Size
from wrapper.environment.container import (
    Condition,
    ContainerName,
    HealthCheck,
    Sidecar,
    Statement,
    Ulimit,
    dependency_faults,
)
from wrapper.environment.egress import HTTPS, Egress
from wrapper.environment.fields import (
    Name,
    NotNegative,
    Percent,
    Positive,
    SecretArn,
    Text,
    TmpMib,
    VariableName,
)
from wrapper.environment.scaling import Scaling
from wrapper.environment.source import RECOGNISED, Columns, Image, Model
from wrapper.environment.variant import Variant
from wrapper.environment.verification import Health, Smoke

_MOST_SHARE = 99


class Canary(Block):
    steps: tuple[Percent, ...] = Field(
        default=(5, 25, 50), description="Share of the requests that a new version gets, step by step."
    )
    minutes: float = Field(default=5.0, gt=0, description="How long it is watched after each step.")

    def _faults(self, root: Path | None) -> Iterator[Fault]:
        if not self.steps or max(self.steps) > _MOST_SHARE or list(self.steps) != sorted({*self.steps}):
            yield Fault("steps", f"be percentages that rise, up to {_MOST_SHARE}", list(self.steps))


class Rollout(Block):
    strategy: Literal["rolling", "blue_green", "canary"] = Field(
        default="rolling",
        description="`rolling` replaces task by task; with `blue_green` and `canary` a new version is tested "
        "beside the old one before it gets requests, then all at once or step by step.",
    )
    canary: Canary = Field(default=Canary(), description="The steps of strategy canary.")
    bake_seconds: NotNegative = Field(
        default=30,
        description="How long a new version that was tested is watched before it gets requests; not with "
        "rolling.",
    )
    keep_minutes: NotNegative = Field(
        default=60,
        description="How long the old version stays beside the new one, for a rollback at once; not with "
        "rolling.",
    )
    minimum_healthy_percent: int = Field(
        default=100, description="Share of the tasks that stays up during a roll-out."
    )
    maximum_percent: int = Field(
        default=200, description="Share of the tasks that may run during a roll-out, old and new together."
    )
    drain_seconds: int = Field(default=60, description="Time that an old task has to finish its requests.")
    stop_timeout_seconds: int = Field(default=30, description="Time between SIGTERM and SIGKILL.")
    deadline_seconds: Positive = Field(
        default=600, description="How long a roll-out may take; then it is stopped."
    )
    failed_tasks: Positive | None = Field(
        default=None,
        description="Failed tasks at which a roll-out is stopped; null is ECS's own limit: half of the tasks "
        "wanted, from 3 to 200.",
    )


class Route(Block):
    """Say which requests a service gets; without hosts and paths it gets all that no other one does."""

    hosts: tuple[Text, ...] = Field(
        default=(), description="Host names, such as films.example.com; empty is any."
    )
    paths: tuple[Text, ...] = Field(default=(), description="Paths, such as /films/*; empty is any.")
    default: bool = Field(
        default=False,
        description="Whether it also gets what no other service claims; without hosts and paths it does.",
    )
    sticky_seconds: int | None = Field(
        default=None,
        description="How long a cookie keeps a caller with the variant that answered first, at most a week; "
        "null shares out each request. Only with variants.",
    )

    @property
    def is_default(self) -> bool:
        return self.default or not (self.hosts or self.paths)

    @property
    def pairs(self) -> frozenset[tuple[str, str]]:
        """List what the route covers as (host, path); `*` and `/*` are any."""
        hosts = [host.lower() for host in self.hosts] or ["*"]
        rest = {("*", "/*")} if self.default else set()
        return frozenset(product(hosts, self.paths or ["/*"])) | rest

    def _faults(self, root: Path | None) -> Iterator[Fault]:
        for key, values in (("hosts", [host.lower() for host in self.hosts]), ("paths", self.paths)):
            if twice := sorted({value for value in values if values.count(value) > 1}):
                yield Fault(key, "name each of them once", ", ".join(twice) + " twice")


class Logs(Block):
    retention_days: int = Field(
        default=30, description="How long CloudWatch keeps /ecs/<project>-<environment>/<name>."
    )


class ServiceLogs(Logs):
    firelens: Mapping[Text, str] | None = Field(
        default=None,
        description="Options of the log router's output, to which lines go instead; null is CloudWatch.",
    )


class Service(Block):
    image: Image = Field(description="What runs: an image built here, or one that exists.")
    command: tuple[str, ...] | None = Field(
        default=None, description="Command of the container; null is the image's own."
    )
    port: int = Field(default=8000, description="Port that the container listens on.")
    protocol: Literal["http", "http2", "grpc"] = Field(
        default="http",
        description="Protocol between load balancer and container: HTTP/1.1, HTTP/2 or gRPC. The latter "
        "two take HTTPS, and clients that speak the same; see containers.md.",
    )
    environment: Mapping[VariableName, str] = Field(
        default={}, description="Environment variables, visible to everybody who can see the task."
    )
    secrets: Mapping[VariableName, SecretArn] = Field(
        default={}, description="Environment variables filled from secrets: name to ARN, never to the value."
    )
    policy: tuple[Statement, ...] = Field(
        default=(),
        description="What the task may do on AWS beside reading its model, such as "
        "`[{actions: [xray:PutTraceSegments], resources: ['*']}]`.",
    )
    read_only_root: bool = Field(
        default=True, description="Whether only /tmp is writable; exec turns this off."
    )
    tmp_mib: TmpMib = None
    ulimits: Mapping[Text, Ulimit] = Field(
        default={},
        description="Limits of the process, such as `nofile: {soft: 65536, hard: 65536}`, the only one that "
        "Fargate lets set.",
    )
    health_check: HealthCheck | None = Field(
        default=None, description="How ECS checks the container itself; the load balancer uses health."
    )
    depends_on: Mapping[ContainerName, Condition] = Field(
        default={},
        description="Sidecars that must have this state before the container starts, such as `{router: "
        "HEALTHY}`.",
    )
    sidecars: Mapping[ContainerName, Sidecar] = Field(
        default={}, description="Containers beside the service's own in each task, by name."
    )
    exec: bool = Field(default=False, description="Whether ECS Exec may open a shell in a running container.")
    capacity: Capacity = Field(
        default=Capacity(fargate=Share()), description="Where tasks run; the default is Fargate, on demand."
    )
    size: Size = Field(default=Size(), validate_default=True, description="Size of one task.")
    scaling: Scaling = Field(default=Scaling(), description="How many tasks.")
    health: Health = Field(
        default=Health(),
        validate_default=True,
        description="When the load balancer sends requests to a task.",
    )
    rollout: Rollout = Field(default=Rollout(), description="How a new version replaces the old one.")
    egress: Egress = HTTPS
    route: Route = Field(
        default=Route(), description="Which requests the service gets: without hosts and paths all others."
    )
    logs: ServiceLogs = Field(default=ServiceLogs(), description="What happens to the container's output.")
    alarms: Alarms = Field(default=Alarms(), description="Thresholds of alarms; null: no such alarm.")
    model: Model | None = Field(default=None, description="The model that the service loads; null is none.")
    smoke: Smoke = Field(
        default=Smoke(),
        validate_default=True,
        description="How the wrapper verifies the service after a roll-out.",
    )
    variants: Mapping[Name, Variant] = Field(
        default={},
        description="Variants that stay beside the service and get a share of its requests, such as "
        "`{challenger: {weight: 20, model: {version: v2}}}`; see variants.md.",
    )

    @property
    def columns(self) -> Columns:
        """Say how files of ratings are read: the model's, and the canary's."""
        return self.model.columns if self.model else RECOGNISED

    @property
    def is_asked(self) -> bool:
        """Say whether the smoke test, which speaks HTTP/1.1, is answered through the load balancer."""
        return self.protocol == "http"

    @field_validator("health")
    @classmethod
    def _speaks(cls, health: Health, info: ValidationInfo) -> Health:
        return health.of_grpc() if info.data.get("protocol") == "grpc" else health

    @field_validator("smoke")
    @classmethod
    def _asks(cls, smoke: Smoke, info: ValidationInfo) -> Smoke:
        if info.data.get("protocol", "http") != "http":
            return smoke
        return smoke.completed(info.data.get("health") or Health())

    def _faults(self, root: Path | None) -> Iterator[Fault]:
        yield from dependency_faults(self.depends_on, self.sidecars)
        for key in ("requests", "canary") if not self.is_asked else ():
            if getattr(self.smoke, key):
                rule = "be left out with protocol http2 or grpc (the smoke test speaks HTTP/1.1)"
                yield Fault(f"smoke.{key}", rule)
        if self.command is not None and not self.command:
            yield Fault("command", "be null (the image's own) or hold at least 1 word", 0)
