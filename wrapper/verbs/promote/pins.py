"""The images and models of a release, for the same services of another environment."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from wrapper import image
from wrapper.delivery.sources import sources
from wrapper.environment import Environment, Image, Model
from wrapper.environment.release import ModelVersion
from wrapper.errors import ConfigError
from wrapper.releases import Release


@dataclass(frozen=True, kw_only=True)
class Pins:
    """`images` are the release's references by service and job, `models` by service.

    `environment` is the target's, with these models.
    """

    environment: Environment
    images: Mapping[str, str]
    models: Mapping[str, ModelVersion]


def pins_of(release: Release, source: Environment, target: Environment) -> Pins:
    """Pin the target's services to what the release ran; raise ConfigError for all that does not fit."""
    references = {name: each.image for name, each in release.services.items()} | dict(release.jobs)
    wanted = sources(target)
    problems = [*_absent(release, source, target, references), *_homeless(target, references)]
    if problems:
        raise ConfigError(f"promote {source.name} {target.name}", problems)
    models = {name: release.services[name].model for name in target.services if release.services[name].model}
    pinned = {name: version for name, version in models.items() if version}
    return Pins(
        environment=_pinned(target, references, pinned, bucket=source.model_bucket),
        images={name: references[name] for name in wanted},
        models=pinned,
    )


def _absent(
    release: Release, source: Environment, target: Environment, references: Mapping[str, str]
) -> Iterator[str]:
    for name in dict.fromkeys([*sources(target), *target.services]):
        if name not in references:
            known = ", ".join(references)
            rule = f"be in release {release.number} of {source.name} as well"
            yield f"{target.path_of(name)} must {rule}, got {known}."


def _homeless(target: Environment, references: Mapping[str, str]) -> Iterator[str]:
    """Refuse an image from a repository of the source if the target has none for it."""
    for name, wanted in sources(target).items():
        reference = references.get(name)
        if reference and image.place_of(reference) and not wanted.built and wanted.reference != reference:
            yield (
                f"{target.path_of(name)}.image must have a context, by which its repository is made, "
                f"got reference {wanted.reference}."
            )


def _pinned(
    target: Environment, references: Mapping[str, str], models: Mapping[str, ModelVersion], *, bucket: str
) -> Environment:
    """Set each service to what it will get, so that checks and smoke test expect that."""
    services = {}
    for name, service in target.services.items():
        given = service.image if service.image.built else Image(reference=references[name])
        model = _declared(models.get(name), service.model, bucket)
        services[name] = service.model_copy(update={"image": given, "model": model})
    return target.model_copy(update={"services": services})


def _declared(version: ModelVersion | None, declared: Model | None, bucket: str) -> Model | None:
    if version is None:
        return None
    source = f"s3://{bucket}/models/{version.label}"
    pinned = Model(name=version.name, version=version.version, source=source)
    if declared is None:
        return pinned
    # The target decides where it has files, how ratings are read, and whether it follows.
    own = {key: getattr(declared, key) for key in ("columns", "follow", "mount")}
    return pinned.model_copy(update=own)
