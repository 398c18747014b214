"""How long a review takes: `plan dev --out` beside bare Terraform, six environments at once and in turn.

Bare is `terraform plan` and one `terraform show -json` for each of the same stacks, with the same variables,
in folders that are initialised. All of it runs on sandboxes of a copy of this clone, with ports of their own.
What is compared takes turns, and each ratio is the median of the rounds:

    .venv/bin/python -m benchmarks.plan_review [--rounds 5]
"""

import argparse
import os
import statistics
import subprocess
from collections.abc import Callable, Sequence

from benchmarks.lifecycle import STACKS, Bench, clone, free_ports, provider_source, timed

NAMES = ("one", "two", "three", "four", "five", "six")
CHANGE = ("--set", "services.recommender.scaling.max=5")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with clone(None) as bench:
        bench.wrapper("sandbox", "up", "dev")
        report("first create", overhead(bench, rounds, preview=True), limit=1.25)
        bench.wrapper("apply", "dev")
        report("one change", overhead(bench, rounds, *CHANGE, preview=False), limit=1.25)
    with clone(None) as bench:
        report("six environments", several(bench, rounds), limit=0.6)


def overhead(bench: Bench, rounds: int, *words: str, preview: bool) -> list[tuple[float, float]]:
    """Return the seconds of `plan dev --out` and of bare Terraform, round by round."""

    def ours() -> object:
        return bench.wrapper("plan", "dev", "--out", str(bench.root / "out"), *words)

    ours()  # initialises, and writes the variables for the bare run
    return turns(ours, lambda: bare(bench, preview=preview), rounds)


def several(bench: Bench, rounds: int) -> list[tuple[float, float]]:
    """Return the seconds of `plan --all` and of the same environments one after the other."""
    files = bench.root / "environments"
    shipped = {file: file.read_text() for file in files.glob("*.yaml")}
    settings = list(bench.settings)
    make_environments(bench)
    try:
        for name in NAMES:
            bench.wrapper("sandbox", "up", name)
        bench.wrapper("plan", "--all", "--json")  # initialises
        return turns(
            lambda: bench.wrapper("plan", "--all", "--json"),
            lambda: [bench.wrapper("plan", name, "--json") for name in NAMES],
            rounds,
        )
    finally:
        for name in NAMES:
            bench.wrapper("sandbox", "down", name)
        for file, text in shipped.items():
            file.write_text(text)
        bench.settings.extend(settings)


def make_environments(bench: Bench) -> None:
    """Replace the clone's environments by six like dev, each with its own ports."""
    folder = bench.root / "environments"
    text = (folder / "dev.yaml").read_text()
    for file in folder.glob("*.yaml"):
        file.unlink()
    ports = iter(free_ports(2 * len(NAMES)))
    for name in NAMES:
        own = f"sandbox: {{port: {next(ports)}, alb_port: {next(ports)}}}\n"
        (folder / f"{name}.yaml").write_text(text + own)
    bench.settings.clear()


def bare(bench: Bench, *, preview: bool) -> None:
    """Plan each stack and read its plan, as a user without the wrapper would."""
    for stack in STACKS:
        bare_stack(bench, stack, preview=preview)


def bare_stack(bench: Bench, stack: str, *, preview: bool) -> None:
    work = bench.work / stack / "preview" if preview else bench.work / stack
    folder = (work if preview else bench.root) / "terraform" / "stacks" / stack
    variables = {
        "AWS_ENDPOINT_URL": bench.endpoint,
        "AWS_SHARED_CREDENTIALS_FILE": str(bench.work / "sandbox" / "credentials"),
        "AWS_REGION": "eu-west-1",
        "TF_DATA_DIR": str(work / "data"),
    }
    file = work / "bare.tfplan"
    plan = ["plan", "-input=false", f"-var-file={work / 'terraform.tfvars'}", f"-out={file}"]
    for words in ([*plan, "-lock=false"] if preview else plan, ["show", "-json", str(file)]):
        subprocess.run(
            ["terraform", f"-chdir={folder}", *words],
            env=os.environ | variables | provider_source(bench),
            check=True,
            stdout=subprocess.DEVNULL,
        )


def turns(one: Callable[[], object], other: Callable[[], object], rounds: int) -> list[tuple[float, float]]:
    """Time both in each round, in alternating order: other load on the machine affects both."""
    found = []
    for number in range(rounds):
        if number % 2:
            late = timed(other)
            found.append((timed(one), late))
        else:
            found.append((timed(one), timed(other)))
    return found


def report(name: str, rounds: Sequence[tuple[float, float]], *, limit: float) -> None:
    ratios = sorted(one / other for one, other in rounds)
    seconds = [f"{statistics.median(column):.1f} s" for column in zip(*rounds, strict=True)]
    spread = f"{ratios[0]:.2f} to {ratios[-1]:.2f}, medians {' and '.join(seconds)}"
    print(f"{name:18} {statistics.median(ratios):6.2f} × (at most {limit}): {spread}", flush=True)


if __name__ == "__main__":
    main()
