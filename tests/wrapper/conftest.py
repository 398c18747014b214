"""Real parts for the wrapper's tests: one AWS emulator for the whole run, on ports of its own."""

from collections.abc import Iterator

import pytest

from tests.wrapper.sandbox.stage import aws_of, sandbox_in
from wrapper import sandbox
from wrapper.aws.client import Aws


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sandbox.Sandbox]:
    """A running sandbox outside the clone, which shares only its virtual environment."""
    with sandbox_in(tmp_path_factory.mktemp("clone")) as running:
        yield running


@pytest.fixture(scope="session")
def aws(emulator: sandbox.Sandbox) -> Aws:
    """The client of the emulator's AWS."""
    return aws_of(emulator)
