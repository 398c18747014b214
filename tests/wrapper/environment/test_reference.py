"""docs/environments.md is made from the models."""

import re
from collections.abc import Iterator

import pytest

from tests.wrapper.environment.clone import Clone
from wrapper.environment import Environment, shape
from wrapper.environment.block import Block
from wrapper.environment.reference import PAGE, updated


def blocks(block: type[Block]) -> Iterator[type[Block]]:
    """Yield a block and all blocks inside it."""
    yield block
    for key in block.model_fields:
        inner = shape.within(block, key)
        while inner is not None and not shape.is_block(inner):
            inner = shape.within(inner, 0)
        if inner is not None:
            yield from blocks(inner)


def test_page_is_as_the_models_are() -> None:
    """If this fails, run python -m wrapper.environment.reference."""
    page = PAGE.read_text("utf-8")
    assert page == updated(page)


@pytest.mark.parametrize("block", list(blocks(Environment)), ids=lambda block: block.__name__)
def test_every_key_is_described(block: type[Block]) -> None:
    """A key without a description would be an empty cell."""
    assert all(re.fullmatch(r"\S.*\.", field.description or "") for field in block.model_fields.values())


def test_page_shows_the_real_message(clone: Clone) -> None:
    """The example of an error is the wrapper's real message."""
    clone.write({"network.availability_zones": ["eu-west-1a"], "services.recommender.scalling": {}})
    problems = clone.problems("dev", "services.recommender.size.memory=4096")
    page = PAGE.read_text("utf-8")
    assert all(f"\n  {problem}\n" in page for problem in problems)
