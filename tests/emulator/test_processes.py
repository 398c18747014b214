"""The CPU time of a process includes that of its children."""

import subprocess
import sys

from emulator.runtime.processes import cpu_seconds, family, memory_mib

# The child burns half a second of CPU; its parent uses none meanwhile, and stays alive.
FAMILY = """
import subprocess, sys, time
work = "while time.process_time() < 0.5: pass"
child = subprocess.Popen(
    [sys.executable, "-c", f"import time\\n{work}\\nprint(1, flush=True)\\ntime.sleep(60)"]
)
time.sleep(60)
"""


def test_children_count() -> None:
    """They use half a second of CPU and some megabytes."""
    with subprocess.Popen([sys.executable, "-c", FAMILY], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == b"1\n"
            assert 0.4 < cpu_seconds(process.pid) < 2
            assert memory_mib(process.pid) > 1
        finally:
            subprocess.run(["kill", *map(str, family(process.pid))], check=True)


def test_what_is_gone_used_nothing() -> None:
    """Also if it ends while it is measured."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert cpu_seconds(process.pid) == memory_mib(process.pid) == 0
