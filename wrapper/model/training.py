"""The trainer as a process of its own: which version it would produce, and how it ends."""

import hashlib
import os
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from wrapper.aws.client import Aws, code_of, explained
from wrapper.environment import RECOGNISED, Columns, is_remote, resolve
from wrapper.errors import ArtifactError
from wrapper.model.store import split_uri
from wrapper.terraform import process

# Where the trainer finds titles beside the ratings.
TITLES = ("movies.csv", "movies.csv.gz", "u.item", "movies.dat")
SOURCES = ("service/train/*.py", "service/artifact*.py")
LIBRARIES = ("implicit", "numpy", "scipy")
# The trainer's messages name its own options, which a user of the wrapper does not have.
KEYS = ("--keys", "model.columns")
_LAST_LINES = 10
_CLONE = Path(__file__).parents[2]


def derived_version(
    aws: Aws | None, *, ratings: str | None, root: Path, columns: Columns = RECOGNISED
) -> str:
    """Return 12 hex digits that change with the ratings, the titles or the trainer.

    The same input gives the same version. The trainer's part are its sources and the libraries with which it
    computes. For ratings in S3 their ETag and size count, so that a plan does not download them.
    """
    digest = hashlib.sha256()
    read = [("columns", word) for word in column_words(columns)]
    for name, content in (*_data(aws, ratings, root), *read, *_sources(root), *_libraries()):
        digest.update(f"{name}\0{content}\0".encode())
    return digest.hexdigest()[:12]


def train_command(
    *, ratings: str | None, out: Path, name: str, version: str, columns: Columns = RECOGNISED
) -> list[str]:
    data = ["--ratings", ratings] if ratings else ["--sample"]
    words = ["-m", "service.train", *data, "--out", str(out), "--name", name, "--version", version]
    return [sys.executable, *words, *(column_words(columns) if ratings else ()), *KEYS]


def column_words(columns: Columns) -> list[str]:
    """Return the trainer's options for reading the ratings."""
    told = columns.model_dump(exclude_none=True)
    header = told.pop("header", None)
    encoding = told.pop("encoding", None)
    words = [word for what, value in told.items() for word in (f"--{what}-column", value)]
    if header is not None:
        words.append("--header" if header else "--no-header")
    return [*words, "--encoding", encoding] if encoding else words


def train(
    aws: Aws,
    *,
    ratings: str | None,
    out: Path,
    name: str,
    version: str,
    root: Path,
    progress: Callable[[str], None],
    columns: Columns = RECOGNISED,
) -> None:
    """Train into the folder `out`. Raises ArtifactError with the trainer's own `<file>:<line>: <reason>`."""
    source = ratings if ratings is None or is_remote(ratings) else str(resolve(ratings, root=root))
    command = train_command(ratings=source, out=out, name=name, version=version, columns=columns)
    done = process.run(
        command,
        folder=root,
        environment=aws.child_environment(),
        on_line=lambda line: progress(line.strip()),
        merged=True,
    )
    if done.code:
        raise _failure(done.code, done.stdout.splitlines()[-_LAST_LINES:], f"{name}/{version}")


def listed_users(path: Path, *, called: str, columns: Columns) -> list[str]:
    """Return the users of a file, read by the trainer. Raises ArtifactError with its reason."""
    words = [
        sys.executable,
        "-m",
        "service.train.users",
        str(path),
        "--called",
        called,
        *column_words(columns),
    ]
    done = process.run([*words, *KEYS], folder=_CLONE, environment=os.environ)
    if done.code:
        raise ArtifactError(done.stderr.strip())
    return done.stdout.splitlines()


def _failure(code: int, last: list[str], label: str) -> ArtifactError:
    """Return the error of a failed trainer: exit code 1 is bad data, reported in its last line.

    For any other code all output is shown.
    """
    if code == 1 and last:
        fix = None if KEYS[1] in last[-1] else "correct the ratings file"  # or it says what to set
        return ArtifactError(f"model {label} cannot be trained: {last[-1]}", fix=fix)
    return ArtifactError("\n  ".join([f"training model {label} failed with exit code {code}", *last]))


def _data(aws: Aws | None, ratings: str | None, root: Path) -> Iterator[tuple[str, str]]:
    if ratings is None:
        yield "ratings", "sample"
    elif is_remote(ratings):
        yield from _remote_data(aws, ratings)
    else:
        path = resolve(ratings, root=root)
        if not path.is_file():
            raise ArtifactError(f"model.ratings must be a file, got {ratings!r} (tried {path}).")
        yield path.name, _sha256(path)  # the manifest names the file
        yield from (
            (title, _sha256(path.with_name(title))) for title in TITLES if path.with_name(title).is_file()
        )


def _remote_data(aws: Aws | None, ratings: str) -> Iterator[tuple[str, str]]:
    bucket, key = split_uri(ratings)
    folder = key.rpartition("/")[0]
    if aws is None:
        raise ArtifactError(
            f"model.ratings must be reachable to know the version, got {ratings!r} and no AWS."
        )
    found = _etag(aws, bucket, key)
    if found is None:
        raise ArtifactError(f"model.ratings must be an object in S3, got {ratings!r}.")
    yield key.rpartition("/")[2], found
    for title in TITLES:
        tag = _etag(aws, bucket, f"{folder}/{title}" if folder else title)
        if tag:
            yield title, tag


def _etag(aws: Aws, bucket: str, key: str) -> str | None:
    from botocore.exceptions import ClientError

    with explained(ArtifactError):
        try:
            head = aws.s3_of_others.head_object(Bucket=bucket, Key=key)
        except ClientError as error:
            if code_of(error) in {"404", "NoSuchBucket"}:
                return None
            raise
    return f"{head['ETag']} {head['ContentLength']}"


def _sources(root: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(path for pattern in SOURCES for path in root.glob(pattern)):
        yield path.relative_to(root).as_posix(), _sha256(path)


def _libraries() -> Iterator[tuple[str, str]]:
    for library in LIBRARIES:
        try:
            yield library, version(library)
        except PackageNotFoundError:  # if nothing is trained, as for the plan of another machine
            yield library, "none"


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
