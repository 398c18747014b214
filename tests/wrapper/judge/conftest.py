"""The evaluator, installed once in the clone for all runs, as `make permissions` does."""

from pathlib import Path

import pytest

from tests.terraform.conftest import *  # noqa: F403  (the roots that are planned)
from wrapper.aws.judge.evaluator import install

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def tools() -> Path:
    folder = ROOT / ".wrapper" / "evaluator"
    install(folder)
    return folder
