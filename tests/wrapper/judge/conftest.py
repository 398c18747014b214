"""The evaluator, installed once in the clone as by `make permissions`, and roles to ask it about."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.terraform.deployers import deployers
from tests.terraform.roots import Roots
from wrapper.aws.judge.evaluator import install

ROOT = Path(__file__).parents[3]
PROD = {
    "project": "shop",
    "environment": "prod",
    "region": "eu-west-1",
    "account_id": "123456789012",
    "sandbox": False,
    "disposable": False,
    "github": {"repository": "example/shop", "owner_id": 1234, "repository_id": 5678},
}


@pytest.fixture(scope="session")
def tools() -> Path:
    folder = ROOT / ".wrapper" / "evaluator"
    install(folder)
    return folder


@pytest.fixture(scope="session")
def today(roots: Roots) -> dict[str, Any]:
    """The workflows' roles of shop-prod from the current Terraform code."""
    return deployers(roots("stacks/github").plan(PROD))


@pytest.fixture(scope="session")
def before() -> dict[str, Any]:
    """The same roles before they were checked: the tests must find their faults."""
    found: dict[str, Any] = json.loads(Path(__file__).with_name("before.json").read_text("utf-8"))
    return found
