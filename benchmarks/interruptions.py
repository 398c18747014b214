"""Kill apply, rollback and destroy at random moments, and see what the next command makes of it.

It must bring the environment to what is declared, or to nothing. A sandbox of its own, half an hour:

    .venv/bin/python -m benchmarks.interruptions [--moments 20] [--seed 0]
"""

import argparse
import json
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

import httpx

from benchmarks.lifecycle import Bench, clone

# As long as each takes undisturbed, roughly: a moment is anywhere within.
SECONDS = {"apply": 35.0, "rollback": 30.0, "destroy": 40.0}
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
SERVICE = "services.recommender"
QUICK = (f"{SERVICE}.smoke.attempts=3", f"{SERVICE}.rollout.drain_seconds=1", "rollback=never")
_LONGEST_SECONDS = 600


@dataclass(frozen=True, kw_only=True)
class Moment:
    """What was killed, how and after how many seconds, at which step; what the next command made of it."""

    command: str
    signal: str
    seconds: float
    step: str
    repair: str
    code: int
    repair_seconds: float
    problems: tuple[str, ...]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--moments", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    dice, found = random.Random(arguments.seed), []
    with clone(None) as bench:
        bench.settings += [word for value in QUICK for word in ("--set", value)]
        for version in ("first", "second"):  # a rollback wants somewhere to go
            bench.wrapper("apply", "dev", *_version(version))
        for number in range(arguments.moments):
            found.append(_interrupt(bench, dice, number))
            _tell(number, found[-1])
    good = sum(not moment.problems for moment in found)
    print(f"{good} of {len(found)} interruptions were followed by what was declared, or by nothing")
    return 0 if good == len(found) else 1


def _interrupt(bench: Bench, dice: random.Random, number: int) -> Moment:
    """Kill one command, then let the next one repair it; after a destroy that is, in turn, either."""
    command = ("apply", "rollback", "destroy")[number % 3]
    how, after = dice.choice(SIGNALS), dice.uniform(0.5, SECONDS[command])
    words = {"apply": _version(f"change-{number}"), "rollback": [], "destroy": ["--yes"]}[command]
    step = _kill(bench, [command, "dev", *words], how, after)
    repair = "destroy" if command == "destroy" and dice.random() < 0.5 else "apply"
    version = f"repaired-{number}"
    started = time.monotonic()
    ended = _run(bench, [repair, "dev", *(["--yes"] if repair == "destroy" else _version(version))])
    seconds = time.monotonic() - started
    problems = _problems(bench, repair, ended)
    if repair == "destroy":
        bench.wrapper("apply", "dev", *_version("again"))
        bench.wrapper("apply", "dev", *_version("once more"))
    return Moment(
        command=command,
        signal=how.name,
        seconds=after,
        step=step,
        repair=repair,
        code=ended.returncode,
        repair_seconds=seconds,
        problems=problems,
    )


def _kill(bench: Bench, words: list[str], how: signal.Signals, after: float) -> str:
    """Return the last line that the command told; it may have ended by itself before."""
    process = subprocess.Popen(
        [sys.executable, "-m", "wrapper", *words, *bench.settings],
        cwd=bench.root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        _, told = process.communicate(timeout=after)
    except subprocess.TimeoutExpired:
        process.send_signal(how)
        _, told = process.communicate(timeout=_LONGEST_SECONDS)
    lines = [line.strip() for line in told.splitlines() if line.startswith(("✓", "✗"))]
    return lines[-1] if lines else "nothing yet"


def _problems(bench: Bench, repair: str, ended: "subprocess.CompletedProcess[str]") -> tuple[str, ...]:
    """Return what is not as it should be after the repair."""
    problems = [] if ended.returncode == 0 else [f"exit code {ended.returncode}: {ended.stderr[-600:]}"]
    if repair == "destroy":
        return (*problems, *([] if "nothing" in ended.stdout else [ended.stdout[-200:]]))
    if "there is no lock" not in _run(bench, ["unlock", "dev", "--yes"]).stdout:
        problems.append("a lock was left")
    if _run(bench, ["plan", "dev", "--detailed-exitcode", *ended.args[5:7]]).returncode != 0:
        problems.append("the next plan wants to change something")
    problems += _record_problems(json.loads(_run(bench, ["releases", "dev", "--json"]).stdout or "[]"))
    port = next(value for value in bench.settings if value.startswith("sandbox.alb_port=")).split("=")[1]
    if httpx.get(f"http://127.0.0.1:{port}/?uid=20", timeout=10).status_code != 200:
        problems.append("no answer")
    return tuple(problems)


def _record_problems(releases: list[dict[str, Any]]) -> list[str]:
    """Look for a record that is half-written, and for a newest one that isn't what runs."""
    if not releases:
        return ["there is no release"]
    whole = all(each["services"] and each["at"] and each["who"] for each in releases)
    return ([] if whole else ["a release record lacks something"]) + (
        [] if releases[0]["running"] else ["the newest release does not run"]
    )


def _run(bench: Bench, words: list[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "wrapper", *words, *bench.settings],
        cwd=bench.root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_LONGEST_SECONDS,
        check=False,
    )


def _version(name: str) -> list[str]:
    return ["--set", f"{SERVICE}.environment={{VERSION: '{name}'}}"]


def _tell(number: int, moment: Moment) -> None:
    verdict = "; ".join(moment.problems) or "good"
    print(
        f"{number + 1:2} {moment.command:9}{moment.signal:8} at {moment.seconds:5.1f} s ({moment.step})"
        f" → {moment.repair} in {moment.repair_seconds:5.1f} s: {verdict}",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
