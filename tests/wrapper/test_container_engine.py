"""What runs a sandbox's tasks: by the setting, and by which engine answers."""

import os
from pathlib import Path

import pytest

from wrapper.errors import PreconditionError
from wrapper.image.container_engine import CHOICE, engine_for_tasks


def answering(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a program of this name, which answers, first on PATH and nothing else."""
    program = folder / name
    program.write_text("#!/bin/sh\necho 4.3.1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv(CHOICE, raising=False)


def test_processes_need_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No engine is called, so a daemon that hangs delays nothing."""
    answering("podman", tmp_path, monkeypatch)
    assert engine_for_tasks("process") is None


@pytest.mark.parametrize("runtime", ["auto", "container"])
def test_containers_are_run_by_what_answers(
    runtime: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The output has the engine's version."""
    answering("podman", tmp_path, monkeypatch)
    found = engine_for_tasks(runtime)
    assert found is not None
    assert (found.name, found.version) == ("podman", "4.3.1")


def test_auto_does_with_processes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """If no engine answers, a sandbox still runs."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(CHOICE, raising=False)
    assert engine_for_tasks("auto") is None


def test_container_insists(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With `container`, processes are never used instead."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(CHOICE, raising=False)
    with pytest.raises(PreconditionError, match="neither Docker nor Podman answers") as refused:
        engine_for_tasks("container")
    assert "sandbox.runtime to process" in str(refused.value.fix)


def test_dockers_networks_are_roots(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A task's network is entered by its process id, which Docker's daemon allows only to root."""
    answering("docker", tmp_path, monkeypatch)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert engine_for_tasks("auto") is None
    with pytest.raises(PreconditionError, match="Docker requires root"):
        engine_for_tasks("container")
