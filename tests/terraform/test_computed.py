"""Computed attributes, which no configuration can set, as the provider's schema lists them."""

import json

import pytest

from tests.terraform.roots import TERRAFORM, Roots
from wrapper.terraform.plan import computed

pytestmark = pytest.mark.slow


def test_computed_attributes_are_those_of_the_provider(roots: Roots) -> None:
    """The file matches the types that the stacks use now, and the pinned provider."""
    schemas = json.loads(roots("stacks/app").schemas())
    assert computed.table(schemas, TERRAFORM) == computed.FILE.read_text()
