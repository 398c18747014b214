"""One environment for all pre-flight checks."""

from collections.abc import Iterator

import pytest

from tests.wrapper import stack as stacks
from tests.wrapper.stack import Stack
from wrapper.aws.client import Aws


@pytest.fixture(scope="session")
def stack(aws: Aws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """An environment with a desired count of two; nobody waits for its tasks."""
    built = stacks.build(aws, tmp_path_factory.mktemp("image"))
    built.deploy(built.register())
    yield built
    built.stop()
