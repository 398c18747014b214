"""The trainer's command-line options, and the request that they make."""

import argparse
import codecs
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from service.artifact_format import NAME_PATTERN
from service.train.layout import Columns
from service.train.parameters import Parameters

_DEFAULTS = Parameters(regularization=0)


@dataclass(frozen=True, kw_only=True)
class Request:
    """What to train. Places are paths, file:// or s3:// addresses; `ratings` None means the generated sample.

    With `searching`, the training still has to find parameters.regularization. With `models`, an s3://
    address, it is a retraining: `retraining.placed` still has to fill in `version` and `out`.
    """

    ratings: str | None
    titles: str | None
    out: str
    name: str
    version: str
    columns: Columns
    parameters: Parameters
    searching: bool
    models: str | None = None


def parse(words: Sequence[str], environment: Mapping[str, str]) -> Request:
    """Return the request. Wrong options end the process with exit code 2 and a usage line on stderr.

    A retraining reads its places from the variables RATINGS_URI and MODELS_URI in `environment`.
    """
    parser = _parser()
    given = parser.parse_args(words)
    if given.retrain:
        _complete(parser, given, environment)
    elif not (given.out and given.version and (given.ratings or given.sample)):
        parser.error("--out, --version and one of --ratings, --sample must be given without --retrain")
    return Request(
        ratings=given.ratings,
        titles=given.titles,
        out=given.out or "",
        name=given.name,
        version=given.version or "",
        models=environment["MODELS_URI"].rstrip("/") if given.retrain else None,
        columns=columns_of(given),
        parameters=Parameters(
            regularization=given.regularization or 0.0,
            factors=given.factors,
            iterations=given.iterations,
            confidence=given.confidence,
            seed=given.seed,
        ),
        searching=given.regularization is None,
    )


def _complete(
    parser: argparse.ArgumentParser, given: argparse.Namespace, environment: Mapping[str, str]
) -> None:
    """Fill in a retraining's ratings; refuse the options that a retraining works out by itself."""
    if given.out or given.version:
        parser.error("--out and --version must be left out with --retrain")
    if not environment.get("MODELS_URI", "").startswith("s3://"):
        got = environment.get("MODELS_URI", "")
        parser.error(f"MODELS_URI must be s3://bucket/prefix with --retrain, got {got!r}")
    if not (given.ratings or given.sample):
        given.ratings = environment.get("RATINGS_URI") or parser.error(
            "RATINGS_URI must be a file of ratings with --retrain, or --ratings must be given"
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m service.train", description="Train a recommender and write its artefact."
    )
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--ratings", metavar="PLACE", help="u.data, ratings.dat, ratings.csv or any CSV")
    source.add_argument("--sample", action="store_true", help="train on a small generated sample instead")
    parser.add_argument("--out", metavar="PLACE", help="the artefact's folder: a path or s3://")
    parser.add_argument(
        "--retrain",
        action="store_true",
        help="train from RATINGS_URI, publish under MODELS_URI and point current.json to the version",
    )
    parser.add_argument("--name", required=True, type=_name, help="the model's name")
    parser.add_argument("--version", type=_name, help="the model's version")
    parser.add_argument("--titles", metavar="PLACE", help="the items' titles, by default beside the ratings")
    add_columns(parser.add_argument_group("columns of the ratings"))
    _add_parameters(parser.add_argument_group("parameters"))
    return parser


def add_columns(group: argparse._ArgumentGroup) -> None:
    """Add the options that `columns_of` reads."""
    for what in ("user", "item", "rating", "timestamp"):
        group.add_argument(
            f"--{what}-column", metavar="NAME|N", help="name, or position from 1; default: recognised"
        )
    group.add_argument(
        "--header", action=argparse.BooleanOptionalAction, help="whether the first line names the columns"
    )
    group.add_argument(
        "--encoding", type=_encoding, metavar="NAME", help="default: UTF-8, or UTF-16 by its byte order mark"
    )
    # The wrapper passes the environment file's block, so that messages name its keys and not these options.
    group.add_argument("--keys", help=argparse.SUPPRESS)


def columns_of(given: argparse.Namespace) -> Columns:
    """Return the columns that the options name."""
    return Columns(
        user=given.user_column,
        item=given.item_column,
        rating=given.rating_column,
        timestamp=given.timestamp_column,
        header=given.header,
        encoding=given.encoding,
        keys=given.keys,
    )


def _add_parameters(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--regularization", type=_real, metavar="X", help="default: searched on held-out ratings"
    )
    for what, kind in (
        ("factors", _whole(1, 1024)),
        ("iterations", _whole(1, 1000)),
        ("confidence", _real),
        ("seed", _whole(0, 2**32 - 1)),
    ):
        default = getattr(_DEFAULTS, what)
        group.add_argument(f"--{what}", type=kind, metavar="N", default=default, help="default: %(default)s")


def _encoding(text: str) -> str:
    try:
        return codecs.lookup(text).name
    except LookupError:
        raise argparse.ArgumentTypeError(f"must be an encoding such as latin-1, got {text!r}.") from None


def _name(text: str) -> str:
    if not re.match(NAME_PATTERN, text):
        raise argparse.ArgumentTypeError(f"must match {NAME_PATTERN}, got {text!r}.")
    return text


def _whole(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]+", text) or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"must be a whole number from {least} to {most}, got {text!r}.")
        return int(text)

    return parse


def _real(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"must be a number above 0, got {text!r}.")
    return value
