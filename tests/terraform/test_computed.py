"""What no configuration can declare, as the provider says it."""

import json

import pytest

from tests.terraform.conftest import Roots
from tests.terraform.roots import TERRAFORM
from wrapper.terraform.plan import computed

pytestmark = pytest.mark.slow


def test_computed_attributes_are_those_of_the_provider(roots: Roots) -> None:
    """The file was written for the types that the stacks use now, and for the provider that they pin."""
    schemas = json.loads(roots("stacks/app").schemas())
    assert computed.table(schemas, TERRAFORM) == computed.FILE.read_text()
