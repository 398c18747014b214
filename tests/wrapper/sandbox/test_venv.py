import subprocess
import threading
from pathlib import Path

import pytest

from tests.wrapper.sandbox.stage import CLONE
from wrapper.errors import PreconditionError
from wrapper.sandbox import venv
from wrapper.sandbox.locks import held, tried


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a clone whose lock file names no package, so that nothing is downloaded."""
    (tmp_path / "requirements").mkdir()
    (tmp_path / venv.LOCK).write_text("# nothing\n")
    return tmp_path


def ensure(root: Path) -> tuple[Path, list[str]]:
    said: list[str] = []
    return venv.ensure(root / "venv", root=root, progress=said.append), said


def test_installed_environment_is_kept(shared_venv: Path) -> None:
    """Nothing is installed a second time."""
    said: list[str] = []
    venv.ensure(shared_venv, root=CLONE, progress=said.append)
    assert said == []


def test_environment_holds_the_emulator(shared_venv: Path) -> None:
    """The environment's Python can import the packages of the lock file."""
    subprocess.run([shared_venv / "bin" / "python", "-c", "import ministack"], check=True)


@pytest.mark.slow
def test_environment_is_made_once(root: Path) -> None:
    """It is created at the first use, kept, and created again when the lock file changes."""
    python, said = ensure(root)
    assert said == ["installing the emulator (once per clone)"]
    assert subprocess.run([python, "-c", ""], check=False).returncode == 0
    assert ensure(root)[1] == []
    (root / venv.LOCK).write_text("# nothing else\n")
    assert len(ensure(root)[1]) == 1


@pytest.mark.slow
def test_interrupted_installation_is_made_anew(root: Path) -> None:
    """Without the marker, which is written last, an environment counts as broken."""
    ensure(root)
    (root / "venv" / "installed").unlink()
    (root / "venv" / "bin" / "python").unlink()
    assert len(ensure(root)[1]) == 1


@pytest.mark.slow
def test_lock_that_cannot_be_installed(root: Path) -> None:
    """The error has pip's own words, and the environment is not used."""
    (root / venv.LOCK).write_text("not a requirement at all\n")
    with pytest.raises(PreconditionError, match="Invalid requirement"):
        ensure(root)
    assert not (root / "venv" / "installed").exists()


def test_missing_lock(tmp_path: Path) -> None:
    """The message names the missing file."""
    with pytest.raises(PreconditionError, match=r"sandbox\.lock is missing"):
        venv.ensure(tmp_path / "venv", root=tmp_path, progress=print)


def test_lock_is_held_by_one(tmp_path: Path) -> None:
    """While one process holds a lock, another can't get it; after that it can."""
    path = tmp_path / "lock"
    with held(path), tried(path) as free:
        assert not free
    with tried(path) as free:
        assert free


def test_lock_is_waited_for(tmp_path: Path) -> None:
    """A process that waits for a lock gets it when it is released."""
    path = tmp_path / "lock"
    order: list[str] = []

    def second() -> None:
        with held(path):
            order.append("second")

    with held(path):
        waiting = threading.Thread(target=second)
        waiting.start()
        order.append("first")
    waiting.join()
    assert order == ["first", "second"]
