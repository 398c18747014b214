"""Lifecycle, sharing and replication of the images built here, and pull-through caches."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import Field

from wrapper.environment.block import Block, Fault
from wrapper.environment.fields import AccountId, Region, SecretArn, Text


class Cache(Block):
    upstream: Text = Field(description="Registry whose images are cached, such as public.ecr.aws.")
    credential_arn: SecretArn | None = Field(
        default=None, description="Secret with the user and token that the registry requires; null: none."
    )


class Images(Block):
    unreleased_days: int | None = Field(
        default=None,
        description="When an image that no release runs expires; null: never. Released ones never do.",
    )
    readers: tuple[AccountId, ...] = Field(
        default=(), description="Other accounts that may pull, each 12 digits in quotes."
    )
    replicas: tuple[Region, ...] = Field(
        default=(), description="Regions that get a copy of each image, see `python -m wrapper account ENV`."
    )
    caches: Mapping[Text, Cache] = Field(
        default={},
        description="Pull-through caches of other registries, by name, such as "
        "`ecr: {upstream: public.ecr.aws}`.",
    )

    @property
    def upstreams(self) -> Mapping[str, Mapping[str, str | None]]:
        return {name: cache.model_dump() for name, cache in self.caches.items()}

    def _faults(self, root: Path | None) -> Iterator[Fault]:
        for key, values in (("readers", self.readers), ("replicas", self.replicas)):
            if twice := sorted({value for value in values if values.count(value) > 1}):
                yield Fault(key, "name each of them once", ", ".join(twice) + " twice")
