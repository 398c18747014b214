"""Releases for tests, written by hand."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from wrapper.environment.release import ModelVersion
from wrapper.releases import Release, ServiceRecord

REPOSITORY = "000000000000.dkr.ecr.eu-west-1.amazonaws.com/films-dev/web"
DEFINITION = "arn:aws:ecs:eu-west-1:000000000000:task-definition/films-dev-web"


def service(*, image: str = "a", model: str | None = "1", revision: int = 1) -> ServiceRecord:
    """Record a service; its image's digest is 64 times the letter."""
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


def outputs(
    services: Mapping[str, str] | None = None, jobs: Mapping[str, Any] | None = None
) -> dict[str, dict[str, Any]]:
    """Return the app's outputs as in a state: `services` by task definition, `jobs` as given."""
    named = {
        name: {
            "service_name": name,
            "task_definition_arn": arn,
            "target_group_arn": f"arn:{name}",
            "log_group_name": f"/ecs/films-dev/{name}",
            "url": "http://lb.test",
        }
        for name, arn in (services or {}).items()
    }
    values = {"url": "http://lb.test", "services": named, "jobs": jobs or {}}
    return {name: {"value": value} for name, value in values.items()}
