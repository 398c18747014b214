"""Variants as the services that they are: each its service's blocks, with a difference."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from wrapper.environment.block import Fault, RefusedError
from wrapper.environment.service import Service
from wrapper.environment.source import Model
from wrapper.environment.variant import Variant, VariantModel, name_of

# A role is called <project>-<environment>-<service>-execution, in 64 characters.
LONGEST_NAME = 29
# What a model is published or trained from: one of them replaces the others.
_ORIGINS = ("version", "ratings", "source")
# What makes a variant another one than its service.
_DIFFERENCES = ("image", "command", "model", "environment", "size")


def expanded(services: Mapping[str, Service], root: Path | None) -> dict[str, Service]:
    """Return the services with each variant behind its own as one more; raise RefusedError."""
    found: dict[str, Service] = {}
    faults: list[Fault] = []
    for name, service in services.items():
        found[name] = service
        faults += _rules(name, service, services)
        for variant, declared in service.variants.items():
            try:
                found[name_of(name, variant)] = _as_service(service, declared, root)
            except RefusedError as error:
                path = f"{name}.variants.{variant}"
                faults += [Fault(f"{path}.{each.path}", each.rule, each.got) for each in error.faults]
                continue
            if all(
                getattr(found[name_of(name, variant)], key) == getattr(service, key) for key in _DIFFERENCES
            ):
                rule = f"differ from services.{name} in {', '.join(_DIFFERENCES[:-1])} or {_DIFFERENCES[-1]}"
                faults.append(Fault(f"{name}.variants.{variant}", rule))
    if faults:
        raise RefusedError(faults)
    return found


def _rules(name: str, service: Service, services: Mapping[str, Service]) -> Iterator[Fault]:
    """Yield what keeps the service's variants from standing beside it."""
    path, variants = f"{name}.variants", service.variants
    if not variants:
        if service.route.sticky_seconds is not None:
            rule = "be null without variants (there is one target group to stay with)"
            yield Fault(f"{name}.route.sticky_seconds", rule, service.route.sticky_seconds)
        return
    if service.rollout.strategy != "rolling":
        rule = (
            "be rolling with variants (a cookie or a share of theirs would not follow a shift between slots)"
        )
        yield Fault(f"{name}.rollout.strategy", rule, service.rollout.strategy)
    for variant in variants:
        called = name_of(name, variant)
        if called in services:
            yield Fault(f"{path}.{variant}", f"be called otherwise beside services.{called}")
        if variant == "green":
            yield Fault(f"{path}.{variant}", "be called otherwise (it is a slot's name)")
        if len(called) > LONGEST_NAME:
            rule = f"be at most {LONGEST_NAME} characters long with its service's name"
            yield Fault(f"{path}.{variant}", rule, f"{called} with {len(called)}")
        scaling = variants[variant].scaling
        if scaling and scaling.may_sleep and not service.scaling.may_sleep:
            rule = "always leave a task while the service's does (else the variant's share gets 503)"
            yield Fault(f"{path}.{variant}.scaling", rule)


def _as_service(service: Service, variant: Variant, root: Path | None) -> Service:
    """Put what the variant has in place of what the service has."""
    given: dict[str, Any] = {
        key: value
        for key in ("image", "command", "size", "scaling")
        if (value := getattr(variant, key)) is not None
    }
    if variant.model:
        given["model"] = _model(service.model, variant.model, root)
    if variant.environment:
        given["environment"] = {**service.environment, **variant.environment}
    if variant.smoke:
        given["smoke"] = variant.smoke.completed(service.health)
    return service.model_copy(update={**given, "variants": {}})


def _model(model: Model | None, changed: VariantModel, root: Path | None) -> Model:
    values = model.model_dump(exclude_unset=True) if model else {}
    own = {key: value for key in VariantModel.model_fields if (value := getattr(changed, key)) is not None}
    if own.keys() & {*_ORIGINS}:
        values = {key: value for key, value in values.items() if key not in _ORIGINS}
    try:
        return Model.model_validate(values | own, context={"root": root})
    except ValidationError as error:
        raise RefusedError(_faults(error)) from error


def _faults(error: ValidationError) -> Iterator[Fault]:
    for each in error.errors(include_url=False):
        refusal = each.get("ctx", {}).get("error")
        path = ".".join(map(str, ("model", *each["loc"])))
        if isinstance(refusal, RefusedError):
            yield from (Fault(f"{path}.{fault.path}", fault.rule, fault.got) for fault in refusal.faults)
        else:  # the name, which only a service with a model gives
            yield Fault(path, "be given, as the service has no model")
