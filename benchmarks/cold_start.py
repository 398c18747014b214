"""From a fresh clone to the verdict: `make apply` with uv compared with pip, phase by phase.

    .venv/bin/python -m benchmarks.cold_start [--rounds 1] [--warm] [--installer uv pip]

Each run has a copy of this clone, ports of its own, and empty caches of packages, unless --warm is given. The
runs with uv need it on PATH.
"""

import argparse
import json
import os
import re
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.lifecycle import copy_files, free_ports

# The output of requirements/install.py.
STEP = re.compile(r"^✓ (Make|Install) (\S+)  .*?([\d.]+) s$", re.MULTILINE)
REST = "make, start of Python"
TOTAL = "clone to verdict"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--warm", action="store_true", help="use the user's own caches of packages")
    parser.add_argument("--installer", nargs="+", choices=("uv", "pip"), default=("uv", "pip"))
    arguments = parser.parse_args()
    if "uv" in arguments.installer and not shutil.which("uv"):
        sys.exit("error: uv must be on PATH to be measured, got none; --installer pip measures pip alone")
    found: dict[str, list[dict[str, float]]] = {installer: [] for installer in arguments.installer}
    for number in range(arguments.rounds):
        for installer, rounds in found.items():  # in turn, so that other load on the machine affects both
            rounds.append(measure(installer, is_warm=arguments.warm))
            print(f"round {number + 1} of {arguments.rounds}, {installer}: done", file=sys.stderr)
    report({installer: medians(rounds) for installer, rounds in found.items()})


def measure(installer: str, *, is_warm: bool) -> dict[str, float]:
    """Return the seconds of each phase of one `make apply`, in order, and of the whole."""
    with tempfile.TemporaryDirectory(prefix="cold-start-") as folder:
        root = Path(folder) / "clone"
        copy_files(root)
        port, alb_port = free_ports(2)
        ports = ["--set", f"sandbox.port={port}", "--set", f"sandbox.alb_port={alb_port}"]
        environment = {**os.environ, **surroundings(Path(folder), installer, is_warm=is_warm)}
        started = time.perf_counter()
        try:
            done = subprocess.run(
                ["make", "--silent", "apply", f"ARGS={shlex.join([*ports, '--json'])}"],
                cwd=root,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
            seconds = time.perf_counter() - started
        finally:
            down = [".venv/bin/python", "-m", "wrapper", "sandbox", "down", "dev", *ports]
            subprocess.run(down, cwd=root, stdout=subprocess.DEVNULL, check=False)
    if done.returncode:
        sys.exit(f"error: make apply ended with {done.returncode}:\n{done.stderr}")
    phases = {f"{verb} {what}": float(taken) for verb, what, taken in STEP.findall(done.stderr)}
    phases |= {step["title"]: step["seconds"] for step in json.loads(done.stdout)["steps"]}
    return {**phases, REST: seconds - sum(phases.values()), TOTAL: seconds}


def surroundings(folder: Path, installer: str, *, is_warm: bool) -> dict[str, str]:
    """Return the variables that choose the installer: a uv that fails makes pip run."""
    caches = {} if is_warm else {f"{name}_CACHE_DIR": str(folder / name) for name in ("UV", "PIP")}
    if installer == "uv":
        return caches
    uv = folder / "programs" / "uv"
    uv.parent.mkdir()
    uv.write_text("#!/bin/sh\necho 'not measured' >&2\nexit 1\n")
    uv.chmod(0o755)
    return {**caches, "PATH": f"{uv.parent}:{os.environ['PATH']}"}


def medians(rounds: list[dict[str, float]]) -> dict[str, float]:
    return {phase: statistics.median(each[phase] for each in rounds) for phase in rounds[0]}


def report(seconds: dict[str, dict[str, float]]) -> None:
    phases = next(iter(seconds.values()))
    width = max(map(len, phases))
    print(" " * width + "".join(f"{installer:>10}" for installer in seconds))
    for phase in phases:
        print(f"{phase:{width}}" + "".join(f"{each[phase]:8.1f} s" for each in seconds.values()))


if __name__ == "__main__":
    main()
