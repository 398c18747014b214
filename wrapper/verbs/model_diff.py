"""How the answers of two models differ: published, of releases, in a folder, or of two versions that run."""

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from wrapper import releases, smoke
from wrapper.console import Console, Step
from wrapper.delivery import live_answers, standing
from wrapper.delivery.answers import fetch
from wrapper.delivery.site import Command, Site, require
from wrapper.delivery.standing import Standing
from wrapper.delivery.variants import headers_of
from wrapper.ecs.services import release_of
from wrapper.environment import Environment, is_remote
from wrapper.environment.block import found
from wrapper.environment.lookup import service_of
from wrapper.environment.release import ModelVersion, ServiceRelease
from wrapper.errors import ArtifactError, ConfigError, PreconditionError
from wrapper.model import store
from wrapper.model.diff import Comparison, compare
from wrapper.model.diff.live import Live
from wrapper.smoke import Way

_RULE = "be NAME/VERSION, the number of a release, a folder that exists or s3://BUCKET/PREFIX"
_NAMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*|[0-9]+|s3://.+")


def model_diff(command: Command, old: str, new: str, *, service: str | None = None) -> Comparison:
    """Compare two models; `service` chooses the service if several have a model in a release.

    A folder has precedence over a published model of the same name, and for two folders no environment has to
    run. Raises ConfigError for what names no model, ArtifactError for a model that cannot be compared.
    """
    given = {"OLD": old, "NEW": new}
    named = {what: each for what, each in given.items() if not _is_folder(each)}
    if wrong := [
        f"{what} must {_RULE}, got {each}." for what, each in named.items() if not _NAMED.fullmatch(each)
    ]:
        raise ConfigError(f"model diff {command.environment.name}", wrong)
    site = require(command) if named else None
    return compared(command.console, site, old, new, service=service)


def live_diff(
    command: Command, old: str | None = None, new: str | None = None, *, service: str | None = None
) -> Live:
    """Ask a service and its variant, or two variants, the same, and compare: by default two versions.

    Without names it is a new version that does not get all requests yet, and the old one, of a `service` that
    may be left out if one alone has such a version. Raises PreconditionError if there is none, ConfigError
    for names of others, and if the smoke test asks for nothing that can be compared.
    """
    if old and new:
        refuse_strangers(command.environment, old, new)
    site = require(command)
    if old and new:
        (revision, before), (_, after) = (_deployed(site, name) for name in (old, new))
        return asked(site, old, (before, after), release_of(site.aws, revision))
    stands = entering(standing.standings(site, command.environment), service)
    return asked(site, stands.name, ways_of(site, stands), release_of(site.aws, stands.revision(stands.good)))


def refuse_strangers(environment: Environment, old: str, new: str) -> None:
    """Raise ConfigError for names that do not answer at the same route."""
    command = "model diff"
    for name in (old, new):
        service_of(environment, name, command=command)
    services = {name: service for name, (service, _) in environment.variants.items()}
    if services.get(old, old) != services.get(new, new) or old == new:
        rule = "OLD and NEW must be a service and a variant of it, or two of its variants"
        raise ConfigError(f"{command} {environment.name}", [f"{rule}, got {old} and {new}."])


def entering(found: Mapping[str, Standing], service: str | None) -> Standing:
    """Return where the service stands that is meant. Raises PreconditionError for one that can't be."""
    there = [name for name, stands in found.items() if stands.entering]
    meant = [service] if service else there
    if len(meant) != 1 or meant[0] not in there:
        known = ", ".join(there) or "there is none"
        rule = f"name a service with a new version beside the old one ({known})"
        why = [f"{name}: {_why_not(stands)}." for name, stands in found.items() if name not in there]
        raise PreconditionError(
            "\n  ".join([f"--service must {rule}, got {service or 'none'}.", *why]),
            fix="with rollout.strategy blue_green or canary, ask from the smoke test until the new version "
            "gets all requests",
        )
    return found[meant[0]]


