"""Where tasks run, and how large they are."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from wrapper.environment import fargate
from wrapper.environment.block import Block, Fault, Guess, guessed, must_match
from wrapper.environment.fields import Name, NotNegative, Positive

InstanceType = Annotated[
    str, must_match("be an EC2 instance type such as c7g.large", r"[a-z][a-z0-9-]*\.[a-z0-9-]+")
]


class Share(Block):
    weight: NotNegative = Field(default=1, description="Its share of the tasks beyond the base.")
    base: NotNegative = Field(default=0, description="So many tasks run on it first; one of the two may say.")


class Capacity(Block):
    fargate: Share | None = Field(
        default=None, description="Fargate on demand, such as `{weight: 1, base: 2}`."
    )
    fargate_spot: Share | None = Field(
        default=None,
        description="Fargate Spot, such as `{weight: 3}`: cheaper; AWS may stop a task two minutes after "
        "telling it.",
    )
    ec2: Name | None = Field(
        default=None, description="Instances instead: the name of a group in cluster.ec2."
    )

    def _faults(self, root: Path | None) -> Iterator[Fault]:
        shares = [share for share in (self.fargate, self.fargate_spot) if share]
        if self.ec2 and shares:
            yield Fault("ec2", "stand alone, without fargate and fargate_spot", self.ec2)
        if shares and not any(share.weight for share in shares):
            yield Fault("", "give at least one weight above 0", 0)
        if sum(share.base > 0 for share in shares) > 1:
            yield Fault("", "have a base in one of fargate and fargate_spot", "both")


class FargateSize(Block):
    cpu: Positive = Field(default=256, description="CPU units; 1024 are one vCPU.")
    memory: Annotated[Positive, guessed] = Field(
        default=Guess("2 for each CPU unit, Fargate's least", lambda above: 2 * above.get("cpu", 256)),
        validate_default=True,
        description="MiB of memory; Fargate offers certain pairs only.",
    )

    def _faults(self, root: Path | None) -> Iterator[Fault]:
        yield from fargate_faults(self.cpu, self.memory)


class Size(FargateSize):
    ephemeral_storage_gib: Annotated[int, Field(ge=21, le=200)] | None = Field(
        default=None, description="Disk of a task on Fargate, 21 to 200; null is the 20 that cost nothing."
    )
    gpus: NotNegative = Field(default=0, description="GPUs of a task, on EC2 alone.")

    def _faults(self, root: Path | None) -> Iterator[Fault]:
        # What there is depends on the capacity.
        yield from ()

    def faults_on(self, capacity: Capacity) -> Iterator[Fault]:
        """Yield what the capacity does not offer."""
        if capacity.ec2 is None:
            yield from fargate_faults(self.cpu, self.memory)
            if self.gpus:
                yield Fault("gpus", "be 0 on Fargate, which has none", self.gpus)
        elif self.ephemeral_storage_gib is not None:
            rule = "be null on EC2 (the group's disk_gib is what its tasks share)"
            yield Fault("ephemeral_storage_gib", rule, self.ephemeral_storage_gib)


class Instances(Block):
    instance_type: InstanceType = Field(description="EC2 instance type, such as c7g.large or g5.xlarge.")
    architecture: Literal["x86_64", "arm64"] = Field(
        default="x86_64", description="Processors of that type, as of the images that run there."
    )
    gpu: bool = Field(default=False, description="Whether the type has GPUs, which takes another AMI.")
    min: NotNegative = Field(default=0, description="Fewest instances; 0 starts none before there are tasks.")
    max: Positive = Field(description="Most instances.")
    disk_gib: Annotated[int, Field(ge=30)] = Field(
        default=30, description="Encrypted disk of each instance, for images and what tasks write."
    )

    def _faults(self, root: Path | None) -> Iterator[Fault]:
        if self.min > self.max:
            yield Fault("min", f"be at most max ({self.max})", self.min)
        if self.gpu and self.architecture != "x86_64":
            yield Fault("gpu", "be false with arm64 (ECS has no AMI for both)", "true")


def fargate_faults(cpu: int, mebibytes: int) -> Iterator[Fault]:
    """Yield what is not in Fargate's table."""
    memory = fargate.MEMORY.get(cpu)
    if memory is None:
        yield Fault("cpu", f"be {fargate.offered(tuple(fargate.MEMORY))}", cpu)
    elif mebibytes not in memory:
        yield Fault("memory", f"be {fargate.offered(memory)} with cpu {cpu}", mebibytes)
