"""Features can be combined: any two levels of two factors occur in a row that plans."""

from itertools import combinations

import pytest

from tests.terraform.covering import APART, FACTORS, ROWS, Row, values
from tests.terraform.roots import Roots


def test_every_two_levels_meet() -> None:
    """Each row covers many pairs, so few are needed; only pairs that the stack refuses are missing."""
    names = list(FACTORS)
    for (i, one), (j, other) in combinations(enumerate(names), 2):
        met = {(row[i], row[j]) for row in ROWS}
        assert met == {(a, b) for a in FACTORS[one] for b in FACTORS[other] if {a, b} != APART}, (one, other)


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS, ids="-".join)
def test_row_plans(roots: Roots, row: Row) -> None:
    """Terraform accepts the combination without asking AWS."""
    assert "0 to change, 0 to destroy" in roots("stacks/app").accept(values(row))
