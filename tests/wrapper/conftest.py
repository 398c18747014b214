"""Real parts for the wrapper's tests: one emulator for the whole run."""

import os

import pytest

from wrapper.aws import Aws


@pytest.fixture(scope="session")
def aws() -> Aws:
    return Aws(region="eu-west-1", endpoint_url=os.environ["EMULATOR"])
