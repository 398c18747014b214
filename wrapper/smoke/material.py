"""What questions are made of beside the environment file: users of the model, files to upload."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from wrapper import model
from wrapper.aws.client import Aws
from wrapper.environment import Service, resolve
from wrapper.environment.release import ServiceRelease
from wrapper.environment.verification import NOBODY, USER
from wrapper.errors import ConfigError
from wrapper.smoke.canary import chosen
from wrapper.smoke.question import Material


def gather(aws: Aws, service: Service, *, root: Path, bucket: str, release: ServiceRelease) -> Material:
    """Read all that the service's smoke test needs; `bucket` is the models'.

    Raises ConfigError for a file that can't be read, and for a user of a model that knows none.
    """
    return Material(
        uids=chosen(aws, service.smoke.canary, root=root, release=release, columns=service.columns),
        people=dict(_people(aws, service, bucket, release)),
        files=dict(_files(service, root)),
    )


def _people(aws: Aws, service: Service, bucket: str, release: ServiceRelease) -> Iterator[tuple[str, str]]:
    for number, request in enumerate(service.smoke.requests):
        asked = [each for each in (USER, NOBODY) if each in request.path]
        if not asked:
            continue
        user = model.a_user(aws, bucket=bucket, version=release.model) if release.model else None
        if user is None or release.model is None:
            got = release.model.label if release.model else "no model"
            rule = f"name a user where the service has no recommender's model, got {request.path} with {got}"
            raise ConfigError("smoke", [f"smoke.requests.{number}.path must {rule}."])
        yield USER, user
        # Nobody is called like the hash of the model that they would have to be in.
        yield NOBODY, f"nobody-{hashlib.sha256(release.model.sha256.encode()).hexdigest()[:16]}"
        return


def _files(service: Service, root: Path) -> Iterator[tuple[str, bytes]]:
    for number, request in enumerate(service.smoke.requests):
        for name, path in request.files.items():
            try:
                yield path, resolve(path, root=root).read_bytes()
            except OSError as error:
                rule = f"be a readable file, got {path}: {error.strerror}"
                raise ConfigError("smoke", [f"smoke.requests.{number}.files.{name} must {rule}."]) from None
