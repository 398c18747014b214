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
from wrapper.ecs.services import release_of
from wrapper.environment import is_remote
from wrapper.environment.block import found
from wrapper.environment.release import ModelVersion, ServiceRelease
from wrapper.errors import ArtifactError, ConfigError, PreconditionError
from wrapper.model import store
from wrapper.model.diff import Comparison, compare
from wrapper.model.diff.live import Live

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


def live_diff(command: Command, *, service: str | None = None) -> Live:
    """Ask a version that gets no requests and the one that gets them all the same, and compare.

    `service` may be left out if one alone has such a version. Raises PreconditionError if it has none,
    ConfigError if its smoke test asks for nothing that can be compared.
    """
    site = require(command)
    stands = waiting(standing.standings(site, command.environment), service)
    return asked(site, stands, release_of(site.aws, stands.revision(stands.good)))


def waiting(found: Mapping[str, Standing], service: str | None) -> Standing:
    """Return where the service stands that is meant. Raises PreconditionError for one that can't be."""
    there = [name for name, stands in found.items() if stands.waiting]
    meant = [service] if service else there
    if len(meant) != 1 or meant[0] not in there:
        known = ", ".join(there) or "there is none"
        raise PreconditionError(
            f"--service must name a service with a version that gets no requests ({known}), "
            f"got {service or 'none'}."
        )
    return found[meant[0]]


def asked(site: Site, stands: Standing, release: ServiceRelease) -> Live:
    """Ask both versions of a service, of which `release` is the one that gets the requests."""
    command = site.command
    service, bucket = command.environment.services[stands.name], command.environment.model_bucket
    live = live_answers.compared(
        site,
        stands.name,
        service,
        *live_answers.ways(site, stands.output),
        material=smoke.gather(site.aws, service, root=command.root, bucket=bucket, release=release),
        version=release.model,
    )
    if live is None:
        rule = "hold a request with recommendations, expect or compare for this"
        path = f"services.{stands.name}.smoke"
        raise ConfigError(f"model diff {command.environment.name}", [f"{path} must {rule}, got none."])
    return live


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
