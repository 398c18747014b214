"""Print each command's text on any standard output: `python -m tests.wrapper.terminal.shown`.

Each command's text begins with a line `$ COMMAND`. With --write, the golden texts are written again.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from tests.wrapper.terminal import sample
from tests.wrapper.terminal.pseudo import WIDTHS, as_shown
from wrapper.cli.config import show as show_config
from wrapper.cli.doctor import show as show_doctor
from wrapper.cli.operations import show_cost, show_verified
from wrapper.cli.options import show_facts, show_table
from wrapper.cli.plans import show_drift, show_plan
from wrapper.cli.rehearse import show as show_rehearsed
from wrapper.cli.releases import SPARE
from wrapper.cli.sandbox import show as show_sandbox
from wrapper.cli.status import show as show_status
from wrapper.console import TerminalConsole
from wrapper.verbs.output import flat

GOLDEN = Path(__file__).parent / "golden"


def apply() -> None:
    """Steps and a warning go to standard error, the outcome to standard output."""
    console = TerminalConsole()
    console.warn("plain-http is allowed: only reached through the company's private network.")
    console.error(
        "environments/dev.yaml: 1 problem\n  services.web.size.gpus must be 0 on Fargate, got 1.",
        fix="change the file, then apply again",
    )
    show_facts(sample.applied().rows())


COMMANDS: dict[str, Callable[[], None]] = {
    "plan": lambda: show_plan(sample.reviewed()),
    "apply": apply,
    "status": lambda: show_status(sample.status()),
    "drift": lambda: show_drift(sample.drifted()),
    "doctor": lambda: show_doctor(sample.checks()),
    "releases": lambda: show_table(sample.listing().rows(), spare=SPARE),
    "config": lambda: show_config(sample.settings()),
    "cost": lambda: show_cost(sample.costs()),
    "output": lambda: show_facts(list(flat(sample.outputs()))),
    "verify": lambda: show_verified(sample.verified()),
    "rehearse": lambda: show_rehearsed(sample.rehearsed()),
    "sandbox status": lambda: show_sandbox(sample.sandbox(), "dev: running, pid 4711, 3 task processes"),
}


def main() -> None:
    if "--write" in sys.argv:
        for name in WIDTHS:
            (GOLDEN / f"{name}.txt").write_text(as_shown(name), encoding="utf-8")
        return
    for name, show in COMMANDS.items():
        print(f"$ {name}", flush=True)
        show()
        sys.stdout.flush()


if __name__ == "__main__":
    main()
