"""`python -m wrapper` with any Python: it uses the clone's environment, or prints the command to type."""

import ast
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.sample import copy_clone
from wrapper import __main__ as start

ROOT = Path(__file__).resolve().parents[2]
FIX = "\nfix: run `make setup` once, then repeat the command\n"
OLD = [python for python in ("python2.7", "python3.6", "python3.8", "python3.10") if shutil.which(python)]


def run(*command: str, root: Path) -> subprocess.CompletedProcess[str]:
    # No byte code is written: an old Python would leave its own in the clone.
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone in which `make setup` has not been run."""
    return copy_clone(tmp_path_factory.mktemp("clone"), "wrapper")


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone with its environment."""
    root = copy_clone(tmp_path_factory.mktemp("ready"), "wrapper")
    (root / ".venv").symlink_to(Path(sys.executable).parent.parent)
    return root


def started_as(version: tuple[int, int], words: Sequence[str]) -> list[str]:
    code = f"import runpy, sys; sys.version_info = {(*version, 0)}; sys.argv[1:] = {list(words)}"
    return [sys.executable, "-c", f"{code}; runpy.run_module('wrapper', run_name='__main__')"]


def test_without_packages_the_message_names_make_setup(clone: Path) -> None:
    """To use the system's Python in a fresh clone is a common first mistake."""
    told = run(sys.executable, "-S", "-m", "wrapper", "apply", "dev", root=clone)
    assert told.returncode == 10
    assert told.stderr.endswith("but lacks " + ", ".join(start.NEEDED) + "." + FIX)


def test_a_single_missing_package_is_told(clone: Path) -> None:
    """Some of the packages are installed on many machines."""
    code = "import runpy, sys; sys.modules['rich'] = None; runpy.run_module('wrapper', run_name='__main__')"
    told = run(sys.executable, "-c", code, root=clone)
    assert (told.returncode, told.stderr) == (
        10,
        f"error: {sys.executable} must have the wrapper's packages, but lacks rich.{FIX}",
    )


@pytest.mark.parametrize("version", [(2, 7), (3, 8), (3, 10)])
def test_an_old_python_is_told_by_its_version(clone: Path, version: tuple[int, int]) -> None:
    """The message has the version of the Python that was used."""
    told = run(*started_as(version, ["apply", "dev"]), root=clone)
    assert told.returncode == 10
    number = ".".join(map(str, version))
    assert told.stderr == f"error: Python 3.11 or newer is needed, got {number}, {sys.executable}.{FIX}"


def test_old_pythons_of_this_machine(clone: Path, ready: Path) -> None:
    """Real old ones: without the clone's environment there is a message, with it the command runs."""
    old = [python for python in OLD if run(python, "-c", "", root=clone).returncode == 0]
    if not old:
        pytest.skip("no Python on PATH is too old")
    for python in old:
        (ready / ".venv").rename(ready / "away")
        told = run(python, "-m", "wrapper", "apply", "deev", root=ready)
        assert (told.returncode, told.stderr.endswith(FIX)) == (10, True)
        (ready / "away").rename(ready / ".venv")
        assert_runs(run(python, "-m", "wrapper", "apply", "deev", root=ready))


def assert_runs(told: subprocess.CompletedProcess[str]) -> None:
    assert told.returncode == 3
    assert "deev: unknown environment; did you mean dev?" in told.stderr


def test_without_packages_the_clones_environment_runs(ready: Path) -> None:
    """The same command line runs in it."""
    assert_runs(run(sys.executable, "-S", "-m", "wrapper", "apply", "deev", root=ready))


def test_old_python_in_a_clone_that_is_ready(ready: Path) -> None:
    """Whatever `python` is, the same command line does the same."""
    system = [str(Path(sys.base_prefix) / "bin" / "python3"), *started_as((3, 8), ["apply", "deev"])[1:]]
    assert_runs(run(*system, root=ready))


def test_an_environment_that_lacks_packages_starts_no_loop(ready: Path) -> None:
    """If the clone's own environment is the broken one, there is no other to run."""
    code = "import runpy, sys; sys.modules['rich'] = None; runpy.run_module('wrapper', run_name='__main__')"
    told = run(str(ready / ".venv" / "bin" / "python"), "-c", code, root=ready)
    assert (told.returncode, told.stderr.endswith("but lacks rich." + FIX)) == (10, True)


def test_old_pythons_can_read_the_start() -> None:
    """A syntax newer than Python 2.7 would be a traceback before the first check."""
    late = (ast.AnnAssign, ast.AsyncFunctionDef, ast.JoinedStr, ast.Match, ast.NamedExpr, ast.Starred)
    tree = ast.parse((ROOT / "wrapper" / "__main__.py").read_text())
    assert [node for node in ast.walk(tree) if isinstance(node, (*late, ast.FunctionDef))] == []
    assert (ROOT / "wrapper" / "__init__.py").read_text() == ""


def test_every_package_is_looked_for() -> None:
    """They are those of pyproject.toml, by their import names."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    wanted = {line.partition(">")[0].lower() for line in extras["wrapper"]}
    distributions = packages_distributions()
    found = {name for module in start.NEEDED for name in distributions[module]}
    assert {name.lower() for name in found} == wanted


def test_an_interrupt_during_the_imports_is_clean() -> None:
    """Ctrl-C just after Enter gives one line and 130, without a traceback."""
    code = """
import runpy, sys
class Quick:
    def find_spec(self, name, path, target=None):
        if name == "wrapper.cli.main":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Quick())
runpy.run_module("wrapper", run_name="__main__")
"""
    answer = subprocess.run(
        [sys.executable, "-B", "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (answer.returncode, answer.stderr) == (130, "error: interrupted\n")
