"""What `list` shows: the environments of the files, their previews, and which of them exist."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from wrapper.aws.client import Aws, explained
from wrapper.delivery.site import APP, PREVIEW_OF
from wrapper.environment import Environment
from wrapper.sandbox import discovery
from wrapper.terraform import state
from wrapper.terraform.outputs import App, read_as

HEADINGS = ("ENVIRONMENT", "FILE", "TARGET", "SINCE", "URL")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One environment; `since` is when its sandbox started or its state was created.

    Both are None if it does not exist. `url` is None before the first apply has finished.
    """

    name: str
    file: str
    target: str
    since: str | None = None
    url: str | None = None

    def row(self) -> tuple[str, ...]:
        return (self.name, f"{self.file}.yaml", self.target, self.since or "not there", self.url or "-")

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def of_sandbox(environment: Environment, *, root: Path) -> Sequence[Entry]:
    """List the file's environment and its previews by the sandboxes of the clone that run."""
    name = environment.name
    there = {
        each.environment: Entry(
            name=each.environment,
            file=name,
            target="sandbox",
            since=each.started_at.isoformat(timespec="seconds"),
            url=each.alb_url,
        )
        for each in discovery.running(root)
        if name in (each.environment, each.file)
    }
    return _own_first(name, "sandbox", there)


def of_aws(environment: Environment, aws: Aws) -> Sequence[Entry]:
    """List the file's environment and its previews by the buckets of their states.

    Raises PreconditionError.
    """
    with explained():
        return _own_first(environment.name, "aws", dict(_with_state(environment, aws)))


def _own_first(name: str, target: str, there: Mapping[str, Entry]) -> Sequence[Entry]:
    own = there.get(name, Entry(name=name, file=name, target=target))
    return [own, *(entry for other, entry in sorted(there.items()) if other != name)]


def _with_state(environment: Environment, aws: Aws) -> Iterator[tuple[str, Entry]]:
    beginning = f"{environment.project}-"
    ending = environment.state_bucket.removeprefix(environment.prefix)
    for bucket in aws.s3.list_buckets()["Buckets"]:
        key = bucket["Name"]
        name = key.removeprefix(beginning).removesuffix(ending)
        if key != f"{beginning}{name}{ending}":
            continue
        if name == environment.name or _preview_of(aws, key) == environment.name:
            app = read_as(App, state.outputs(aws, key, f"{APP}.tfstate"))
            yield (
                name,
                Entry(
                    name=name,
                    file=environment.name,
                    target="aws",
                    since=bucket["CreationDate"].isoformat(timespec="seconds"),
                    url=app.url if app else None,
                ),
            )


def _preview_of(aws: Aws, bucket: str) -> str | None:
    """Return the environment to whose previews the bucket belongs, by its tags."""
    from botocore.exceptions import ClientError

    try:
        tags = aws.s3.get_bucket_tagging(Bucket=bucket)["TagSet"]
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchTagSet", "NoSuchBucket"):
            return None
        raise
    return {each["Key"]: each["Value"] for each in tags}.get(PREVIEW_OF)
