"""Initialised copies of the stacks and modules, shared by the whole run: an init takes seconds."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
import tftest

from tests.terraform.examples import APP, FOUNDATION, FRONTED, GUARDED, GUEST, JOBS, TENANT, VARIANTS
from tests.terraform.provider import running
from tests.terraform.roots import OfflineRoot, Root, copy_root, terraform_variables

Roots = Callable[[str], Root]


@pytest.fixture(scope="session")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("terraform")


@pytest.fixture(scope="session")
def process_variables(work: Path) -> dict[str, str]:
    """Return the variables of Terraform's processes, with this machine's mirror of providers."""
    return terraform_variables(work)


@pytest.fixture(scope="session")
def offline(provider: Path, process_variables: dict[str, str]) -> Iterator[dict[str, str]]:
    """Return the variables for Terraform processes that share one provider, which never asks AWS."""
    with running(provider, process_variables) as variables:
        yield variables


@pytest.fixture(scope="session")
def roots(work: Path, shared: Path, offline: dict[str, str]) -> Roots:
    """Return the root of a folder such as stacks/app or modules/vpc."""

    @cache
    def root(folder: str) -> Root:
        return OfflineRoot(copy_root(folder, work), offline, shared)

    return root


@pytest.fixture(scope="session")
def app(roots: Roots) -> tftest.TerraformPlanOutput:
    """The plan of an app with one service, as in dev."""
    return roots("stacks/app").plan(APP)


@pytest.fixture(scope="session")
def variants(roots: Roots) -> tftest.TerraformPlanOutput:
    """The plan of a protected app with services of many kinds."""
    return roots("stacks/app").plan(VARIANTS)


@pytest.fixture(scope="session")
def jobs(roots: Roots) -> tftest.TerraformPlanOutput:
    """The plan of an app with a job of each kind."""
    return roots("stacks/app").plan(JOBS)


@pytest.fixture(scope="session")
def guarded(roots: Roots) -> tftest.TerraformPlanOutput:
    """The plan of an app with a certificate, two allowed ranges, and no route to the internet."""
    return roots("stacks/app").plan(GUARDED)


@pytest.fixture(scope="session")
def fronted(roots: Roots) -> tftest.TerraformPlanOutput:
    """The plan of an app with names, a certificate for them, WAF, access logs and flow logs."""
    return roots("stacks/app").plan(FRONTED)


@pytest.fixture(scope="session")
def guest(roots: Roots) -> tftest.TerraformPlanOutput:
    """The plan of an app in an existing VPC, with an existing certificate and web ACL."""
    return roots("stacks/app").plan(GUEST)


@pytest.fixture(scope="session")
def tenant(roots: Roots) -> tftest.TerraformPlanOutput:
    """The plan of an app in an existing VPC, behind an existing load balancer, in an existing cluster."""
    return roots("stacks/app").plan(TENANT)


@pytest.fixture(scope="session")
def foundation(roots: Roots) -> tftest.TerraformPlanOutput:
    """The plan of a foundation on AWS."""
    return roots("stacks/foundation").plan(FOUNDATION)


@pytest.fixture(scope="session")
def logged(roots: Roots) -> tftest.TerraformPlanOutput:
    """The plan of a foundation with a bucket for access logs."""
    return roots("stacks/foundation").plan({**FOUNDATION, "access_logs": {"retention_days": 30}})