def ways_of(site: Site, stands: Standing) -> tuple[Way, Way]:
    """Return the ways to the old version and to the new one; warn if the first leads to both."""
    if stands.share:
        mixed = f"the new version answers {stands.share} % of the requests for the old one"
        site.command.console.warn(f"{stands.name}: {mixed}: they differ by more than is shown.")
    return live_answers.ways(site, stands.output)


def _why_not(stands: Standing) -> str:
    if stands.other is None:
        return "one version runs"
    if stands.other == stands.output.newest:
        return f"{stands.other} gets all requests, and no header leads to {stands.good}"
    return f"{stands.other} has an old version, and no header leads to it"


def asked(site: Site, name: str, ways: tuple[Way, Way], release: ServiceRelease) -> Live:
    """Ask what the smoke test of a service asks on both ways, of which the first leads to the release."""
    command = site.command
    service, bucket = command.environment.services[name], command.environment.model_bucket
    live = live_answers.compared(
        site,
        name,
        service,
        *ways,
        material=smoke.gather(site.aws, service, root=command.root, bucket=bucket, release=release),
        version=release.model,
    )
    if live is None:
        rule = "hold a request with recommendations, expect or compare for this"
        path = f"{command.environment.path_of(name)}.smoke"
        raise ConfigError(f"model diff {command.environment.name}", [f"{path} must {rule}, got none."])
    return live


def _deployed(site: Site, name: str) -> tuple[str, Way]:
    """Return what a service or a variant runs, and the way to it alone. Raises PreconditionError."""
    environment, found = site.command.environment, site.require_app().services.get(name)
    if found is None:
        raise PreconditionError(
            f"{name} must be deployed for this, and it is not.",
            fix=f"python -m wrapper apply {environment.called}",
        )
    headers = headers_of(environment, name, found) or {}
    return found.task_definition_arn, Way(url=site.public_url(found.url), headers=headers)


def compared(console: Console, site: Site | None, old: str, new: str, *, service: str | None) -> Comparison:
    """Fetch what is not on this machine from the site, which is None for two folders, and compare."""
    with (
        console.step("Compare the models") as step,
        tempfile.TemporaryDirectory(prefix="answers-") as work,
    ):
        folders = [
            Path(each).expanduser()
            if site is None or _is_folder(each)
            else _fetched(site, each, service, Path(work), step)
            for each in (old, new)
        ]
        comparison = compare(*folders)
        step.result(f"{comparison.users.both:,} users in both")
    return comparison


def _is_folder(given: str) -> bool:
    return not is_remote(given) and found(Path(given).expanduser().is_dir)


def _fetched(site: Site, given: str, service: str | None, work: Path, step: Step) -> Path:
    if is_remote(given):
        return fetch(site.aws, given, work, step)
    bucket = site.command.environment.model_bucket
    label = _of_release(site, int(given), service).label if given.isdecimal() else given
    name, _, version = label.partition("/")
    if store.find(site.aws, bucket=bucket, name=name, version=version) is None:
        if known := ", ".join(each.label for each in store.versions(site.aws, bucket=bucket, name=name)):
            raise ArtifactError(f"{label} is missing from s3://{bucket}; there are: {known}.")
        others = ", ".join(store.names(site.aws, bucket=bucket)) or "none"
        raise ArtifactError(f"{label} is missing from s3://{bucket}; the models there are: {others}.")
    return fetch(site.aws, f"s3://{bucket}/{store.prefix_of(name, version)}", work, step)


def _of_release(site: Site, number: int, service: str | None) -> ModelVersion:
    environment = site.command.environment
    command = f"model diff {environment.name}"
    release = releases.numbered(site.aws, bucket=environment.state_bucket, number=number, command=command)
    models = {name: each.model for name, each in release.services.items() if each.model}
    if service is None and len(models) == 1:
        return next(iter(models.values()))
    if service in models:
        return models[service]
    rule = f"name a service with a model in release {number} ({', '.join(models) or 'there is none'})"
    raise ConfigError(command, [f"--service must {rule}, got {service or 'none'}."])
