"""Environments for pre-flight checks: made by hand in the emulator, changed key by key."""

from dataclasses import replace
from typing import Any

from tests.wrapper.stack import Stack
from wrapper.delivery.verify import Finding, Scene, look
from wrapper.delivery.verify.finding import Check
from wrapper.environment import Service


def scene_of(stack: Stack, *, alb: dict[str, Any] | None = None, **web: Any) -> Scene:
    """Return the stack's environment, with other keys of its load balancer and its service."""
    declared = stack.environment
    document = declared.services["web"].model_dump(mode="json", exclude_unset=True) | web
    service = Service.model_validate(document, strict=False)
    environment = declared.model_copy(
        update={"services": {"web": service}, "alb": declared.alb.model_copy(update=alb or {})}
    )
    return Scene(
        aws=stack.aws,
        environment=environment,
        release=None,
        managed=frozenset({stack.log_group}),
        sandbox=True,
    )


def found(check: Check, scene: Scene, **changes: Any) -> list[Finding]:
    return list(look(replace(scene, **changes), [check]))


def only(check: Check, scene: Scene, **changes: Any) -> Finding:
    (finding,) = found(check, scene, **changes)
    return finding
