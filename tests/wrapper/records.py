"""Releases for tests, made by hand."""

from dataclasses import replace
from typing import Any

from wrapper.environment.release import ModelVersion
from wrapper.releases import Release, ServiceRecord

REPOSITORY = "000000000000.dkr.ecr.eu-west-1.amazonaws.com/films-dev/web"
DEFINITION = "arn:aws:ecs:eu-west-1:000000000000:task-definition/films-dev-web"


def service(*, image: str = "a", model: str | None = "1", revision: int = 1) -> ServiceRecord:
    """Record a service: its image's digest is 64 times the letter."""
    return ServiceRecord(
        image=f"{REPOSITORY}@sha256:{image * 64}",
        model=ModelVersion(name="films", version=model, sha256="b" * 64) if model else None,
        task_definition_arn=f"{DEFINITION}:{revision}",
        settings={"environment": {"WORKERS": "2"}},
        verdict={"ok": True},
    )


def release(number: int = 0, **changes: Any) -> Release:
    first = Release(
        number=number,
        at="2026-01-02T03:04:05+00:00",
        who="ada@host",
        commit="0123456789abcdef-dirty",
        changes={"add": 40, "change": 0, "destroy": 0},
        services={"web": service()},
    )
    return replace(first, **changes)
