"""Several faults in a row: after each kill, the next commands bring the environment to what is declared."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.wrapper.sandbox.stage import emulators_venv

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]

ROOT = Path(__file__).resolve().parents[2]


def test_four_kills_lose_nothing() -> None:
    """Killed are the wrapper in an apply, Terraform in a rollback, the emulator in a promotion, a task."""
    emulators_venv()
    command = [sys.executable, "-m", "benchmarks.faults", "--only", "kills", "--kills", "4"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1800, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 faults: 4 good, 0 not; 0 commands ended with 70" in done.stdout
