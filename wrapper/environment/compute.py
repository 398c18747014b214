"""Where tasks run, and how large they are."""

from typing import Annotated, Literal

from pydantic import Field

from wrapper.environment.block import Block, Guess, guessed
from wrapper.environment.fields import Name, Text


class Share(Block):
    weight: int = Field(default=1, description="Its share of the tasks beyond the base.")
    base: int = Field(
        default=0, description="This many tasks run on it first; only one of the two may have a base."
    )


class Capacity(Block):
    fargate: Share | None = Field(
        default=None, description="Fargate on demand, such as `{weight: 1, base: 2}`."
    )
    fargate_spot: Share | None = Field(
        default=None,
        description="Fargate Spot, such as `{weight: 3}`: cheaper; AWS may stop a task two minutes after "
        "a warning.",
    )
    ec2: Name | None = Field(
        default=None, description="Instances instead: the name of a group in cluster.ec2."
    )


class FargateSize(Block):
    cpu: int = Field(default=256, description="CPU units; 1024 are one vCPU.")
    memory: Annotated[int, guessed] = Field(
        default=Guess("2 for each CPU unit, Fargate's least", lambda above: 2 * above.get("cpu", 256)),
        validate_default=True,
        description="MiB of memory; Fargate offers certain pairs only.",
    )


class Size(FargateSize):
    ephemeral_storage_gib: int | None = Field(
        default=None, description="Disk of a task on Fargate, 21 to 200; null is the 20 that cost nothing."
    )
    gpus: int = Field(default=0, description="GPUs of a task, on EC2 alone.")


class Instances(Block):
    instance_type: Text = Field(description="EC2 instance type, such as c7g.large or g5.xlarge.")
    architecture: Literal["x86_64", "arm64"] = Field(
        default="x86_64", description="Processors of that type, as of the images that run there."
    )
    gpu: bool = Field(default=False, description="Whether the type has GPUs, which requires another AMI.")
    min: int = Field(default=0, description="Fewest instances; 0 starts none before there are tasks.")
    max: int = Field(description="Most instances.")
    disk_gib: int = Field(
        default=30, description="Encrypted disk of each instance, for images and what tasks write."
    )
