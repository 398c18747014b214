"""A sandbox for these tests: states and locks are in the emulator's S3."""

from collections.abc import Iterator

import pytest

from tests.wrapper.sandbox.stage import aws_of, sandbox_in
from wrapper.aws.client import Aws


@pytest.fixture(scope="session")
def emulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """The client of an emulator for these tests only; its virtual environment is the clone's."""
    with sandbox_in(tmp_path_factory.mktemp("clone")) as running:
        yield aws_of(running)
