"""Real emulators for the sandbox's tests, in clones of their own that share one virtual environment."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.wrapper.sandbox.stage import (
    DOCKERFILE,
    FakeEnvironment,
    Stage,
    emulators_venv,
    free_ports,
    share_venv,
)
from wrapper import sandbox


@pytest.fixture(scope="session")
def shared_venv() -> Path:
    return emulators_venv()


@pytest.fixture(scope="session")
def make_root(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Return a function that makes clones without sources, which share only the virtual environment."""
    return lambda: share_venv(tmp_path_factory.mktemp("clone"))


@pytest.fixture
def root(make_root: Callable[[], Path]) -> Path:
    return make_root()


@pytest.fixture
def environment(root: Path) -> Iterator[FakeEnvironment]:
    """Return an environment whose sandbox, if the test starts one, ends with the test."""
    described = FakeEnvironment(sandbox=free_ports())
    yield described
    sandbox.down(described, root=root)


@pytest.fixture
def fresh(root: Path, environment: FakeEnvironment) -> Stage:
    """Start a sandbox for one test."""
    return Stage(sandbox=sandbox.up(environment, root=root, progress=print), root=root)


@pytest.fixture(scope="session")
def stage(make_root: Callable[[], Path], app: Path) -> Iterator[Stage]:
    """Start a sandbox that the tests share; every test creates its own resources in it."""
    root, described = make_root(), FakeEnvironment(sandbox=free_ports())
    started = Stage(sandbox=sandbox.up(described, root=root, progress=print), root=root)
    started.image = started.push(app)
    yield started
    sandbox.down(described, root=root)


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a build context with an application that its environment and its callers control."""
    context = tmp_path_factory.mktemp("app")
    (context / "Dockerfile").write_text(DOCKERFILE)
    (context / "app.py").write_text((Path(__file__).parent / "app.py").read_text())
    return context


@pytest.fixture
def log_group(stage: Stage) -> str:
    name = f"/test/{uuid4().hex[:8]}"
    stage.client("logs").create_log_group(logGroupName=name)
    return name
