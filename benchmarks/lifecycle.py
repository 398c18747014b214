"""How much the wrapper adds: `apply dev` beside a bare `terraform init && apply` of the same stacks.

Both run on a fresh sandbox of the same kind, from a copy of this clone, with ports of their own. Then a new
version comes by a rolling roll-out and by a canary, while callers send requests:

    .venv/bin/python -m benchmarks.lifecycle [--ratings PATH] [--rounds 1] [--roll-outs]
"""

import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.rig.steady import Load
from wrapper.sandbox import keys

ROOT = Path(__file__).resolve().parent.parent
STACKS = ("foundation", "app")
# The wrapper's own work on artefacts, and the wait that a bare apply leaves out.
ARTEFACTS = ("Publish the image", "Publish the model")
WAIT = "Wait for the roll-out"
SMOKE = "Smoke-test"
PLANS = 7
# A second, of callers during a roll-out.
REQUESTS = 20
ROLLOUT = "services.recommender.rollout"
STRATEGIES = {
    "rolling": [f"{ROLLOUT}.strategy=rolling"],
    "canary": [
        f"{ROLLOUT}.strategy=canary",
        f"{ROLLOUT}.canary={{steps: [5, 25, 50], minutes: 1}}",
        f"{ROLLOUT}.bake_seconds=30",
    ],
}
# What is counted rather than timed.
COUNTS = ("requests", "lost")


@dataclass
class Bench:
    root: Path
    settings: list[str]
    endpoint: str
    alb_port: int

    def wrapper(self, *words: str) -> str:
        command = [sys.executable, "-m", "wrapper", *words, *self.settings]
        return subprocess.run(command, cwd=self.root, check=True, capture_output=True, text=True).stdout

    @property
    def work(self) -> Path:
        return self.root / ".wrapper" / "dev"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ratings", type=Path, help="MovieLens ratings; the generated sample if left out")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--roll-outs", action="store_true", help="only these, and no bare apply")
    arguments = parser.parse_args()
    rounds = []
    for number in range(arguments.rounds):
        with clone(arguments.ratings) as bench:
            rounds.append(only_roll_outs(bench) if arguments.roll_outs else measure(bench))
        print(f"round {number + 1} of {arguments.rounds}: done", file=sys.stderr)
    found = {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}
    report(found)
    if not arguments.roll_outs:
        report_ratios(found)


def measure(bench: Bench) -> dict[str, float]:
    seconds: dict[str, float] = {}
    outcome: dict[str, Any] = {}
    seconds["wrapper apply"] = timed(
        lambda: outcome.update(json.loads(bench.wrapper("apply", "dev", "--json")))
    )
    steps: dict[str, float] = {step["title"]: step["seconds"] for step in outcome["steps"]}
    seconds["wrapper second apply"] = timed(lambda: bench.wrapper("apply", "dev"))
    seconds |= plans(bench)
    seconds["image and model"] = total(steps, *ARTEFACTS)
    seconds["roll-out wait"] = total(steps, WAIT)
    seconds["smoke"] = total(steps, SMOKE)
    tfvars = {stack: (bench.work / stack / "terraform.tfvars").read_text() for stack in STACKS}
    seconds |= roll_outs(bench)
    seconds["wrapper destroy"] = timed(lambda: bench.wrapper("destroy", "dev", "--yes"))
    seconds["bare apply"] = bare_apply(bench, tfvars)
    return seconds


def only_roll_outs(bench: Bench) -> dict[str, float]:
    bench.wrapper("apply", "dev")
    found = roll_outs(bench)
    bench.wrapper("destroy", "dev", "--yes")
    return found


def roll_outs(bench: Bench) -> dict[str, float]:
    """Replace the old version in each way, while callers send requests."""
    found: dict[str, float] = {}
    for strategy, values in STRATEGIES.items():
        version = f"services.recommender.environment={{VERSION_NAME: {strategy}}}"
        words = [word for value in (*values, version) for word in ("--set", value)]
        with Load(bench.alb_port, per_second=REQUESTS) as load:
            found[f"{strategy} roll-out"] = timed(partial(bench.wrapper, "apply", "dev", *words))
        found |= {f"{strategy} requests": len(load.sent), f"{strategy} lost": len(load.failed)}
        for each in load.failed[:1]:
            print(f"{strategy}: first lost: {each.trouble}", file=sys.stderr)
    return found


def plans(bench: Bench) -> dict[str, float]:
    """Take turns: the difference is smaller than that between two plans."""
    turns = [
        {
            "wrapper plan": timed(lambda: bench.wrapper("plan", "dev")),
            "bare plan": sum(timed(partial(terraform, bench, stack, "plan")) for stack in STACKS),
            "start of Python": timed(lambda: bench.wrapper("plan", "--help")),
        }
        for _ in range(PLANS)
    ]
    return {name: statistics.median(turn[name] for turn in turns) for name in turns[0]}


