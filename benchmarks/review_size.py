"""How long and how much memory each view of a large plan takes: from the plan's JSON to the text.

The plan is made of stored plans of the real stacks, repeated in modules of their own: creates, changes,
replacements, deletions and what stays. Every view is made in a process of its own; each figure is the worst
of the rounds. The limit holds for the processor's seconds, which are those that pass on an idle machine.

    .venv/bin/python -m benchmarks.review_size [--resources 2000] [--rounds 3]
"""

import argparse
import copy
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from wrapper.environment import load
from wrapper.review import Review, make_review, views
from wrapper.terraform.plan import read_plan

ROOT = Path(__file__).resolve().parents[1]
PLANS = ROOT / "tests" / "wrapper" / "review" / "plans"
SOURCES = ("first-create", "larger-size", "renamed", "service-removed")
MOST_SECONDS, MOST_MB = 3, 300
_KB_PER_MB = 1000 * 1000 / 1024

VIEWS: dict[str, Callable[[Review], str]] = {
    "terminal": lambda review: views.text(review, width=120),
    "markdown": views.markdown,
    "html": views.html,
    "json": lambda review: json.dumps(views.document(review), indent=2),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--resources", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--child", nargs=2, metavar=("VIEW", "PLAN"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        print(json.dumps(measure(chosen.child[0], Path(chosen.child[1]))))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plan.json"
        path.write_text(json.dumps(large_plan(chosen.resources)), encoding="utf-8")
        print(f"a plan of {chosen.resources:,} resources, {path.stat().st_size / 1e6:.1f} MB of JSON")
        results = {view: worst(view, path, chosen.rounds) for view in VIEWS}
    print(f"{'view':10} {'s':>6} {'of 3 s':>7} {'MB':>6} {'of 300 MB':>10} {'characters':>11} {'passed':>8}")
    for view, (seconds, mb, length, passed) in results.items():
        shares = f"{seconds:6.2f} {seconds / MOST_SECONDS:6.2f}× {mb:6.0f} {mb / MOST_MB:9.2f}×"
        print(f"{view:10} {shares} {length:11,} {passed:6.2f} s")
    fits = all(seconds <= MOST_SECONDS and mb <= MOST_MB for seconds, mb, *_ in results.values())
    fits = fits and results["markdown"][2] < views.LIMIT
    print("within the limits" if fits else "beyond the limits")
    return 0 if fits else 1


def large_plan(count: int) -> dict[str, Any]:
    """Repeat the stored plans' resources up to this number."""
    read = [json.loads((PLANS / f"{name}.json").read_text(encoding="utf-8")) for name in SOURCES]
    found = [each for document in read for each in document["resource_changes"]]
    changes = [
        _moved(found[number % len(found)], f"module.copy{number // len(found)}") for number in range(count)
    ]
    return {"format_version": "1.2", "resource_changes": changes}


def _moved(change: dict[str, Any], module: str) -> dict[str, Any]:
    inside = change.get("module_address")
    moved = copy.deepcopy(change)
    moved["module_address"] = f"{module}.{inside}" if inside else module
    moved["address"] = f"{module}.{change['address']}"
    return moved


def worst(view: str, path: Path, rounds: int) -> tuple[float, float, int, float]:
    """Return the worst CPU seconds and MB, the characters, and the worst elapsed seconds."""
    words = [sys.executable, "-m", "benchmarks.review_size", "--child", view, str(path)]
    runs = [
        json.loads(subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True).stdout)
        for _ in range(rounds)
    ]
    seconds, mb, lengths, passed = zip(*runs, strict=True)
    return max(seconds), max(mb), max(lengths), max(passed)


def measure(view: str, path: Path) -> tuple[float, float, int, float]:
    """Return CPU seconds, the process's peak memory in MB, characters, and elapsed seconds."""
    environment = load("staging", directory=ROOT / "environments")
    worked, started = time.process_time(), time.monotonic()
    plan = read_plan(json.loads(path.read_text(encoding="utf-8")), stack="app")
    text = VIEWS[view](make_review([plan], environment=environment))
    seconds, passed = time.process_time() - worked, time.monotonic() - started
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KB_PER_MB, len(text), passed


if __name__ == "__main__":
    sys.exit(main())
