"""The training: search the regularisation, evaluate on held-out ratings, then fit all ratings."""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any

from service.artifact_format import MAX_TOP, FoldIn
from service.train.evaluate import SHARE, K, Quality, measure, popularity, split
from service.train.factorise import Factors, factorise
from service.train.parameters import Parameters
from service.train.ratings import Ratings
from service.train.search import search
from service.train.top import Top, top

Progress = Callable[[str], None]

# Any value from 8 to 32 gives unknown users equally good recommendations, for 2 liked items or for 40.
FOLD_IN_CONFIDENCE = 16.0


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """The quality of the recommendations and of the popularity baseline, on the same `users` users."""

    users: int
    model: Quality
    popularity: Quality

    def lines(self) -> list[str]:
        """Return a table, line by line, with NDCG, recall and coverage of both."""
        rows = (("this model", self.model), ("popularity", self.popularity))
        return [
            f"{'':12}{f'NDCG@{K}':>10}{f'Recall@{K}':>12}{f'Coverage@{K}':>14}",
            *(f"{name:12}{q.ndcg:>10.4f}{q.recall:>12.4f}{q.coverage:>14.4f}" for name, q in rows),
        ]

    def metrics(self) -> dict[str, Any]:
        """Return the metrics for the manifest."""
        return {
            "users": self.users,
            "held_out": f"{SHARE:.0%} of each user's liked items, at random",
            **_named(self.model),
            "popularity": _named(self.popularity),
        }


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The result of a training; `evaluation` is None if nothing could be held out."""

    factors: Factors
    top: Top
    parameters: Parameters
    evaluation: Evaluation | None

    @property
    def fold_in(self) -> FoldIn:
        """The settings for scoring unknown users, for the manifest."""
        return FoldIn(regularization=self.parameters.regularization, confidence=FOLD_IN_CONFIDENCE)

    def described_parameters(self) -> Mapping[str, Any]:
        """Return the parameters for the manifest, with the library and its version."""
        return {"library": f"implicit {version('implicit')}", "algorithm": "als", **asdict(self.parameters)}


def train(
    ratings: Ratings, parameters: Parameters, *, searching: bool, say: Progress, update: Progress
) -> Outcome:
    """Fit factors and find every user's best 100 items; `searching` replaces parameters.regularization.

    The search uses only the ratings that the evaluation does not hold out.
    """
    started = time.monotonic()
    fitted, held_out = split(ratings, parameters.seed)
    if searching:
        parameters = search(fitted, parameters, update=update)
        say(f"chose regularization {parameters.regularization:g} ({_since(started)})")
    evaluation = _evaluate(fitted, held_out, parameters, update) if len(held_out) else None
    if evaluation is None:
        say("measured nothing: an evaluation needs a user with at least 5 liked items")
    started = time.monotonic()
    factors = factorise(ratings, parameters, update=update)
    say(f"factorised with {parameters.factors} factors ({_since(started)})")
    started = time.monotonic()
    best = top(factors, ratings, MAX_TOP, update=update)
    say(f"found the best {best.items.shape[1]} items of {len(best.items):,} users ({_since(started)})")
    return Outcome(factors=factors, top=best, parameters=parameters, evaluation=evaluation)


def _evaluate(fitted: Ratings, held_out: Ratings, parameters: Parameters, update: Progress) -> Evaluation:
    factors = factorise(fitted, parameters, update=update)
    return Evaluation(
        users=len(set(held_out.users.tolist())),
        model=measure(factors, fitted, held_out),
        popularity=measure(popularity(fitted), fitted, held_out),
    )


def _named(quality: Quality) -> dict[str, float]:
    return {f"{name}_at_{K}": round(value, 6) for name, value in asdict(quality).items()}


def _since(started: float) -> str:
    return f"{time.monotonic() - started:.1f} s"
