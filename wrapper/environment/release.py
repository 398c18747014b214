"""What one service or job runs: an image by digest, a model by version, the number of tasks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wrapper.environment import Limits


@dataclass(frozen=True, kw_only=True)
class ModelVersion:
    """A published model; `sha256` is that of its manifest.json, in hex."""

    name: str
    version: str
    sha256: str

    @property
    def label(self) -> str:
        return f"{self.name}/{self.version}"


@dataclass(frozen=True, kw_only=True)
class ServiceRelease:
    """Pin a service: `image` is `<repository>@sha256:<digest>`.

    `repository_arn` is None for another account's repository. `limits` are bounds that a schedule has set,
    None if the file's apply. `newer` is the model that a follower's pointer names now: it may serve either.
    """

    image: str
    repository_arn: str | None
    model: ModelVersion | None
    desired_count: int
    limits: Limits | None = None
    newer: ModelVersion | None = None

    @property
    def models(self) -> tuple[ModelVersion, ...]:
        """Return the models that the service may serve; none if it has none."""
        return tuple(each for each in (self.model, self.newer) if each)

    @property
    def is_asleep(self) -> bool:
        """Return whether a schedule allows no task now."""
        return self.limits is not None and self.limits.max == 0

    @property
    def image_digest(self) -> str:
        return self.image.rpartition("@")[2]


@dataclass(frozen=True, kw_only=True)
class SlotRelease:
    """What one of a service's two slots runs; `weight` is its share of the requests.

    It runs the version of the plan, or that of its `task_definition_arn`: then `settings` are those with
    which that version's service and target group were created.
    """

    weight: int
    desired_count: int
    limits: Limits | None = None
    task_definition_arn: str | None = None
    settings: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class JobRelease:
    """Pin a job: `image` is `<repository>@sha256:<digest>`, `repository_arn` None for another account's."""

    image: str
    repository_arn: str | None

    @property
    def image_digest(self) -> str:
        return self.image.rpartition("@")[2]


@dataclass(frozen=True, kw_only=True)
class ListenerRule:
    """The place of a listener's rule in Terraform's state: its `block` and its `key`.

    `listener` is http or https, `claim` its host and path, `*` for any. As long as the rule exists, neither
    its place nor its priority may change.
    """

    block: str
    key: str
    listener: str
    claim: str
    priority: int


def repository_name(repository_url: str) -> str:
    """Return the repository's name in its registry; of an image's reference with its tag or digest."""
    return repository_url.partition("/")[2]
