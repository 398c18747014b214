"""The story of promote: what one environment has verified runs in another one, with nothing rebuilt.

1. choose      the source's release, verified and the last applied  reads only
2. enter       start the target's sandbox, or check its credentials may start the emulator
3. verify      what the target needs and does not make is there     reads only
4. foundation  plan, confirm, apply the saved plan                  repositories, model bucket
5. copy        images by digest, models by sha256                   only what is not there yet
6. app …       as apply goes on: plan, wait, smoke test, record     the release names where it came from
"""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from wrapper import image, model
from wrapper.delivery import jobs, tfvars
from wrapper.delivery import steps as stages
from wrapper.delivery.outcome import Applied
from wrapper.delivery.site import FOUNDATION, Command, Site, ensure_state_bucket, enter, require
from wrapper.delivery.steps import Candidate
from wrapper.delivery.verify import refuse_what_cannot_run
from wrapper.ecs.counts import releases
from wrapper.errors import ConfigError
from wrapper.image import Image
from wrapper.releases import Release
from wrapper.verbs import rollback
from wrapper.verbs.promote.choice import chosen
from wrapper.verbs.promote.pins import Pins, pins_of


def promote(source: Command, target: Command, *, number: int | None) -> Applied:
    """Roll out in the target what a release of the source runs; the verdict may be bad, see `Applied.ok`."""
    started = time.monotonic()
    _refuse_strangers(source, target)
    origin = require(source)
    with target.console.step(f"Choose the release of {source.environment.name}") as step:
        release = chosen(origin, number)
        step.result(f"release {release.number} of {release.at}")
    pins = pins_of(release, source.environment, target.environment)
    target = replace(target, environment=pins.environment)
    site = enter(target)
    refuse_what_cannot_run(site)
    ensure_state_bucket(site)
    with site.hold("promote"):
        return _promote(origin, site, release, pins, started)


def _promote(origin: Site, site: Site, release: Release, pins: Pins, started: float) -> Applied:
    target = site.command
    done = stages.apply_stack(site, FOUNDATION, tfvars.render_foundation(target.environment))
    foundation = site.outputs(FOUNDATION)
    images = _copy_images(origin, site, pins, foundation["repositories"])
    _copy_models(origin, site, pins, foundation["model_bucket"]["name"])
    candidate = Candidate(
        environment=target.environment,
        images=images,
        releases=releases(
            site.aws,
            site.command.environment,
            images=images,
            models=pins.models,
            repositories=foundation["repositories"],
        ),
        jobs=jobs.releases(target.environment, images, foundation["repositories"]),
        model_bucket=foundation["model_bucket"],
        done=done,
        promoted_from=_origin_of(origin.command, release),
    )
    return rollback.recovering(site, lambda: stages.roll_out(site, candidate, started=started))


def _refuse_strangers(source: Command, target: Command) -> None:
    one, other = source.environment, target.environment
    command = f"promote {one.name} {other.name}"
    if one.name == other.name:
        raise ConfigError(command, [f"TARGET must be another environment than SOURCE, got {other.name}."])
    if one.target != other.target:
        raise ConfigError(
            command,
            [f"TARGET must have the target of {one.name}, {one.target}, got {other.target}."],
            fix="an image of the sandbox holds no container: promote between environments of one target",
        )


def _copy_images(origin: Site, site: Site, pins: Pins, repositories: Mapping[str, Any]) -> dict[str, Image]:
    copied = {}
    for name, reference in pins.images.items():
        with site.command.console.step(f"Copy the image of {name}") as step:
            copied[name] = image.copy(
                image.Side(origin.aws, origin.registry),
                image.Side(site.aws, site.registry),
                reference=reference,
                repository_url=repositories[name]["url"] if name in repositories else None,
                progress=step.progress,
            )
            step.result(copied[name].remark)
    return copied


def _copy_models(origin: Site, site: Site, pins: Pins, bucket: str) -> None:
    for name, version in pins.models.items():
        with site.command.console.step(f"Copy the model of {name}") as step:
            model.copy(
                origin.aws,
                site.aws,
                source_bucket=origin.command.environment.model_bucket,
                bucket=bucket,
                version=version,
                progress=step.progress,
            )
            declared = site.command.environment.services[name].model
            if declared and declared.follow:
                model.repoint(site.aws, bucket=bucket, name=version.name, version=version.version)
            step.result(version.label)


def _origin_of(source: Command, release: Release) -> str:
    return f"{source.environment.name} release {release.number}"
