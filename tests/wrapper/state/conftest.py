"""A sandbox of the tests' own: the emulator's S3 is where states and locks really live."""

from collections.abc import Iterator

import pytest

from tests.wrapper.sandbox.stage import aws_of, sandbox_in
from wrapper.aws.client import Aws


@pytest.fixture(scope="session")
def emulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """The door to an emulator that only these tests use; its virtual environment is the clone's."""
    with sandbox_in(tmp_path_factory.mktemp("clone")) as running:
        yield aws_of(running)
