"""A request keeps one trace id through everything that it passes."""

import re

import pytest

from emulator.alb.trace import traced

OWN = r"1-65920080-[0-9a-f]{24}"


@pytest.mark.parametrize(
    ("came", "expected"),
    [
        (None, f"Root={OWN}"),
        ("Root=1-1-a;CalledFrom=app", f"Self={OWN};Root=1-1-a;CalledFrom=app"),
        ("CalledFrom=app", f"Root={OWN};CalledFrom=app"),
        ("Self=1-2-b; Root=1-1-a", f"Self={OWN};Self=1-2-b; Root=1-1-a"),
    ],
)
def test_a_client_may_begin_it(came: str | None, expected: str) -> None:
    """A Root from the client is kept, and the load balancer adds itself; otherwise it sets the Root."""
    assert re.fullmatch(expected, traced(came, now=0x65920080))
