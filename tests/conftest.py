"""What tests of several packages use."""

import os
from pathlib import Path

import pytest

from tests.terraform.roots import find_provider, make_once
from tests.wrapper.sandbox.stage import free_ports


@pytest.fixture
def unused_port() -> int:
    return free_ports().port


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this run have in common."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "shared"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def provider(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program of the AWS provider that the stacks have locked."""
    found = make_once(shared / "provider", lambda: bytes(find_provider(tmp_path_factory.mktemp("provider"))))
    return Path(os.fsdecode(found))
