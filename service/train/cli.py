"""The trainer's command: ratings in, an artefact out.

Exit codes: 0 done; 1 bad data, or a place that cannot be read or written, with one line on stderr; 2 wrong
usage; 130 interrupted. Progress goes to stderr, the result to stdout.
"""

import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from service.artifact import write_artifact
from service.artifact_format import MANIFEST
from service.errors import MissingError, ServiceError
from service.publish import point, publish, published
from service.settings import StoreSettings
from service.store import open_store
from service.train.arguments import Request, parse
from service.train.dataset import Dataset, Loader, sample
from service.train.errors import DataError
from service.train.progress import Progress
from service.train.retraining import placed
from service.train.storage import is_remote, local_path
from service.train.training import Outcome, train


def main(words: Sequence[str], environment: Mapping[str, str]) -> int:
    """Train and write the artefact by these options, and return the exit code."""
    request = parse(words, environment)
    progress = Progress(sys.stderr)
    try:
        _run(request, environment, progress)
    except (DataError, ServiceError) as error:
        progress.say(str(error))
        return 1
    except OSError as error:
        # Our own FileExistsError has no strerror; its message says that the version exists already.
        unwritable = f"{request.out} must be a folder that can be written, got: {error.strerror}."
        progress.say(unwritable if error.strerror else str(error))
        return 1
    except KeyboardInterrupt:
        progress.say("interrupted")
        return 130
    return 0


def _run(request: Request, environment: Mapping[str, str], progress: Progress) -> None:
    started = time.monotonic()
    if request.models is None:
        _refuse_existing(request.out, environment)
    with tempfile.TemporaryDirectory(prefix="training-") as folder:
        data = _load(request, environment, Path(folder), progress)
        ratings = data.ratings
        progress.say(
            f"read {len(ratings):,} ratings of {len(ratings.user_ids):,} users"
            f" and {len(ratings.item_ids):,} items ({time.monotonic() - started:.1f} s)"
        )
        if request.models is not None:
            request = placed(request, data.fingerprint, environment)
            if _point_to_published(request, environment, progress):
                return
        outcome = train(
            ratings, request.parameters, searching=request.searching, say=progress.say, update=progress.update
        )
        remote = is_remote(request.out)
        directory = Path(folder) / "artifact" if remote else local_path(request.out)
        _write(directory, request, data, outcome)
        if remote:
            sha256 = publish(directory, request.out, StoreSettings.from_environment(environment))
            if request.models is not None:
                _point(request, sha256, environment)
    if outcome.evaluation:
        print("\n".join(outcome.evaluation.lines()))
    seconds = time.monotonic() - started
    print(f"{request.name}/{request.version} is in {request.out} ({seconds:.1f} s)")


def _point_to_published(request: Request, environment: Mapping[str, str], progress: Progress) -> bool:
    """Set the pointer to the version if it is published already, and return whether it is."""
    sha256 = published(request.out, StoreSettings.from_environment(environment))
    if sha256 is not None:
        progress.say(f"{request.name}/{request.version} is published already")
        _point(request, sha256, environment)
    return sha256 is not None


def _point(request: Request, sha256: str, environment: Mapping[str, str]) -> None:
    place = f"{request.models}/{request.name}"
    point(place, request.version, sha256, StoreSettings.from_environment(environment))
    print(f"{place}/current.json names {request.version}")


def _load(request: Request, environment: Mapping[str, str], folder: Path, progress: Progress) -> Dataset:
    if request.ratings is None:
        return sample()
    loader = Loader(folder=folder, environment=environment, say=progress.say, update=progress.update)
    return loader.load(request.ratings, request.titles, request.columns)


def _write(directory: Path, request: Request, data: Dataset, outcome: Outcome) -> None:
    write_artifact(
        directory,
        name=request.name,
        version=request.version,
        user_ids=data.ratings.user_ids,
        item_ids=data.ratings.item_ids,
        titles=data.titles,
        user_factors=outcome.factors.users,
        item_factors=outcome.factors.items,
        top_items=outcome.top.items,
        top_scores=outcome.top.scores,
        item_counts=data.ratings.item_counts(),
        parameters=outcome.described_parameters(),
        metrics=outcome.evaluation.metrics() if outcome.evaluation else {"users": 0},
        data=data.fingerprint,
        fold_in=outcome.fold_in,
    )


def _refuse_existing(out: str, environment: Mapping[str, str]) -> None:
    """Raise FileExistsError before the training, not after it. (The write refuses an existing one, too.)"""
    if is_remote(out):
        try:
            open_store(out, StoreSettings.from_environment(environment)).read(MANIFEST)
        except MissingError:
            return
    elif not local_path(out).exists():
        return
    raise FileExistsError(f"{out} exists already; a model version never changes.")
