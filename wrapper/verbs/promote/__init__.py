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
from wrapper.delivery.site import FOUNDATION, Ground, Job, ensure_state_bucket, enter, require
from wrapper.delivery.steps import Candidate
from wrapper.delivery.verify import refuse_what_cannot_run
from wrapper.ecs.counts import releases
from wrapper.errors import ConfigError
from wrapper.image import Image
from wrapper.releases import Release
from wrapper.verbs import rollback
from wrapper.verbs.promote.choice import chosen
from wrapper.verbs.promote.pins import Pins, pins_of


def promote(source: Job, target: Job, *, number: int | None) -> Applied:
    """Roll out in the target what a release of the source runs; the verdict may be bad, see `Applied.ok`."""
    started = time.monotonic()
    _refuse_strangers(source, target)
    origin = require(source)
    with target.console.step(f"Choose the release of {source.environment.name}") as step:
        release = chosen(origin, number)
        step.result(f"release {release.number} of {release.at}")
    pins = pins_of(release, source.environment, target.environment)
    target = replace(target, environment=pins.environment)
    ground = enter(target)
    refuse_what_cannot_run(ground)
    ensure_state_bucket(ground)
    with ground.hold("promote"):
        return _promote(origin, ground, release, pins, started)


def _promote(origin: Ground, ground: Ground, release: Release, pins: Pins, started: float) -> Applied:
    target = ground.job
    done = stages.apply_stack(ground, FOUNDATION, tfvars.render_foundation(target.environment))
    foundation = ground.outputs(FOUNDATION)
    images = _copy_images(origin, ground, pins, foundation["repositories"])
    _copy_models(origin, ground, pins, foundation["model_bucket"]["name"])
    candidate = Candidate(
        environment=target.environment,
        images=images,
        releases=releases(
            ground.aws,
            ground.job.environment,
            images=images,
            models=pins.models,
            repositories=foundation["repositories"],
        ),
        jobs=jobs.releases(target.environment, images, foundation["repositories"]),
        model_bucket=foundation["model_bucket"],
        done=done,
        promoted_from=_origin_of(origin.job, release),
    )
    return rollback.recovering(ground, lambda: stages.roll_out(ground, candidate, started=started))


def _refuse_strangers(source: Job, target: Job) -> None:
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


def _copy_images(
    origin: Ground, ground: Ground, pins: Pins, repositories: Mapping[str, Any]
) -> dict[str, Image]:
    copied = {}
    for name, reference in pins.images.items():
        with ground.job.console.step(f"Copy the image of {name}") as step:
            copied[name] = image.copy(
                image.Side(origin.aws, origin.registry),
                image.Side(ground.aws, ground.registry),
                reference=reference,
                repository_url=repositories[name]["url"] if name in repositories else None,
                progress=step.progress,
            )
            step.result(copied[name].remark)
    return copied


def _copy_models(origin: Ground, ground: Ground, pins: Pins, bucket: str) -> None:
    for name, version in pins.models.items():
        with ground.job.console.step(f"Copy the model of {name}") as step:
            model.copy(
                origin.aws,
                ground.aws,
                source_bucket=origin.job.environment.model_bucket,
                bucket=bucket,
                version=version,
                progress=step.progress,
            )
            declared = ground.job.environment.services[name].model
            if declared and declared.follow:
                model.repoint(ground.aws, bucket=bucket, name=version.name, version=version.version)
            step.result(version.label)


def _origin_of(source: Job, release: Release) -> str:
    return f"{source.environment.name} release {release.number}"
