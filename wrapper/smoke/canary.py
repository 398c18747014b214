"""Ask for a share of the users that there really are, beside the declared requests."""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import httpx

from wrapper.aws.client import Aws, explained
from wrapper.environment import RECOGNISED, Canary, Columns, Service, is_remote, resolve
from wrapper.environment.release import ServiceRelease
from wrapper.errors import ArtifactError, ConfigError
from wrapper.model.training import listed_users
from wrapper.smoke.question import canary_questions
from wrapper.smoke.retry import RetryBudget
from wrapper.smoke.tally import ENOUGH, Tally
from wrapper.smoke.verdict import Check


def chosen(
    aws: Aws, canary: Canary | None, *, root: Path, release: ServiceRelease, columns: Columns = RECOGNISED
) -> Sequence[str]:
    """Return `share` percent of the users, at least one, the same ones for the same image and model.

    The file is read as the trainer reads it, `columns` included. None without a canary. Raises ConfigError
    for a file that names nobody or can't be read.
    """
    if canary is None:
        return ()
    users = sorted(_users(aws, canary.uids, root, columns))
    if not users:
        raise _unusable(f"name at least 1 user, got none in {canary.uids}")
    count = max(1, round(len(users) * canary.share / 100))
    return sorted(Random(f"{release.image} {release.model}").sample(users, count))


def tallies(
    client: httpx.Client,
    service: Service,
    release: ServiceRelease,
    uids: Sequence[str],
    retries: RetryBudget,
) -> Iterator[Tally]:
    """Ask for each user once, until so many answers are bad that the rest would tell nothing new."""
    bad = 0
    for question in canary_questions(service.smoke.canary, uids, release) if service.smoke.canary else ():
        tally = Tally(question=question, is_canary=True)
        tally.add(*retries.ask(client, question))
        bad += bool(tally.problems)
        yield tally
        if bad >= ENOUGH:
            return


def checks(service: Service, asked: Sequence[Tally]) -> Iterator[Check]:
    if service.smoke.canary and asked:
        bad = [tally for tally in asked if tally.problems]
        words = f"{len(asked) - len(bad)} of {len(asked)} users good"
        if bad:
            words += f"; {len(bad)} not, first: {bad[0].question.name}: {bad[0].problems[0]}"
        yield Check(name=f"canary {service.smoke.canary.path}", ok=not bad, detail=words)


def _users(aws: Aws, uids: str, root: Path, columns: Columns) -> Sequence[str]:
    if not is_remote(uids):
        return _read(resolve(uids, root=root), uids, columns)
    parts = urlsplit(uids)
    with tempfile.TemporaryDirectory(prefix="users-") as folder:
        copy = Path(folder) / Path(parts.path).name
        with explained():
            aws.s3_of_others.download_file(parts.netloc, parts.path.lstrip("/"), str(copy))
        return _read(copy, uids, columns)


def _read(path: Path, called: str, columns: Columns) -> Sequence[str]:
    try:
        path.open("rb").close()
        return listed_users(path, called=called, columns=columns)
    except OSError as error:
        raise _unusable(f"be a readable file, got {called}: {error.strerror}") from error
    except ArtifactError as error:
        raise ConfigError("smoke", [f"smoke.canary.uids must list users: {error}"]) from error


def _unusable(rule: str) -> ConfigError:
    return ConfigError("smoke", [f"smoke.canary.uids must {rule}."])
