"""What tests of several packages use."""

import pytest

from tests.wrapper.sandbox.stage import free_ports


@pytest.fixture
def unused_port() -> int:
    return free_ports().port
