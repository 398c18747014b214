"""A rehearsal that is interrupted."""

import signal
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import make_clone
from tests.wrapper.sandbox.stage import eventually
from wrapper.sandbox import proc
from wrapper.sandbox.place import Place

pytestmark = pytest.mark.slow


def test_ctrl_c_leaves_nothing_running(tmp_path: Path) -> None:
    """Emulator and Terraform have ended, and nothing of the real environment was created."""
    clone = make_clone(tmp_path)
    home = clone.root / ".wrapper" / "rehearsals" / "staging"
    place = Place(root=home, environment="staging")
    words = clone.command("rehearse", "staging")[:5]
    process = subprocess.Popen(
        words, cwd=clone.root, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        eventually(place.record.exists, seconds=60)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130
    finally:
        process.kill()
        process.communicate()
    assert proc.marked(f"{place.folder}#") == []
    assert not (clone.root / ".wrapper" / "staging").exists()
