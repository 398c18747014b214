"""How long it takes to compare the answers of two models of a million users, from their files to the text.

The models are made up: every user has ten of a hundred thousand items. In the new one users are in another
order, one in a hundred is new, a third has the same list, a third another order, a third other items. Each
round is a process of its own, start of Python and check of every sha256 included; the files are in the page
cache. The limit holds for the processor's seconds, which are those that pass on an idle machine.

    .venv/bin/python -m benchmarks.model_diff [--users 1000000] [--rounds 3] [--work DIR]
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from service.artifact import write_artifact
from wrapper.model.diff import DEPTH, compare
from wrapper.review.views import answers

ROOT = Path(__file__).resolve().parents[1]
MOST_SECONDS = 10
ITEMS = 100_000
_KB_PER_MB = 1000 * 1000 / 1024


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--users", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--work", type=Path, help="folder to keep the models in (default: a temporary one)")
    parser.add_argument("--child", nargs=2, type=Path, metavar=("OLD", "NEW"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        print(json.dumps(measure(*chosen.child)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        old, new = models(chosen.work or Path(folder), chosen.users)
        size = sum(path.stat().st_size for model in (old, new) for path in model.iterdir()) / 1e6
        print(f"two models of {chosen.users:,} users and {ITEMS:,} items, {size:,.0f} MB")
        words = [sys.executable, "-m", "benchmarks.model_diff", "--child", str(old), str(new)]
        rounds = [timed(words) for _ in range(chosen.rounds)]
    worked, passed, mb = (max(column) for column in zip(*rounds, strict=True))
    cores = len(os.sched_getaffinity(0))
    print(f"processor {worked:.1f} s, {worked / MOST_SECONDS:.2f} × the limit of {MOST_SECONDS} s")
    print(f"passed    {passed:.1f} s on {cores} cores, worst of {chosen.rounds}; {mb:,.0f} MB at most")
    print("within the limit" if worked <= MOST_SECONDS else "beyond the limit")
    return 0 if worked <= MOST_SECONDS else 1


def timed(words: list[str]) -> tuple[float, float, float]:
    """Return CPU seconds, elapsed seconds, and the process's peak memory in MB."""
    started = time.monotonic()
    done = subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True)
    passed = time.monotonic() - started
    worked, mb = json.loads(done.stdout)
    return worked, passed, mb


def measure(old: Path, new: Path) -> tuple[float, float]:
    answers.text(compare(old, new))
    return time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KB_PER_MB


def models(work: Path, users: int) -> tuple[Path, Path]:
    """Write both models unless they exist."""
    random = np.random.default_rng(0)
    lists = _lists(random, users)
    ids = np.arange(users)
    old = _written(work / f"{users}-old", ids, lists)
    order = random.permutation(users)
    kind = order % 3
    others = np.where((kind == 2)[:, None], _lists(random, users), lists[order])
    changed = np.where((kind == 1)[:, None], others[:, ::-1], others)
    new = _written(work / f"{users}-new", np.where(order < users // 100, order + users, order), changed)
    return old, new


def _lists(random: np.random.Generator, users: int) -> NDArray[np.int64]:
    """Draw (users, DEPTH) item rows, the first of them by popularity; no list has an item twice."""
    first = (ITEMS * random.random(users) ** 4).astype(np.int64)
    stride = random.integers(1, ITEMS // DEPTH, users)
    return (first[:, None] + stride[:, None] * np.arange(DEPTH)) % ITEMS


def _written(folder: Path, ids: NDArray[np.int64], lists: NDArray[np.int64]) -> Path:
    if not folder.exists():
        write_artifact(
            folder,
            name="benchmark",
            version=folder.name,
            user_ids=ids.astype(str).tolist(),
            item_ids=[str(row + 1) for row in range(ITEMS)],
            titles=[f"A Film of Middling Length, No. {row + 1}" for row in range(ITEMS)],
            user_factors=np.zeros((len(ids), 1), dtype=np.float32),
            item_factors=np.zeros((ITEMS, 1), dtype=np.float32),
            top_items=lists.astype(np.int32),
            top_scores=np.broadcast_to(np.arange(DEPTH, 0, -1, dtype=np.float32), lists.shape),
            item_counts=np.arange(ITEMS, 0, -1),
            parameters={},
            metrics={},
            data={},
        )
    return folder


if __name__ == "__main__":
    sys.exit(main())
