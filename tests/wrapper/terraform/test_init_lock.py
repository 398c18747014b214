"""One `terraform init` at a time, in all processes."""

import subprocess
import sys
from pathlib import Path

from wrapper.terraform.init_lock import init_lock

ROOT = Path(__file__).parents[3]
# Prints when its turn begins, and when it ends.
CHILD = """
import sys, time
from pathlib import Path
from wrapper.terraform.init_lock import init_lock
with init_lock(Path(sys.argv[1])):
    print(time.monotonic(), flush=True)
    time.sleep(float(sys.argv[2]))
    print(time.monotonic(), flush=True)
"""


def child(folder: Path, seconds: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", CHILD, str(folder), str(seconds)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_two_processes_take_turns(tmp_path: Path) -> None:
    """Neither begins before the other has ended; the folder is created if necessary."""
    spans = []
    for process in [child(tmp_path / "work", 0.3) for _ in range(2)]:
        out, _ = process.communicate(timeout=20)
        spans.append([float(line) for line in out.split()])
    first, second = sorted(spans)
    assert first[1] <= second[0]


def test_a_process_that_is_killed_leaves_the_way_free(tmp_path: Path) -> None:
    """The operating system releases its lock."""
    process = child(tmp_path, 60)
    assert process.stdout
    process.stdout.readline()
    process.kill()
    process.communicate()
    with init_lock(tmp_path):
        pass
