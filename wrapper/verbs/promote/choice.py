"""Which release of the source is promoted: a verified one, by default the one that runs."""

from wrapper import releases
from wrapper.delivery.site import Site
from wrapper.errors import PreconditionError
from wrapper.releases import Release
from wrapper.smoke import was_asked


def chosen(origin: Site, number: int | None) -> Release:
    """Return the requested release; by default the newest one, if it was also applied last.

    Raises PreconditionError if there is none, or if the last apply was not good; ConfigError for an unknown
    number.
    """
    release = _numbered(origin, number) if number is not None else _running(origin)
    silent = [name for name, each in release.services.items() if not was_asked(each.verdict)]
    if silent:
        raise PreconditionError(
            f"release {release.number} of {origin.command.environment.name} must be verified to be promoted: "
            f"no task of {', '.join(silent)} ran during its smoke test.",
            fix=f"apply {origin.command.environment.name} again while its tasks run",
        )
    return release


def _numbered(origin: Site, number: int) -> Release:
    environment = origin.command.environment
    return releases.choose(
        origin.aws,
        bucket=environment.state_bucket,
        environment=environment.name,
        number=number,
        declared={},
        tell=origin.command.console.warn,
    )


def _running(origin: Site) -> Release:
    environment = origin.command.environment
    newest = releases.newest(origin.aws, bucket=environment.state_bucket, tell=origin.command.console.warn)
    if newest is None:
        raise PreconditionError(
            f"{environment.name} must have a verified release to be promoted, got none.",
            fix=f"every good apply records one: python -m wrapper apply {environment.called}",
        )
    app = origin.app()
    if app is None or app.task_definitions != newest.task_definitions:
        raise PreconditionError(
            f"{environment.name} must run a verified release to be promoted: "
            f"what was applied after release {newest.number} is none.",
            fix=f"apply or roll back {environment.name} first, or promote that one with "
            f"--release {newest.number}",
        )
    return newest
