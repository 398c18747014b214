"""Initialised copies of the stacks and modules, one for the whole run: an init and a plan take seconds."""

import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
import tftest

from tests.terraform.examples import APP, FOUNDATION, FRONTED, GUARDED, GUEST, JOBS, VARIANTS
from tests.terraform.provider import running
from tests.terraform.roots import (
    OfflineRoot,
    Root,
    copy_root,
    find_provider,
    make_once,
    terraform_variables,
)

Roots = Callable[[str], Root]


@pytest.fixture(scope="session")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("terraform")


@pytest.fixture(scope="session")
def process_variables(work: Path) -> dict[str, str]:
    """What Terraform's processes get, providers from this machine's mirror among it."""
    return terraform_variables(work)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this run have in common."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "shared"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def offline(work: Path, shared: Path, process_variables: dict[str, str]) -> Iterator[dict[str, str]]:
    """The same, with a provider that runs already, for plans that ask nothing of AWS."""
    program = make_once(
        shared / "provider", lambda: bytes(find_provider(work / "provider", process_variables))
    )
    with running(Path(os.fsdecode(program)), process_variables) as variables:
        yield {**process_variables, **variables}


@pytest.fixture(scope="session")
def roots(work: Path, shared: Path, offline: dict[str, str]) -> Roots:
    """Gives the root of a folder such as stacks/app or modules/vpc."""

    @cache
    def root(folder: str) -> Root:
        return OfflineRoot(copy_root(folder, work), offline, shared)

    return root


@pytest.fixture(scope="session")
def app(roots: Roots) -> tftest.TerraformPlanOutput:
    """The plan of an app with one service, as dev has it."""
    return roots("stacks/app").plan(APP)


@pytest.fixture(scope="session")
def variants(roots: Roots) -> tftest.TerraformPlanOutput:
    """The plan of an app that may not be destroyed, with services of many kinds."""
    return roots("stacks/app").plan(VARIANTS)


@pytest.fixture(scope="session")
def jobs(roots: Roots) -> tftest.TerraformPlanOutput:
    """The plan of an app with a job of each kind."""
    return roots("stacks/app").plan(JOBS)


@pytest.fixture(scope="session")
def guarded(roots: Roots) -> tftest.TerraformPlanOutput:
    """The plan of an app with a certificate, two offices that may call it, and no way to the internet."""
    return roots("stacks/app").plan(GUARDED)


@pytest.fixture(scope="session")
def fronted(roots: Roots) -> tftest.TerraformPlanOutput:
    """The plan of an app with names, a certificate for them, WAF, access logs and flow logs."""
    return roots("stacks/app").plan(FRONTED)


@pytest.fixture(scope="session")
def guest(roots: Roots) -> tftest.TerraformPlanOutput:
    """The plan of an app in an existing VPC, with a certificate and a web ACL that exist."""
    return roots("stacks/app").plan(GUEST)


@pytest.fixture(scope="session")
def foundation(roots: Roots) -> tftest.TerraformPlanOutput:
    """The plan of a foundation on AWS."""
    return roots("stacks/foundation").plan(FOUNDATION)


@pytest.fixture(scope="session")
def logged(roots: Roots) -> tftest.TerraformPlanOutput:
    """The plan of a foundation with a bucket for access logs."""
    return roots("stacks/foundation").plan({**FOUNDATION, "access_logs": {"retention_days": 30}})
