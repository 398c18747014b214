"""The trainer's command: ratings in, an artefact out.

Exit codes: 0 done; 1 bad data, or a place that cannot be read or written, in one line on stderr; 2 wrong
usage; 130 interrupted. Progress goes to stderr, what came of it to stdout.
"""

import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from service.artifact import write_artifact
from service.artifact_format import MANIFEST
from service.errors import MissingError, ServiceError, SettingsError
from service.publish import publish
from service.settings import StoreSettings
from service.store import open_store
from service.train.arguments import Request, parse
from service.train.dataset import Dataset, Loader, sample
from service.train.errors import DataError
from service.train.progress import Progress
from service.train.storage import is_remote, local_path
from service.train.training import Outcome, train


def main(words: Sequence[str], environment: Mapping[str, str]) -> int:
    request = parse(words)
    progress = Progress(sys.stderr)
    try:
        _run(request, environment, progress)
    except (DataError, ServiceError) as error:
        progress.say(str(error))
        return 1
    except OSError as error:
        # Without a system's reason it is our own: the version exists already.
        unwritable = f"{request.out} must be a folder that can be written, got: {error.strerror}."
        progress.say(unwritable if error.strerror else str(error))
        return 1
    except KeyboardInterrupt:
        progress.say("interrupted")
        return 130
    return 0


def _run(request: Request, environment: Mapping[str, str], progress: Progress) -> None:
    started = time.monotonic()
    trained_at = _moment(environment)
    _refuse_existing(request.out, environment)
    with tempfile.TemporaryDirectory(prefix="training-") as folder:
        data = _load(request, environment, Path(folder), progress)
        ratings = data.ratings
        progress.say(
            f"read {len(ratings):,} ratings of {len(ratings.user_ids):,} users"
            f" and {len(ratings.item_ids):,} items ({time.monotonic() - started:.1f} s)"
        )
        outcome = train(
            ratings, request.parameters, searching=request.searching, say=progress.say, update=progress.update
        )
        remote = is_remote(request.out)
        directory = Path(folder) / "artifact" if remote else local_path(request.out)
        _write(directory, request, data, outcome, trained_at)
        if remote:
            publish(directory, request.out, StoreSettings.from_environment(environment))
    if outcome.evaluation:
        print("\n".join(outcome.evaluation.lines()))
    seconds = time.monotonic() - started
    print(f"{request.name}/{request.version} is in {request.out} ({seconds:.1f} s)")


def _load(request: Request, environment: Mapping[str, str], folder: Path, progress: Progress) -> Dataset:
    if request.ratings is None:
        return sample()
    loader = Loader(folder=folder, environment=environment, say=progress.say, update=progress.update)
    return loader.load(request.ratings, request.titles, request.columns)


def _write(directory: Path, request: Request, data: Dataset, outcome: Outcome, trained_at: str) -> None:
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
        trained_at=trained_at,
        fold_in=outcome.fold_in,
    )


def _refuse_existing(out: str, environment: Mapping[str, str]) -> None:
    """Say so before the work, not after it; the writing itself refuses again."""
    if is_remote(out):
        try:
            open_store(out, StoreSettings.from_environment(environment)).read(MANIFEST)
        except MissingError:
            return
    elif not local_path(out).exists():
        return
    raise FileExistsError(f"{out} exists already; a model version never changes.")


def _moment(environment: Mapping[str, str]) -> str:
    """Now, or SOURCE_DATE_EPOCH (https://reproducible-builds.org/specs/source-date-epoch/)."""
    text = environment.get("SOURCE_DATE_EPOCH") or str(int(time.time()))
    try:
        moment = datetime.fromtimestamp(int(text), UTC)
    except (ValueError, OverflowError, OSError):
        raise SettingsError(f"SOURCE_DATE_EPOCH must be seconds since 1970, got {text!r}.") from None
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
