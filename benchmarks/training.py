"""How long training takes on a million ratings: read, search, measure, fit, and each user's best 100 items.

The ratings are made up, as many and as unevenly spread as MovieLens 1M's: 6,040 users, 3,706 items.

    .venv/bin/python benchmarks/training.py [--rounds 3]
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
USERS, ITEMS, RATINGS = 6_040, 3_706, 1_000_209
TASTES = 12


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        ratings = Path(folder) / "ratings.dat"
        count = write_ratings(ratings)
        wall, processor = zip(
            *(train(ratings, Path(folder) / str(number)) for number in range(rounds)), strict=True
        )
    print(f"{count:,} ratings, {len(os.sched_getaffinity(0))} processors, medians of {rounds}:")
    print(f"{statistics.median(wall):.1f} s, {statistics.median(processor):.1f} s of processor time")
    if statistics.median(wall) > statistics.median(processor):
        print("the machine was busy with other work: look at the processor time")


def train(ratings: Path, out: Path) -> tuple[float, float]:
    """Return elapsed seconds and CPU seconds."""
    words = ["--ratings", str(ratings), "--out", str(out), "--name", "benchmark", "--version", "1"]
    before, started = _worked(), time.monotonic()
    subprocess.run([sys.executable, "-m", "service.train", *words], cwd=ROOT, check=True)
    return time.monotonic() - started, _worked() - before


def _worked() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def write_ratings(path: Path) -> int:
    """Draw each user's items by taste and popularity, and return how many ratings there are."""
    random = np.random.default_rng(0)
    activity = random.lognormal(4.6, 1.0, USERS).clip(20, 2300)
    counts = (activity * RATINGS / activity.sum()).clip(20, 2300).astype(int)
    tastes = 0.6 * random.standard_normal((USERS, TASTES))
    items = random.standard_normal((ITEMS, TASTES))
    popularity = random.normal(0, 1.5, ITEMS)
    with path.open("w") as file:
        for user, count in enumerate(counts, 1):
            # The largest of scores with Gumbel noise are a weighted draw without replacement.
            scores = items @ tastes[user - 1] + popularity + random.gumbel(size=ITEMS)
            chosen = np.argpartition(-scores, count)[:count] + 1
            values = random.integers(1, 6, count)
            file.writelines(
                f"{user}::{item}::{value}::0\n" for item, value in zip(chosen, values, strict=True)
            )
    return int(counts.sum())


if __name__ == "__main__":
    main()
