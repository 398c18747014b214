"""Which release to go back to."""

from collections.abc import Mapping, Sequence
from typing import Any

from wrapper.aws.client import Aws
from wrapper.errors import ConfigError, PreconditionError
from wrapper.releases.record import Release
from wrapper.releases.store import Tell, find, numbers, releases


def choose(
    aws: Aws, *, bucket: str, environment: str, number: int | None, declared: Mapping[str, str], tell: Tell
) -> Release:
    """Return the release asked for; by default the newest good one that is not what was applied last.

    `declared` are the task definitions of the last apply, good or not, by service. Those that can't be
    read are left out, unless one is requested, and reported to `tell`. Raises PreconditionError
    without any release to go back to, ConfigError for a number that there isn't.
    """
    there = numbers(aws, bucket=bucket)
    if not there:
        raise _nothing(environment)
    if number is None:
        return _before(aws, bucket, environment, declared, tell)
    return _numbered(aws, bucket, number, there, f"rollback {environment}")


def numbered(aws: Aws, *, bucket: str, number: int, command: str) -> Release:
    """Return the release of this number; raise ConfigError, for the command, if there isn't one."""
    return _numbered(aws, bucket, number, numbers(aws, bucket=bucket), command)


def _numbered(aws: Aws, bucket: str, number: int, there: Sequence[int], command: str) -> Release:
    if number not in there:
        raise ConfigError(command, [_unknown(number, there)])
    return find(aws, bucket=bucket, number=number)


def _before(aws: Aws, bucket: str, environment: str, declared: Mapping[str, str], tell: Tell) -> Release:
    found = releases(aws, bucket=bucket, tell=tell)
    newest = next(found, None)
    if newest is None:
        raise _nothing(environment)
    if newest.task_definitions != declared:
        return newest  # what was applied after it has never been good
    for release in found:
        if _contents(release) != _contents(newest):
            return release
    raise PreconditionError(
        f"{environment} must have a release before {newest.number} that differs from it, and it has none.",
        fix=f"see python -m wrapper releases {environment}",
    )


def _nothing(environment: str) -> PreconditionError:
    return PreconditionError(
        f"{environment} must have a release to go back to, and it has none.",
        fix=f"every good apply makes one: python -m wrapper apply {environment}",
    )


def _contents(release: Release) -> dict[str, tuple[Any, ...]]:
    """Return what a rollback would bring back; a new revision of the same content makes no difference."""
    return {name: (each.image, each.model, each.versioned) for name, each in release.services.items()}


def _unknown(number: int, there: Sequence[int]) -> str:
    if not there:
        return f"RELEASE must be one that exists, got {number}, and there is none."
    nearest = min(there, key=lambda each: (abs(each - number), -each))
    span = f"{there[0]} to {there[-1]}" if len(there) > 1 else f"only {there[0]}"
    rule = f"RELEASE must be one that exists ({span})"
    return f"{rule}, got {number}; the nearest is {nearest}."
