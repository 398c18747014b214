"""Plans that several files of tests share."""

import pytest
import tftest

from tests.terraform.examples import (
    APP,
    FOUNDATION,
    FRONTED,
    GUARDED,
    GUEST,
    JOBS,
    TENANT,
    VARIANTS,
)
from tests.terraform.roots import Roots


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
