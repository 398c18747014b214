"""Initialised copies of the stacks and modules, one for the whole run: an init and a plan take seconds."""

from collections.abc import Callable
from functools import cache

import pytest
import tftest

from tests.terraform.examples import APP, FOUNDATION, VARIANTS
from tests.terraform.roots import Root, copy_root, terraform_variables

Roots = Callable[[str], Root]


@pytest.fixture(scope="session")
def roots(tmp_path_factory: pytest.TempPathFactory) -> Roots:
    """Gives the root of a folder such as stacks/app or modules/vpc."""
    work = tmp_path_factory.mktemp("terraform")
    variables = terraform_variables(work)

    @cache
    def root(folder: str) -> Root:
        return Root(copy_root(folder, work), variables)

    return root


@pytest.fixture(scope="session")
def app(roots: Roots) -> tftest.TerraformPlanOutput:
    """The plan of an app with one service, as dev has it."""
    return roots("stacks/app").plan(APP)


@pytest.fixture(scope="session")
def variants(roots: Roots) -> tftest.TerraformPlanOutput:
    """The plan of a protected app with services of many kinds."""
    return roots("stacks/app").plan(VARIANTS)


@pytest.fixture(scope="session")
def foundation(roots: Roots) -> tftest.TerraformPlanOutput:
    """The plan of a foundation on AWS."""
    return roots("stacks/foundation").plan(FOUNDATION)
