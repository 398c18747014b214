"""How good the recommendations are, compared with popularity, tuned plain ALS and, on request, other methods.

Every method is tuned on ratings held out from the training part, then measured on a fifth of each user's
ratings that no method has seen; means over the seeds. The trainer's own parameters are the defaults.

    .venv/bin/python benchmarks/quality.py RATINGS [--seeds 3] [--alternatives]

--alternatives adds EASE (which inverts a matrix of items × items: minutes) and a scaled SVD.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple
from itertools import product
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from scipy.sparse import csr_matrix, diags
from scipy.sparse.linalg import svds

from service.train.evaluate import measure, popularity, split
from service.train.factorise import Factors, factorise, processors
from service.train.layout import Columns
from service.train.parameters import Parameters
from service.train.ratings import Ratings
from service.train.reader import read
from service.train.search import search
from service.train.source import Source

Fit = Callable[[Ratings], Factors]
OURS, ALS, POPULARITY = "this trainer", "implicit ALS, tuned", "popularity"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ratings", type=Path, help="a ratings file that the trainer reads")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--alternatives", action="store_true")
    arguments = parser.parse_args()
    source = Source(path=arguments.ratings, name=str(arguments.ratings))
    ratings = read(source, Columns(), say=note, update=note)
    note(f"{len(ratings):,} ratings, {len(ratings.user_ids):,} users, {len(ratings.item_ids):,} items")
    report([one_round(ratings, seed, arguments.alternatives) for seed in range(arguments.seeds)])


def one_round(ratings: Ratings, seed: int, alternatives: bool) -> dict[str, np.ndarray]:
    """Return NDCG@10, Recall@10 and coverage by method, on one split."""
    fitted, held_out = split(ratings, seed)
    methods: dict[str, Fit] = {
        POPULARITY: popularity,
        OURS: lambda known: ours(known, seed),
        ALS: tuned(plain_als(seed), fitted, seed),
    }
    if alternatives:
        methods["scaled SVD, tuned"] = tuned(scaled_svd(), fitted, seed)
        methods["EASE, tuned"] = tuned(ease(), fitted, seed)
    results = {}
    for name, fit in methods.items():
        started = time.monotonic()
        results[name] = np.array(astuple(measure(fit(fitted), fitted, held_out)))
        note(f"seed {seed}: {name} NDCG@10 {results[name][0]:.4f} ({time.monotonic() - started:.1f} s)")
    return results


def report(rounds: Sequence[Mapping[str, np.ndarray]]) -> None:
    means = {name: np.mean([each[name] for each in rounds], axis=0) for name in rounds[0]}
    print(f"{'':22}{'NDCG@10':>10}{'Recall@10':>12}{'Coverage@10':>14}")
    for name, (ndcg, recall, coverage) in means.items():
        print(f"{name:22}{ndcg:>10.4f}{recall:>12.4f}{coverage:>14.4f}")
    for name in (POPULARITY, ALS):
        print(f"NDCG@10 of {OURS} / {name}: {means[OURS][0] / means[name][0]:.3f}")


def tuned(candidates: Mapping[str, Fit], fitted: Ratings, seed: int) -> Fit:
    """Return the candidate with the best NDCG@10 on ratings held out from the training part."""
    known, held_out = split(fitted, seed)
    qualities = {name: measure(fit(known), known, held_out).ndcg for name, fit in candidates.items()}
    best = max(qualities, key=lambda name: qualities[name])
    note(f"seed {seed}: chose {best} of {len(candidates)}")
    return candidates[best]


def ours(known: Ratings, seed: int) -> Factors:
    parameters = search(known, Parameters(regularization=0, seed=seed), update=lambda _: None)
    return factorise(known, parameters, update=lambda _: None)


def plain_als(seed: int) -> dict[str, Fit]:
    """The library as its users use it: 84 combinations of weight, size, regularisation and confidence."""

    def candidate(by_rating: bool, factors: int, regularization: int, alpha: int) -> Fit:
        def fit(known: Ratings) -> Factors:
            model = AlternatingLeastSquares(
                factors=factors,
                regularization=regularization,
                alpha=alpha,
                iterations=15,
                random_state=seed,
                num_threads=processors(),
            )
            model.fit(matrix(known, by_rating=by_rating), show_progress=False)
            return Factors(users=model.user_factors, items=model.item_factors)

        return fit

    grid = product((False, True), (64, 128), (1, 10, 20, 30, 40, 50, 60), (1, 5, 10))
    return {f"ALS {each}": candidate(*each) for each in grid}


def scaled_svd() -> dict[str, Fit]:
    """Truncated SVD, scaled by users' and items' popularity (EigenRec, Nikolakopoulos et al. 2019)."""

    def candidate(factors: int, power: float) -> Fit:
        def fit(known: Ratings) -> Factors:
            rated = matrix(known, by_rating=False)
            by_user, by_item = (np.maximum(np.asarray(rated.sum(axis)).ravel(), 1.0) for axis in (1, 0))
            scaled = diags(by_user**-0.5) @ rated @ diags(by_item**-power)
            _, _, right = svds(scaled, k=factors, v0=np.ones(min(scaled.shape)))
            items = right.T * by_item[:, None] ** power
            return Factors(users=(scaled @ right.T).astype(np.float32), items=items.astype(np.float32))

        return fit

    grid = product((16, 24, 32, 48, 64), (0.2, 0.25, 0.3, 0.35))
    return {f"SVD {each}": candidate(*each) for each in grid}


def ease() -> dict[str, Fit]:
    """Embarrassingly shallow autoencoders (Steck 2019): exact, but items × items large."""

    def candidate(regularization: float) -> Fit:
        def fit(known: Ratings) -> Factors:
            rated = matrix(known, by_rating=False)
            gram = (rated.T @ rated).toarray()
            gram[np.diag_indices_from(gram)] += regularization
            inverse = np.linalg.inv(gram)
            weights = -inverse / np.diag(inverse)
            np.fill_diagonal(weights, 0)
            return Factors(users=rated.toarray().astype(np.float32), items=weights.T.astype(np.float32))

        return fit

    return {f"EASE {each}": candidate(each) for each in (100.0, 300.0, 1000.0)}


def matrix(known: Ratings, *, by_rating: bool) -> csr_matrix:
    """Users × items: ones, or ratings divided by the best one."""
    liked = known.take(known.liked)
    values = liked.values / liked.values.max() if by_rating else np.ones(len(liked))
    shape = (len(liked.user_ids), len(liked.item_ids))
    return csr_matrix((values.astype(np.float32), (liked.users, liked.items)), shape=shape)


def note(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    main()
