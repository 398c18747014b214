"""A container's settings other than its image: limits, health check, dependencies, sidecars."""

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Annotated, Literal

from pydantic import Field

from wrapper.environment.block import Block, Fault, must_match
from wrapper.environment.fields import (
    ImageReference,
    SecretArn,
    Text,
    TmpMib,
    VariableName,
)

Condition = Literal["START", "COMPLETE", "SUCCESS", "HEALTHY"]
# They are part of a log stream's name, and of a volume's.
ContainerName = Annotated[
    str, must_match("be at most 40 lower-case letters, digits and hyphens", r"[a-z][a-z0-9-]{0,39}")
]


class HealthCheck(Block):
    command: tuple[str, ...] = Field(
        description="What ECS runs in the container: CMD and words, or CMD-SHELL and one line."
    )
    interval_seconds: int = Field(default=30, description="Time between two runs, 5 to 300.")
    timeout_seconds: int = Field(default=5, description="How long a run may take, 2 to 60.")
    retries: int = Field(default=3, description="Failed runs in a row that make it unhealthy, 1 to 10.")
    start_period_seconds: int | None = Field(
        default=None, description="Time from the start in which failed runs do not count."
    )


class Ulimit(Block):
    soft: int = Field(description="The limit at the start.")
    hard: int = Field(description="The maximum to which the process may raise it.")


class Statement(Block):
    actions: tuple[Text, ...] = Field(description="IAM actions, such as xray:PutTraceSegments.")
    resources: tuple[Text, ...] = Field(description="ARNs of the resources for which they are allowed.")


class Sidecar(Block):
    image: ImageReference | None = Field(
        default=None, description="Image by digest; null is the service's own, for another command of it."
    )
    command: tuple[str, ...] | None = Field(default=None, description="Command; null is the image's own.")
    user: Text | None = Field(
        default=None, description="User or uid; null is the image's own, of a log router 0."
    )
    port: int | None = Field(
        default=None, description="Port that it listens on, which no other container has."
    )
    environment: Mapping[VariableName, str] = Field(default={}, description="Environment variables.")
    secrets: Mapping[VariableName, SecretArn] = Field(
        default={}, description="Environment variables filled from secrets: name to ARN."
    )
    cpu: int = Field(default=0, description="CPU units of the task that are reserved for it.")
    memory: int | None = Field(
        default=None, description="MiB at which it is killed; null lets it share the task's."
    )
    essential: bool = Field(default=True, description="Whether the task stops when this container ends.")
    read_only_root: bool = Field(default=True, description="Whether only /tmp is writable.")
    tmp_mib: TmpMib = None
    depends_on: Mapping[ContainerName, Condition] = Field(
        default={}, description="Containers that must have this state before it starts."
    )
    health_check: HealthCheck | None = Field(
        default=None, description="How ECS finds out whether it is healthy; keys as in the service's."
    )
    firelens: Literal["fluentbit", "fluentd"] | None = Field(
        default=None, description="Makes it the log router that logs.firelens sends the output to."
    )


def dependency_faults(service: Mapping[str, Condition], sidecars: Mapping[str, Sidecar]) -> Iterator[Fault]:
    """Yield the containers that wait for each other in a circle; paths are relative to the service.

    The module checks whether the containers exist, and whether their conditions can be met.
    """
    waiting = {"": service, **{name: sidecar.depends_on for name, sidecar in sidecars.items()}}
    try:
        TopologicalSorter({name: others.keys() for name, others in waiting.items()}).prepare()
    except CycleError as error:
        yield Fault("sidecars", "not wait for each other in a circle", " → ".join(reversed(error.args[1])))