def bare_apply(bench: Bench, tfvars: dict[str, str]) -> float:
    """Time the commands of a user without the wrapper, on a sandbox with only the state bucket."""
    bench.wrapper("sandbox", "up", "dev")
    make_state_bucket(bench)
    for stack, text in tfvars.items():
        shutil.rmtree(bench.work / stack / "data")
        (bench.work / stack / "terraform.tfvars").write_text(text)
    return sum(timed(partial(bare_stack, bench, stack)) for stack in STACKS)


def bare_stack(bench: Bench, stack: str) -> None:
    terraform(bench, stack, "init", "-input=false", "-lockfile=readonly", *backend(stack))
    terraform(bench, stack, "apply", "-auto-approve")


def backend(stack: str) -> list[str]:
    settings = {
        "bucket": "bare-state",
        "key": f"{stack}.tfstate",
        "region": "eu-west-1",
        "use_lockfile": "true",
        "use_path_style": "true",
        "skip_credentials_validation": "true",
        "skip_requesting_account_id": "true",
        "skip_metadata_api_check": "true",
        "skip_region_validation": "true",
    }
    return [f"-backend-config={key}={value}" for key, value in settings.items()]


def terraform(bench: Bench, stack: str, verb: str, *words: str) -> None:
    variables = [] if verb == "init" else [f"-var-file={bench.work / stack / 'terraform.tfvars'}"]
    subprocess.run(
        ["terraform", f"-chdir=terraform/stacks/{stack}", verb, *variables, *words],
        cwd=bench.root,
        env=os.environ
        | {
            "AWS_ENDPOINT_URL": bench.endpoint,
            "AWS_SHARED_CREDENTIALS_FILE": str(bench.work / "sandbox" / "credentials"),
            "AWS_REGION": "eu-west-1",
            "TF_DATA_DIR": str(bench.work / stack / "data"),
        }
        | provider_source(bench),
        check=True,
        stdout=subprocess.DEVNULL,
    )


def provider_source(bench: Bench) -> dict[str, str]:
    """Let the bare run use the wrapper's mirror of providers, which is not what is measured."""
    configuration = bench.work / "terraform.rc"
    return {"TF_CLI_CONFIG_FILE": str(configuration)} if configuration.is_file() else {}


def make_state_bucket(bench: Bench) -> None:
    import boto3
    from botocore.config import Config

    found = keys.read(bench.work / "sandbox" / "credentials")
    boto3.client(
        "s3",
        endpoint_url=bench.endpoint,
        region_name="eu-west-1",
        aws_access_key_id=found.access_key_id,
        aws_secret_access_key=found.secret_access_key,
        config=Config(s3={"addressing_style": "path"}),
    ).create_bucket(Bucket="bare-state", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})


def report(seconds: dict[str, float]) -> None:
    for name, value in seconds.items():
        is_count = name.endswith(COUNTS)
        print(f"{name:24} {value:8,.0f}" if is_count else f"{name:24} {value:8.1f} s")


def report_ratios(seconds: dict[str, float]) -> None:
    own = seconds["wrapper apply"] - seconds["image and model"] - seconds["roll-out wait"]
    print(
        f"{'apply ratio':24} {own / seconds['bare apply']:8.2f} × bare, without artefacts and roll-out wait"
    )
    second = seconds["wrapper second apply"] / seconds["wrapper apply"]
    print(f"{'second apply ratio':24} {second:8.2f} × the first")
    overhead = seconds["wrapper plan"] - seconds["bare plan"] - seconds["start of Python"]
    print(f"{'plan overhead':24} {overhead:8.2f} s over bare plans and the start of Python")


def total(steps: dict[str, float], *prefixes: str) -> float:
    return sum(seconds for title, seconds in steps.items() if title.startswith(prefixes))


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


@contextmanager
def clone(ratings: Path | None) -> Iterator[Bench]:
    with tempfile.TemporaryDirectory(prefix="lifecycle-") as folder:
        root = Path(folder) / "clone"
        copy_files(root)
        (root / ".wrapper").mkdir()
        if (made := ROOT / ".wrapper" / "sandbox-venv").is_dir():  # otherwise the clone makes its own
            (root / ".wrapper" / "sandbox-venv").symlink_to(made)
        port, alb_port = free_ports(2)
        values = [f"sandbox.port={port}", f"sandbox.alb_port={alb_port}"]
        if ratings:
            values.append(f"services.recommender.model.ratings={ratings.resolve()}")
        settings = [word for value in values for word in ("--set", value)]
        bench = Bench(root=root, settings=settings, endpoint=f"http://127.0.0.1:{port}", alb_port=alb_port)
        try:
            yield bench
        finally:
            bench.wrapper("sandbox", "down", "dev")


def copy_files(root: Path) -> None:
    """Copy the current files of this clone that git knows."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    for name in filter(None, listed.stdout.decode().split("\0")):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, root / name)


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


if __name__ == "__main__":
    main()
