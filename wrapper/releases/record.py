"""One verified deployment, as it is kept: what each service runs, who did it, when, from which commit."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from wrapper.environment.release import ModelVersion
from wrapper.environment.variant import name_of

FORMAT = 1
# What makes a version, beside image and model. Network, routes, scaling and roll-out stay as the file says.
VERSIONED = (
    *("command", "port", "environment", "secrets", "size", "health", "smoke"),
    *("depends_on", "health_check", "policy", "read_only_root", "sidecars", "ulimits"),
)


@dataclass(frozen=True, kw_only=True)
class RolloutTime:
    """How long a roll-out took after the apply, and its bound as the review of the plan computed it."""

    seconds: float
    bound_seconds: int

    def __str__(self) -> str:
        return f"{self.seconds:.0f} s (at most {self.bound_seconds} s)"


@dataclass(frozen=True, kw_only=True)
class ServiceRecord:
    """`settings` is the service's block of the environment file as it was, `verdict` the smoke test's.

    `rollout` is None if no task had to start or stop.
    """

    image: str
    model: ModelVersion | None
    task_definition_arn: str
    settings: Mapping[str, Any]
    verdict: Mapping[str, Any]
    rollout: RolloutTime | None = None

    @property
    def versioned(self) -> dict[str, Any]:
        """Return the settings that a rollback brings back."""
        return {key: value for key, value in self.settings.items() if key in VERSIONED}


@dataclass(frozen=True, kw_only=True)
class Release:
    """`at` is UTC, `commit` None outside git, `changes` counts the plans' resources by add, change, destroy.

    `number` counts from 1, `back_to` is the release that a rollback went back to, `promoted_from` another
    environment's, such as `dev release 3`, whose images and models these are, `allowed` the rules of the
    review that would have stopped it, with the reason why they did not, `jobs` each job's image.
    """

    number: int
    at: str
    who: str
    commit: str | None
    changes: Mapping[str, int]
    services: Mapping[str, ServiceRecord]
    back_to: int | None = None
    promoted_from: str | None = None
    allowed: Mapping[str, str] = field(default_factory=dict)
    jobs: Mapping[str, str] = field(default_factory=dict)

    @property
    def task_definitions(self) -> Mapping[str, str]:
        return {name: service.task_definition_arn for name, service in self.services.items()}

    @property
    def variants(self) -> frozenset[str]:
        """Return those of the services that were variants of others."""
        return frozenset(
            name_of(name, variant)
            for name, service in self.services.items()
            for variant in service.settings.get("variants") or ()
        )

    def runs_like(self, other: "Release") -> bool:
        """Say whether both run the same images and models by the same task definitions."""
        return _contents(self) == _contents(other) and self.jobs == other.jobs

    def as_json(self) -> dict[str, Any]:
        """Return what there is to show; settings stay out, since they hold environment variables."""
        document = asdict(self)
        for service in document["services"].values():
            del service["settings"]
        return document


_DOCUMENTS = TypeAdapter(dict[str, Any])
_RELEASES = TypeAdapter(Release)


def written(release: Release) -> bytes:
    return json.dumps({"format": FORMAT, **asdict(release)}, indent=2).encode()


def read(content: bytes) -> Release:
    """Read a record; raise ValueError that says in a few words why it is none."""
    try:
        document = _DOCUMENTS.validate_json(content)
        if document.get("format") != FORMAT:
            raise ValueError(f"format must be {FORMAT}")
        release = _RELEASES.validate_python(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        # Its values are settings, which may be secret.
        place = ".".join(map(str, first["loc"]))
        raise ValueError(f"{place}: {first['msg']}" if place else first["msg"]) from None
    datetime.fromisoformat(release.at)
    return release


def _contents(release: Release) -> dict[str, tuple[str, ModelVersion | None, str]]:
    return {
        name: (each.image, each.model, each.task_definition_arn) for name, each in release.services.items()
    }
