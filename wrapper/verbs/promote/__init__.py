"""Promote: deploy in one environment what another one has verified, without a new build.

First a release of the source is chosen: verified, and the last one applied. Its images and models are pinned
in the target. The target's delivery copies images by digest and models by sha256. The target's release names
the source's.
"""

from dataclasses import replace
from functools import partial

from wrapper import image, model
from wrapper.delivery.applied import Applied
from wrapper.delivery.attested import bring_along
from wrapper.delivery.contents import assembled
from wrapper.delivery.deliver import deliver
from wrapper.delivery.roll_out import Candidate
from wrapper.delivery.rules import refuse_what_aws_would
from wrapper.delivery.site import Command, Site, enter, require
from wrapper.errors import ConfigError
from wrapper.image import Image
from wrapper.releases import Release
from wrapper.terraform.outputs import Foundation
from wrapper.verbs.promote.choice import chosen
from wrapper.verbs.promote.pins import Pins, pins_of


def promote(source: Command, target: Command, *, number: int | None) -> Applied:
    """Roll out in the target what a release of the source runs; the verdict may be bad, see `Applied.ok`."""
    _require_same_target(source, target)
    refuse_what_aws_would(target)
    origin = require(source)
    with target.console.step(f"Choose the release of {source.environment.name}") as step:
        release = chosen(origin, number)
        step.result(f"release {release.number} of {release.at}")
    pins = pins_of(release, source.environment, target.environment)
    site = enter(replace(target, environment=pins.environment))
    return deliver(site, partial(_copied, origin=origin, release=release, pins=pins), operation="promote")


def _copied(site: Site, *, origin: Site, release: Release, pins: Pins) -> Candidate:
    foundation = site.require_foundation()
    images = _copy_images(origin, site, pins, foundation)
    _copy_models(origin, site, pins, foundation.model_bucket.name)
    return Candidate(
        environment=site.command.environment,
        contents=assembled(site, foundation, images=images, models=pins.models),
        promoted_from=f"{origin.command.environment.name} release {release.number}",
    )


def _require_same_target(source: Command, target: Command) -> None:
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


def _copy_images(origin: Site, site: Site, pins: Pins, foundation: Foundation) -> dict[str, Image]:
    copied = {}
    for name, reference in pins.images.items():
        with site.command.console.step(f"Copy the image of {name}") as step:
            copied[name] = image.copy(
                image.Side(origin.aws, origin.registry),
                image.Side(site.aws, site.registry),
                reference=reference,
                repository_url=foundation.url_of(name) or None,
                progress=step.progress,
            )
            if copied[name].kind == "copied":
                bring_along(origin, site, copied[name])
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
