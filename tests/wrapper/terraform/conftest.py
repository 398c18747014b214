"""Clones that the tests of Terraform work on."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.wrapper.terraform.clones import QUICK, Clone, make_clone
from wrapper.terraform.lock_timeout import LOCK_VARIABLE


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clone:
    """Nobody waits for a lock, unless a test is about that."""
    monkeypatch.setenv(LOCK_VARIABLE, "0")
    return make_clone(tmp_path / "clone")


@pytest.fixture
def quick(clone: Clone) -> Clone:
    clone.write(QUICK)
    return clone


@pytest.fixture
def script(tmp_path: Path) -> Callable[[str], Path]:
    """Return a function that writes a shell script in place of terraform."""

    def write(body: str) -> Path:
        path = tmp_path / "bin" / "terraform"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return path

    return write
