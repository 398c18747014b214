"""Damage or delete each kind of object in the state bucket: the error names it, and its fix works."""

from collections.abc import Iterator, Mapping
from functools import partial

from benchmarks.faults.stage import Row, Stage, variables
from wrapper.terraform.lock_timeout import LOCK_VARIABLE

DAMAGES: Mapping[str, bytes | None] = {"null": b"null", "empty": b"", "cut": b'{"a": [1, ', "missing": None}
# Each kind with its key and with the command that reads it.
KINDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "release": ("releases/000001.json", ("releases", "dev")),
    "pause": ("paused/recommender.json", ("scale", "dev", "recommender", "2")),
    "lock": ("environment.tflock", ("apply", "dev")),
    "app's lock": ("app.tfstate.tflock", ("apply", "dev")),
    "foundation's lock": ("foundation.tfstate.tflock", ("apply", "dev")),
    "foundation's state": ("foundation.tfstate", ("plan", "dev")),
    "app's state": ("app.tfstate", ("plan", "dev")),
}


def objects(stage: Stage, *, done: frozenset[str]) -> Iterator[Row]:
    for kind, (key, words) in KINDS.items():
        for damage, content in DAMAGES.items():
            name = f"{kind} {damage}"
            if name not in done and not (
                content is None and kind in ("pause", "lock", "app's lock", "foundation's lock")
            ):
                yield stage.row(name, partial(_damage, stage, key, words, content))


def _damage(stage: Stage, key: str, words: tuple[str, ...], content: bytes | None) -> Iterator[str]:
    s3 = stage.aws().s3
    stands = key.startswith("releases/") or key.endswith(".tfstate")
    was = s3.get_object(Bucket=stage.bucket, Key=key)["Body"].read() if stands else None
    if content is None:
        s3.delete_object(Bucket=stage.bucket, Key=key)
    else:
        s3.put_object(Bucket=stage.bucket, Key=key, Body=content)
    ended = stage.run(*words, env=variables(**{LOCK_VARIABLE: "1"}))
    named = key in ended.err or content is None or "lock" in key
    if not named:
        yield f"{ended} does not name {key}: {ended.err[-300:]}"
    mended = stage.mend(ended, *words)
    if mended.code != 0:
        yield f"{mended} after what each error said: {mended.err[-300:]}"
    if was is not None and (content is None or "state" not in key):
        s3.put_object(Bucket=stage.bucket, Key=key, Body=was)  # for the next row
    yield from stage.problems()
