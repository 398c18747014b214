"""Ask for a share of the users that there really are, beside the declared requests."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import httpx

from wrapper.aws.client import Aws, explained
from wrapper.environment import Canary, Service, is_remote, resolve
from wrapper.environment.release import ServiceRelease
from wrapper.errors import ConfigError
from wrapper.smoke.patience import Patience
from wrapper.smoke.question import canary_questions
from wrapper.smoke.tally import ENOUGH, Tally
from wrapper.smoke.verdict import Check

# How ratings files call the column in their first line.
_HEADERS = frozenset({"uid", "user", "user_id", "userid"})


def chosen(aws: Aws, canary: Canary | None, *, root: Path, release: ServiceRelease) -> Sequence[str]:
    """Return `share` percent of the users, at least one, the same ones for the same image and model.

    None without a canary. Raises ConfigError for a file that names nobody or can't be read.
    """
    if canary is None:
        return ()
    users = sorted(dict.fromkeys(_users(_lines(aws, canary.uids, root))))
    if not users:
        raise _unusable(f"name at least 1 user, got none in {canary.uids}")
    count = max(1, round(len(users) * canary.share / 100))
    return sorted(Random(f"{release.image} {release.model}").sample(users, count))


def tallies(
    client: httpx.Client,
    service: Service,
    release: ServiceRelease,
    uids: Sequence[str],
    patience: Patience,
) -> Iterator[Tally]:
    """Ask for each user once, until so many answers are bad that the rest would tell nothing new."""
    bad = 0
    for question in canary_questions(service.smoke.canary, uids, release) if service.smoke.canary else ():
        tally = Tally(question=question, is_canary=True)
        tally.add(*patience.ask(client, question))
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


def _users(lines: Iterable[str]) -> Iterator[str]:
    for row in csv.reader(lines, delimiter=","):
        # MovieLens separates by tabs or `::` where it doesn't by commas.
        uid = row[0].split("\t")[0].split("::")[0].strip() if row else ""
        if uid and uid.lower() not in _HEADERS:
            yield uid


def _lines(aws: Aws, source: str, root: Path) -> Iterable[str]:
    if is_remote(source):
        parts = urlsplit(source)
        with explained():
            body = aws.s3_of_others.get_object(Bucket=parts.netloc, Key=parts.path.lstrip("/"))["Body"].read()
        return str(body, "utf-8", "replace").splitlines()
    try:
        return resolve(source, root=root).read_text("utf-8", "replace").splitlines()
    except OSError as error:
        raise _unusable(f"be a readable file, got {source}: {error.strerror}") from None


def _unusable(rule: str) -> ConfigError:
    return ConfigError("smoke", [f"smoke.canary.uids must {rule}."])
