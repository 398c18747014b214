"""How long roll-outs in dev take, each beside the bound that its plan's review predicted.

A sandbox of its own, from a copy of this clone; every round changes an environment variable of the service:

    .venv/bin/python -m benchmarks.rollout_bound [--rounds 20]
"""

import argparse
import json
import statistics
import sys

from benchmarks.lifecycle import clone

SERVICE = "recommender"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    measured, within = [], 0
    with clone(None) as bench:
        bench.wrapper("apply", "dev")
        for number in range(1, rounds + 1):
            change = f"services.{SERVICE}.environment={{ROUND: '{number}'}}"
            document = json.loads(bench.wrapper("apply", "dev", "--json", "--set", change))
            rollout = document["services"][SERVICE]["rollout"]
            measured.append(rollout["seconds"])
            within += rollout["seconds"] <= rollout["bound_seconds"]
            print(
                f"{number:2}  {rollout['seconds']:6.1f} s of at most {rollout['bound_seconds']} s", flush=True
            )
    print(f"{within} of {rounds} within the bound, median {statistics.median(measured):.1f} s")
    return 0 if within == rounds else 1


if __name__ == "__main__":
    sys.exit(main())
